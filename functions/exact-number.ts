/** Whether a number in a JSON text survives as a double. */

/** Of so few digits every decimal is a double of its own, and comes back as it was written. */
const ALWAYS_EXACT_LENGTH = 15;

/**
 * Whether the number comes back as the same decimal value from the shortest text of its double, which is what
 * JSON.stringify writes. 0.10, 1e2 and -0 do; 9007199254740993.0 does not, nor what overflows or vanishes.
 */
export function isExactNumber(source: string): boolean {
  if (source.length <= ALWAYS_EXACT_LENGTH && !/[eE]/.test(source)) return true;
  const value = Number(source);
  return Number.isFinite(value) && decimalOf(source) === decimalOf(String(value));
}

/** One text for each decimal value: its digits without zeros at either end, and the exponent of the last of them. */
function decimalOf(source: string): string {
  const [mantissa = '', exponent = '0'] = source.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  let from = 0;
  while (digits[from] === '0') from += 1;
  // Not by a regular expression: /0+$/ takes a quadratic time over zeros that are not at the end.
  let to = digits.length;
  while (to > from && digits[to - 1] === '0') to -= 1;
  if (from === to) return '0';
  const sign = mantissa.startsWith('-') ? '-' : '';
  return `${sign}${digits.slice(from, to)}e${Number(exponent) - fraction.length + digits.length - to}`;
}
