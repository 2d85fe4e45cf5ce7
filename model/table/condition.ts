/**
 * Condition and filter expressions over the attributes of one item. Paths into maps and lists are not played: Weir's
 * items are flat.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
import { type Attribute, compare, type Item, sizeOfItem, typed } from './attribute.ts';
import { TableError } from './table-error.ts';

/** Names and values that an expression refers to, as the call gives them. */
export interface Substitutes {
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly values?: Item | undefined;
}

/** Whether it holds for an item; undefined where there is none. */
export type Condition = (item: Item | undefined) => boolean;

/** Also notes in `used` which names and values the text refers to. */
export function parseCondition(text: string, substitutes: Substitutes, used: Set<string>): Condition {
  return new Parser(text, substitutes, used).whole();
}

type Operand = (item: Item | undefined) => Attribute | undefined;

/** By descent: OR of ANDs of terms; a term is a NOT, a parenthesis, a function or a comparison. */
class Parser {
  readonly text: string;
  readonly substitutes: Substitutes;
  readonly used: Set<string>;
  readonly tokens: readonly string[];
  at = 0;

  constructor(text: string, substitutes: Substitutes, used: Set<string>) {
    this.text = text;
    this.substitutes = substitutes;
    this.used = used;
    this.tokens = text.match(/[#:]?\w+|<>|<=|>=|[=<>(),]|\S/g) ?? [];
  }

  whole(): Condition {
    const condition = this.any();
    if (this.at < this.tokens.length) this.refuse(`"${this.peek()}" is left over`);
    return condition;
  }

  private any(): Condition {
    let left = this.all();
    while (this.takeIf('OR')) {
      const [before, after] = [left, this.all()];
      left = (item) => before(item) || after(item);
    }
    return left;
  }

  private all(): Condition {
    let left = this.term();
    while (this.takeIf('AND')) {
      const [before, after] = [left, this.term()];
      left = (item) => before(item) && after(item);
    }
    return left;
  }

  private term(): Condition {
    if (this.takeIf('NOT')) {
      const inner = this.term();
      return (item) => !inner(item);
    }
    if (this.takeIf('(')) {
      const inner = this.any();
      this.expect(')');
      return inner;
    }
    const isCall = this.tokens[this.at + 1] === '(' && this.peek().toUpperCase() !== 'SIZE';
    return isCall ? this.call() : this.comparison();
  }

  private call(): Condition {
    const name = this.take().toLowerCase();
    this.expect('(');
    if (name === 'begins_with') return this.beginsWith();
    if (name !== 'attribute_exists' && name !== 'attribute_not_exists')
      return this.refuse(`the embedded table does not play the function ${name}`);
    const attribute = this.attribute();
    this.expect(')');
    return (item) => (item?.[attribute] !== undefined) === (name === 'attribute_exists');
  }

  private beginsWith(): Condition {
    const value = this.operand();
    this.expect(',');
    const prefix = this.operand();
    this.expect(')');
    return (item) => {
      const [whole, beginning] = [value(item)?.['S'], prefix(item)?.['S']];
      return typeof whole === 'string' && typeof beginning === 'string' && whole.startsWith(beginning);
    };
  }

  private comparison(): Condition {
    const left = this.operand();
    const operator = this.take().toUpperCase();
    if (operator === 'BETWEEN') {
      const first = this.operand();
      this.expect('AND');
      const last = this.operand();
      return (item) => holds('>=', left(item), first(item)) && holds('<=', left(item), last(item));
    }
    if (!(operator in COMPARISONS)) this.refuse(`"${operator}" is no comparison`);
    const right = this.operand();
    return (item) => holds(operator, left(item), right(item));
  }

  private operand(): Operand {
    if (this.peek().startsWith(':')) {
      const token = this.take();
      this.used.add(token);
      const value = this.substitutes.values?.[token] ?? this.refuse(`no value is given for ${token}`);
      return () => value;
    }
    if (!this.takeIf('SIZE')) {
      const attribute = this.attribute();
      return (item) => item?.[attribute];
    }
    this.expect('(');
    const attribute = this.attribute();
    this.expect(')');
    return (item) => sizeAttribute(item?.[attribute]);
  }

  private attribute(): string {
    const token = this.take();
    if (!token.startsWith('#')) {
      return /^[A-Za-z_]\w*$/.test(token) ? token : this.refuse(`"${token}" is no attribute`);
    }
    this.used.add(token);
    return this.substitutes.names?.[token] ?? this.refuse(`no name is given for ${token}`);
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

function holds(operator: string, left: Attribute | undefined, right: Attribute | undefined): boolean {
  // An attribute that is not there differs from everything, and compares with nothing.
  if (left === undefined || right === undefined) return operator === '<>' && left !== right;
  const difference = compare(left, right);
  return difference === undefined ? operator === '<>' : (COMPARISONS[operator]?.(difference) ?? false);
}

/** The length of a text in bytes, else the size of the value. */
function sizeAttribute(value: Attribute | undefined): Attribute | undefined {
  if (value === undefined) return undefined;
  const [type, content] = typed(value);
  return { N: String(type === 'S' ? Buffer.byteLength(String(content)) : sizeOfItem({ '': value })) };
}
