/**
 * A field of a CSV (RFC 4180): null is empty, quotes are doubled. A text that a spreadsheet would run as a formula gets an
 * apostrophe before it (OWASP, "CSV Injection"); numbers stay as they are.
 */
function csvField(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const plain = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

/** A row with its CRLF. */
export function csvRow(values: readonly (string | number | null)[]): string {
  return `${values.map(csvField).join(',')}\r\n`
}
