/** The kind of a value, as words that follow "is" in an error: `undefined`, `a number`, `a list`, `a Map`. Never the value. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'function') return kindOfFunction(value);
  if (typeof value !== 'object') return withArticle(typeof value);
  if (Array.isArray(value)) return 'a list';
  if ('then' in value && typeof value.then === 'function') return 'a promise';
  return withArticle(classOf(value));
}

/** An option that the author of a pipeline gave, for an error: its text or number, else its kind. */
export function shownOption(value: unknown): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? `${JSON.stringify(value.slice(0, 40))}, a string` : kindOf(value);
}

/** Names async and generator functions, because they only return an object where a result is wanted. */
export function kindOfFunction(value: object): string {
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -']'.length);
  return withArticle(FUNCTION_KINDS[tag] ?? 'function');
}

const FUNCTION_KINDS: Readonly<Record<string, string>> = {
  AsyncFunction: 'async function',
  GeneratorFunction: 'generator function',
  AsyncGeneratorFunction: 'async generator function',
};

/** The name of the value's class, if it has one. */
function classOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null || prototype === Object.prototype) return 'object';
  const { constructor: maker } = prototype;
  const name: unknown = typeof maker === 'function' ? maker.name : undefined;
  const isNamed = typeof name === 'string' && name !== '' && name !== 'Object';
  return isNamed ? name : 'object with a prototype of its own';
}

/** Says "a URL" and "a Uint8Array", which do not begin with a vowel sound. */
function withArticle(noun: string): string {
  return `${/^([aeio]|u(?!int|ni|r|s))/i.test(noun) ? 'an' : 'a'} ${noun}`;
}
