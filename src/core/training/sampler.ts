import { randomStream } from '../foundation/random'

/** Hands out ids without end: every id once per turn, in a new seeded order each turn. */
export interface Sampler {
  next(count: number): string[]
}

/**
 * A sampler over one domain's patches. A training step draws source and target apart, each from its own sampler,
 * so that the larger domain never drowns the smaller.
 *
 * @param stream name that keeps two samplers of one seed independent ("source", "target").
 */
export function createSampler(ids: readonly string[], seed: number, stream: string): Sampler {
  if (ids.length === 0) throw new RangeError('A sampler needs at least one patch.')
  let turn = 0
  let order: string[] = []
  return {
    next(count) {
      const drawn: string[] = []
      while (drawn.length < count) {
        if (order.length === 0) order = randomStream(seed, 'sampler', stream, turn++).shuffle(ids)
        drawn.push(order.shift()!)
      }
      return drawn
    },
  }
}
