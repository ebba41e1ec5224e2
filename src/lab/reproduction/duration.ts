/** "12 s", "4.2 min", "7.3 h", "5.1 days" */
export function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`
  if (seconds < 3600) return `${(seconds / 60).toPrecision(2)} min`
  const hours = seconds / 3600
  if (hours < 99) return `${hours.toPrecision(2)} h`
  return `${(hours / 24).toFixed(hours < 240 ? 1 : 0)} days`
}
