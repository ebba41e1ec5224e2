const SUFFIX: Readonly<Record<string, string>> = { degree: '°', metre: ' m', reflectance: '' }

/** Digits after the point that tell values apart over a span: three figures of it. */
export function fractionDigits(span: number): number {
  if (!(span > 0)) return 2
  return Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(span))))
}

/** "0.123", "34°", "1250 m": a value with as many digits as its span asks for. */
export function formatValue(value: number, span: number, unit: string): string {
  return `${value.toFixed(fractionDigits(span))}${SUFFIX[unit] ?? ''}`
}
