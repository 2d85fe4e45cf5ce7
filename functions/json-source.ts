/**
 * Numbers as source text. Node has these functions, but TypeScript 7 has no types for them yet, so this file has the cast.
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

/** A replacer for JSON.stringify, which alone writes -0 as 0. */
export function keepNegativeZero(_name: string, value: unknown): unknown {
  return Object.is(value, -0) ? rawJson('-0') : value;
}
