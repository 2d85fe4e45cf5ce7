/** Numbers with as many digits as a measurement justifies: three, or more for whole numbers. */
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

export function figure(value: number): string {
  if (Math.abs(value) >= 1000) return whole.format(value);
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(3)));
}
