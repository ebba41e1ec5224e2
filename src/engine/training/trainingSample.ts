import { randomStream } from '../../core/foundation/random'

/** One labelled patch ready for a network. */
export interface TrainingSample {
  width: number
  height: number
  /** [H, W, bands] float32, NHWC, z-scored per domain; invalid pixels 0. */
  pixels: Float32Array
  /** [H, W] of 0, 1, 255; 255 wherever the pixel is invalid. */
  label: Uint8Array
  /**
   * [H, W] probability of landslide, the target instead of a hard label where that is not 255; NaN: the label
   * stands. Absent or null: no pixel has one.
   */
  soft?: Float32Array | null
}

/** Samples of one domain, loaded one at a time so that memory stays bounded. */
export interface SampleProvider {
  readonly ids: readonly string[]
  load(id: string): Promise<TrainingSample>
}

/** Hands out ids without end: every id once per turn, in a new seeded order each turn. */
export interface Sampler {
  next(count: number): string[]
}

/**
 * A sampler over one domain's patches. A training step draws source and target apart, each from its own sampler,
 * so that the larger domain never drowns the smaller.
 *
 * @param stream name that keeps two samplers of one seed independent ("source", "target").
 * @param drawn how many were drawn before, to continue from there.
 */
export function createSampler(ids: readonly string[], seed: number, stream: string, drawn = 0): Sampler {
  if (ids.length === 0) throw new RangeError('A sampler needs at least one patch.')
  const turnOf = (turn: number) => randomStream(seed, 'sampler', stream, turn).shuffle(ids)
  let turn = Math.floor(drawn / ids.length)
  let order = turnOf(turn).slice(drawn % ids.length)
  return {
    next(count) {
      const next: string[] = []
      while (next.length < count) {
        if (order.length === 0) order = turnOf(++turn)
        next.push(order.shift()!)
      }
      return next
    },
  }
}
