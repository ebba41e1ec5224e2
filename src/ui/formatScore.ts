/** A score 0..1 with three decimals; a dash where it is 0/0 or was not measured. */
export function formatScore(score: number | null | undefined): string {
  return score === null || score === undefined ? '–' : score.toFixed(3)
}

/** A share of landslide, fine where it is small: "0.04 %", "3.2 %", "12 %". */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent === 0) return '0 %'
  if (percent < 0.01) return '<0.01 %'
  if (percent < 1) return `${percent.toFixed(2)} %`
  return `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`
}
