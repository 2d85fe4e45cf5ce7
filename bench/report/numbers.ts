/** Numbers with as many digits as a measurement is worth: three, more where they are whole. */
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function figure(value: number): string {
  if (Math.abs(value) >= 1000) return whole.format(value);
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(3)));
}
