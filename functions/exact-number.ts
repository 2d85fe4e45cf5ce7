/** Whether a number in a JSON text survives as a double. */

/** Up to this length, every decimal has its own double and comes back unchanged. */
const ALWAYS_EXACT_LENGTH = 15;

/**
 * Whether the number has the same decimal value as the shortest text of its double, which is what JSON.stringify writes. True
 * for 0.10, 1e2 and -0; false for 9007199254740993.0 and for numbers that overflow or become 0.
 */
export function isExactNumber(source: string): boolean {
  if (source.length <= ALWAYS_EXACT_LENGTH && !/[eE]/.test(source)) return true;
  const value = Number(source);
  return Number.isFinite(value) && decimalOf(source) === decimalOf(String(value));
}

/** A unique text for each decimal value: its digits without zeros at either end, and the exponent of the last digit. */
function decimalOf(source: string): string {
  const [mantissa = '', exponent = '0'] = source.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  let from = 0;
  while (digits[from] === '0') from += 1;
  // A loop, because /0+$/ takes quadratic time on long runs of zeros that are not at the end.
  let to = digits.length;
  while (to > from && digits[to - 1] === '0') to -= 1;
  if (from === to) return '0';
  const sign = mantissa.startsWith('-') ? '-' : '';
  return `${sign}${digits.slice(from, to)}e${Number(exponent) - fraction.length + digits.length - to}`;
}
