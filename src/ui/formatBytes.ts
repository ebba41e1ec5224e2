/** "812 MB", "1.4 GB", binary multiples. */
export function formatBytes(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GB`
  return `${Math.round(bytes / 2 ** 20)} MB`
}
