import { randomStream } from '../../core/foundation/random'
import { type Domain, IGNORE } from '../../core/patches/patch'
import type { AugmentationSettings, TrainingConfig } from '../../core/rounds/roundConfig'
import { drawAugmentation } from './augmentation/drawAugmentation'
import { cropSoftTargets, writeAugmented } from './augmentation/writeAugmented'
import { createSampler, type SampleProvider, type TrainingSample } from './trainingSample'

/** Crops of one domain, ready for the device. */
export interface TrainingBatch {
  domain: Domain
  size: number
  side: number
  /** [size, side, side, bands] float32, NHWC, z-scored. */
  pixels: Float32Array
  /** [size, side, side] int32 of 0, 1, 255. */
  label: Int32Array
  /** Pixels whose label is not 255. */
  valid: number
  /**
   * [size, side, side] probability of landslide to learn, hard labels smoothed already; null where no sample of the
   * batch has soft targets.
   */
  soft: Float32Array | null
}

/** An endless, seeded run of augmented batches of one domain. */
export interface BatchSource {
  next(): Promise<TrainingBatch>
  /** Patches drawn so far. */
  readonly drawn: number
}

/**
 * @param drawn patches drawn before, to continue from there.
 * @param stream names the draws: two sources of one domain must not draw alike.
 */
export function createBatchSource(
  provider: SampleProvider,
  domain: Domain,
  config: Pick<TrainingConfig, 'microBatch' | 'seed' | 'labelSmoothing' | keyof AugmentationSettings>,
  drawn = 0,
  stream: string = domain,
): BatchSource {
  const sampler = createSampler(provider.ids, config.seed, stream, drawn)
  const { cropSize, microBatch, seed } = config
  return {
    get drawn() {
      return drawn
    },
    async next() {
      const area = cropSize * cropSize
      const label = new Int32Array(microBatch * area)
      const crops: { sample: TrainingSample; augmentation: ReturnType<typeof drawAugmentation> }[] = []
      let pixels: Float32Array | null = null
      for (const [slot, id] of sampler.next(microBatch).entries()) {
        const sample = await provider.load(id)
        const bands = sample.pixels.length / (sample.width * sample.height)
        pixels ??= new Float32Array(microBatch * area * bands)
        const augmentation = drawAugmentation(
          sample,
          config,
          randomStream(seed, 'augmentation', stream, drawn++),
        )
        writeAugmented(sample, augmentation, cropSize, slot, pixels, label)
        crops.push({ sample, augmentation })
      }
      let soft: Float32Array | null = null
      if (crops.some(({ sample }) => sample.soft)) {
        soft = new Float32Array(label.length)
        for (const [slot, { sample, augmentation }] of crops.entries()) {
          const [begin, end] = [slot * area, (slot + 1) * area]
          const own = label.subarray(begin, end)
          cropSoftTargets(
            sample,
            augmentation,
            cropSize,
            own,
            config.labelSmoothing,
            soft.subarray(begin, end),
          )
        }
      }
      let valid = 0
      for (const value of label) if (value !== IGNORE) valid++
      return {
        domain,
        size: microBatch,
        side: cropSize,
        pixels: pixels ?? new Float32Array(),
        label,
        valid,
        soft,
      }
    },
  }
}
