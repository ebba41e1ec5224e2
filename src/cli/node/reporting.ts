/** "0.6132", or "undefined" where a score is 0/0 or was not taken. */
export function describeF1(metrics: { f1: number | null } | null | undefined): string {
  return metrics?.f1?.toFixed(4) ?? 'undefined'
}

/** "segformer, step 50: held-out F1 0.6132" */
export function describeHeldOut(event: {
  family: string
  step: number
  metrics: { f1: number | null }
}): string {
  return `${event.family}, step ${event.step}: held-out F1 ${describeF1(event.metrics)}`
}

/** Largest resident memory of this process so far, bytes. */
export function peakMemory(): number {
  // Kilobytes, on every platform that Node runs on.
  return process.resourceUsage().maxRSS * 1024
}

/** "Peak memory: 812 MB" */
export function describePeakMemory(): string {
  return `Peak memory: ${Math.round(peakMemory() / 1e6)} MB`
}
