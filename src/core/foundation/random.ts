import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus'
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator'

/** A seeded generator. The same seed and stream give the same numbers on every machine. */
export interface Random {
  /** Uniform in [0, 1), float64. */
  uniform(): number
  /** Uniform integer in [low, high], both included. */
  integer(low: number, high: number): number
  /** Standard normal (Box and Muller, 1958). */
  normal(): number
  /** True with probability `share`. */
  chance(share: number): boolean
  /** One of the items; throws RangeError on an empty list. */
  pick<T>(items: readonly T[]): T
  /** A shuffled copy (Fisher and Yates). */
  shuffle<T>(items: readonly T[]): T[]
  /** A generator in the same state: from here on it gives the same numbers. */
  copy(): Random
}

/**
 * A generator for one named stream of a seed: streams of one seed are independent, so that a new use of chance in
 * one place does not move the numbers of another. `randomStream(7, 'augmentation', 12)`.
 */
export function randomStream(seed: number, ...stream: (string | number)[]): Random {
  const key = `${seed}/${stream.join('/')}`
  // All-zero is the one state that xoroshiro cannot leave.
  const state = [hash(key, 1), hash(key, 2), hash(key, 3), hash(key, 4) | 1]
  return randomFrom(xoroshiro128plusFromState(state))
}

function randomFrom(generator: RandomGenerator): Random {
  const uniform = () => uniformFloat64(generator)
  const integer = (low: number, high: number) => uniformInt(generator, low, high)
  return {
    uniform,
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    chance: share => uniform() < share,
    pick: items => {
      if (items.length === 0) throw new RangeError('Nothing to pick from.')
      return items[integer(0, items.length - 1)]!
    },
    shuffle: items => {
      const copy = [...items]
      for (let i = copy.length - 1; i > 0; i--) {
        const j = integer(0, i)
        const held = copy[i]!
        copy[i] = copy[j]!
        copy[j] = held
      }
      return copy
    },
    copy: () => randomFrom(generator.clone()),
  }
}

/** FNV-1a over UTF-16 units, then the finaliser of MurmurHash3; 32 bits, signed. */
function hash(text: string, salt: number): number {
  let h = Math.imul(0x811c9dc5 ^ salt, 0x01000193)
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
