/** Largest resident memory of this process so far, bytes. */
export function peakMemory(): number {
  // Kilobytes, on every platform that Node runs on.
  return process.resourceUsage().maxRSS * 1024
}

/** "Peak memory: 812 MB" */
export function describePeakMemory(): string {
  return `Peak memory: ${Math.round(peakMemory() / 1e6)} MB`
}
