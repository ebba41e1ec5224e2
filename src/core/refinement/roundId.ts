/** A round's id from what makes it: no clock, so that one seed gives one record. */
export function roundId(index: number, seed: number): string {
  return `round-${index}-seed-${seed}`
}
