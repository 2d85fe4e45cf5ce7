/**
 * Numbers by their source text. Node has this, TypeScript 7 does not know it yet: the one cast for it is here.
 * https://tc39.es/proposal-json-parse-with-source/
 */
interface JsonWithSource {
  parse(
    text: string,
    reviver: (name: string, value: unknown, context: { readonly source: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

export const { parse: parseWithSource, rawJSON: rawJson } = JSON as unknown as JsonWithSource;

/** A replacer: JSON.stringify alone writes -0 as 0. */
export function keepNegativeZero(_name: string, value: unknown): unknown {
  return Object.is(value, -0) ? rawJson('-0') : value;
}
