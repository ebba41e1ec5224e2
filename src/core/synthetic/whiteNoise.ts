import type { Random } from '../foundation/random'

/**
 * Uniform values in [-1, 1): xorshift32 (Marsaglia, 2003) seeded from `random`. Fields take millions of values a
 * patch, for which the project's own generator is ten times too slow and far better than noise needs.
 */
export function whiteNoise(random: Random, length: number): Float32Array {
  const values = new Float32Array(length)
  let state = random.integer(1, 0x7fffffff)
  for (let i = 0; i < length; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    values[i] = state / 0x80000000
  }
  return values
}
