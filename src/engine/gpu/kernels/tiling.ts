/** Invocations of a workgroup that shares a tile: as many as every WebGPU device allows. */
export const LANES = 256

/** Few enough that one workgroup adds up what the tiles found, many enough to fill a GPU. */
const MOST_TILES = 512

/**
 * How a list is cut into tiles, a workgroup each, that take `rounds` rounds of `LANES` neighbours. It depends on the
 * length alone, so that results repeat on every adapter.
 */
export function tiling(length: number): { tiles: number; rounds: number } {
  const rounds = Math.max(1, Math.ceil(length / (LANES * MOST_TILES)))
  return { rounds, tiles: Math.max(1, Math.ceil(length / (LANES * rounds))) }
}
