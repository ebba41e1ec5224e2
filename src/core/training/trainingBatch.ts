import { randomStream } from '../foundation/random'
import type { Domain } from '../patches/patch'
import type { AugmentationSettings } from './augmentation/augmentation'
import { drawAugmentation } from './augmentation/drawAugmentation'
import { writeAugmented } from './augmentation/writeAugmented'
import { createSampler } from './sampler'
import type { TrainingConfig } from './trainingConfig'
import type { SampleProvider } from './trainingSample'

/** Crops of one domain, ready for the device. */
export interface TrainingBatch {
  domain: Domain
  size: number
  side: number
  /** [size, side, side, bands] float32, NHWC, z-scored. */
  pixels: Float32Array
  /** [size, side, side] int32 of 0, 1, 255. */
  label: Int32Array
}

/** An endless, seeded run of augmented batches of one domain. */
export interface BatchSource {
  next(): Promise<TrainingBatch>
}

export function createBatchSource(
  provider: SampleProvider,
  domain: Domain,
  config: Pick<TrainingConfig, 'microBatch' | 'seed' | keyof AugmentationSettings>,
): BatchSource {
  const sampler = createSampler(provider.ids, config.seed, domain)
  const { cropSize, microBatch, seed } = config
  let drawn = 0
  return {
    async next() {
      const area = cropSize * cropSize
      const label = new Int32Array(microBatch * area)
      let pixels: Float32Array | null = null
      for (const [slot, id] of sampler.next(microBatch).entries()) {
        const sample = await provider.load(id)
        const bands = sample.pixels.length / (sample.width * sample.height)
        pixels ??= new Float32Array(microBatch * area * bands)
        const random = randomStream(seed, 'augmentation', domain, drawn++)
        writeAugmented(sample, drawAugmentation(sample, config, random), cropSize, slot, pixels, label)
      }
      return { domain, size: microBatch, side: cropSize, pixels: pixels ?? new Float32Array(), label }
    },
  }
}
