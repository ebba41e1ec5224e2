/** Rows that are added at a time: more than an event takes rounds, and few enough to be unfolded and drawn at once. */
export const ROUNDS_AT_ONCE = 30

/**
 * The rounds that a list of many shows, latest first: as many as were asked for, and the one in use wherever it is.
 *
 * @param rounds in their order
 */
export function listedRounds<Round extends { id: string }>(
  rounds: readonly Round[],
  count: number,
  inUseId: string | undefined,
): Round[] {
  const from = Math.max(0, rounds.length - count)
  const inUse = rounds.slice(0, from).filter(({ id }) => id === inUseId)
  return [...inUse, ...rounds.slice(from)].reverse()
}
