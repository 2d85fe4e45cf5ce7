/**
 * Condition and filter expressions on the attributes of one item. Paths into maps and lists are not supported, because Weir's
 * items are flat.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
import { compare, sizeOfItem, textOf, typed } from './attribute.ts';
import type { Item } from './item.ts';
import { TableError } from './table-error.ts';

/** Names and values that an expression refers to, as the call gives them. */
export interface Substitutes {
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly values?: Item | undefined;
}

/** Whether a term is true for an item; undefined stands for a missing item. */
type Term = (item: Item | undefined, substitutes: Substitutes) => boolean;

export interface Condition {
  readonly holds: Term;
  /** The `#names` and `:values` in it. */
  readonly refers: ReadonlySet<string>;
}

export function parseCondition(text: string): Condition {
  const parser = new Parser(text);
  return { holds: parser.whole(), refers: parser.refers };
}

type Operand = (item: Item | undefined, substitutes: Substitutes) => object | undefined;
type Name = (substitutes: Substitutes) => string;

/** A recursive descent parser: OR of ANDs of terms. A term is a NOT, a parenthesis, a function or a comparison. */
class Parser {
  readonly text: string;
  readonly refers = new Set<string>();
  readonly tokens: readonly string[];
  at = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = text.match(/[#:]?\w+|<>|<=|>=|[=<>(),]|\S/g) ?? [];
  }

  whole(): Term {
    const condition = this.any();
    if (this.at < this.tokens.length) this.refuse(`"${this.peek()}" is left over`);
    return condition;
  }

  private any(): Term {
    let left = this.all();
    while (this.takeIf('OR')) {
      const [before, after] = [left, this.all()];
      left = (item, given) => before(item, given) || after(item, given);
    }
    return left;
  }

  private all(): Term {
    let left = this.term();
    while (this.takeIf('AND')) {
      const [before, after] = [left, this.term()];
      left = (item, given) => before(item, given) && after(item, given);
    }
    return left;
  }

  private term(): Term {
    if (this.takeIf('NOT')) {
      const inner = this.term();
      return (item, given) => !inner(item, given);
    }
    if (this.takeIf('(')) {
      const inner = this.any();
      this.expect(')');
      return inner;
    }
    const isCall = this.tokens[this.at + 1] === '(' && this.peek().toUpperCase() !== 'SIZE';
    return isCall ? this.call() : this.comparison();
  }

  private call(): Term {
    const name = this.take().toLowerCase();
    this.expect('(');
    if (name === 'begins_with') return this.beginsWith();
    if (name !== 'attribute_exists' && name !== 'attribute_not_exists')
      return this.refuse(`the embedded table does not support the function ${name}`);
    const attribute = this.attribute();
    this.expect(')');
    return (item, given) => (item?.[attribute(given)] !== undefined) === (name === 'attribute_exists');
  }

  private beginsWith(): Term {
    const value = this.operand();
    this.expect(',');
    const prefix = this.operand();
    this.expect(')');
    return (item, given) => {
      const [whole, beginning] = [textOf(value(item, given)), textOf(prefix(item, given))];
      return whole !== undefined && beginning !== undefined && whole.startsWith(beginning);
    };
  }

  private comparison(): Term {
    const left = this.operand();
    const operator = this.take().toUpperCase();
    if (operator === 'BETWEEN') {
      const first = this.operand();
      this.expect('AND');
      const last = this.operand();
      return (item, given) =>
        holds('>=', left(item, given), first(item, given)) &&
        holds('<=', left(item, given), last(item, given));
    }
    if (!(operator in COMPARISONS)) this.refuse(`"${operator}" is no comparison`);
    const right = this.operand();
    return (item, given) => holds(operator, left(item, given), right(item, given));
  }

  private operand(): Operand {
    if (this.peek().startsWith(':')) {
      const token = this.take();
      this.refers.add(token);
      return (_, { values }) => values?.[token] ?? this.refuse(`no value is given for ${token}`);
    }
    if (!this.takeIf('SIZE')) {
      const attribute = this.attribute();
      return (item, given) => item?.[attribute(given)];
    }
    this.expect('(');
    const attribute = this.attribute();
    this.expect(')');
    return (item, given) => sizeAttribute(item?.[attribute(given)]);
  }

  private attribute(): Name {
    const token = this.take();
    if (!token.startsWith('#')) {
      if (!/^[A-Za-z_]\w*$/.test(token)) this.refuse(`"${token}" is no attribute`);
      return () => token;
    }
    this.refers.add(token);
    return ({ names }) => names?.[token] ?? this.refuse(`no name is given for ${token}`);
  }

  private peek(): string {
    return this.tokens[this.at] ?? '';
  }

  private take(): string {
    this.at += 1;
    return this.tokens[this.at - 1] ?? '';
  }

  private takeIf(word: string): boolean {
    const found = this.peek().toUpperCase() === word;
    if (found) this.at += 1;
    return found;
  }

  private expect(word: string): void {
    if (!this.takeIf(word)) this.refuse(`${word} expected, found "${this.peek()}"`);
  }

  private refuse(problem: string): never {
    throw new TableError('ValidationException', `Invalid expression "${this.text}": ${problem}`);
  }
}

const COMPARISONS: Readonly<Record<string, (difference: number) => boolean>> = {
  '=': (difference) => difference === 0,
  '<>': (difference) => difference !== 0,
  '<': (difference) => difference < 0,
  '<=': (difference) => difference <= 0,
  '>': (difference) => difference > 0,
  '>=': (difference) => difference >= 0,
};

function holds(operator: string, left: object | undefined, right: object | undefined): boolean {
  // A missing attribute is unequal to every value, and every other comparison with it is false.
  if (left === undefined || right === undefined) return operator === '<>' && left !== right;
  const difference = compare(left, right);
  return difference === undefined ? operator === '<>' : (COMPARISONS[operator]?.(difference) ?? false);
}

/** The length of a string in bytes, or the size of another value. */
function sizeAttribute(value: object | undefined): object | undefined {
  if (value === undefined) return undefined;
  const [type, content] = typed(value);
  return { N: String(type === 'S' ? Buffer.byteLength(String(content)) : sizeOfItem({ '': value })) };
}
