/**
 * Error messages of V8, Node and fetch that quote their argument. `BigInt(amount)` or `headers.set(name, token)` would put data
 * into a reason by accident, so the value is removed and the rest stays.
 */

/** Groups in the expression are kept. The second entry is the replacement. */
const QUOTES: readonly (readonly [RegExp, string])[] = [
  // JSON.parse quotes at most about forty characters around the place.
  [/(?:, )?(?:\.\.\.)?".{0,80}?"(?:\.\.\.)? is not valid JSON/gs, ''],
  // Node: The "data" argument must be of type string. Received type number (7)
  [/((?:must|is invalid).*?\. Received) .*/gs, '$1 …'],
  [/(Unknown encoding:) .*/gs, '$1 …'],
  [/".*" (is an invalid header (?:name|value))/gs, '… $1'],
  [/(Failed to parse URL from) .*/gs, '$1 …'],
  [/(Cannot convert) .* (to a BigInt)/gs, '$1 … $2'],
  [/(Cannot create property '[^']*' on \w+) '.*'/gs, '$1'],
  [/(Cannot use 'in' operator to search for '[^']*' in) .*/gs, '$1 …'],
  [/(Invalid (?:regular expression|time zone specified):) .*/gs, '$1 …'],
  [/(Class extends value) .* (is not a constructor)/gs, '$1 … $2'],
];

export function withoutQuotes(message: string): string {
  return QUOTES.reduce((text, [quote, rest]) => text.replace(quote, rest), message);
}
