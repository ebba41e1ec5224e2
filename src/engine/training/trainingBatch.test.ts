import { expect, test } from 'vitest'
import { randomStream } from '../../core/foundation/random'
import { defaultTrainingConfig, type TrainingConfig } from '../../core/rounds/roundConfig'
import { createBatchSource } from './trainingBatch'
import type { SampleProvider, TrainingSample } from './trainingSample'

const BANDS = 14
const SIDE = 16

/** Three patches of noise; `landslide` marks a pixel in each. */
function provider(landslide: boolean): SampleProvider {
  const samples = new Map<string, TrainingSample>()
  for (const id of ['a', 'b', 'c']) {
    const random = randomStream(1, id)
    const pixels = Float32Array.from({ length: SIDE * SIDE * BANDS }, () => random.normal())
    const label = new Uint8Array(SIDE * SIDE)
    if (landslide) label[5] = 1
    samples.set(id, { width: SIDE, height: SIDE, pixels, label })
  }
  return { ids: [...samples.keys()], load: async id => samples.get(id)! }
}

const batches = async (change: Partial<TrainingConfig>, landslide = true, count = 2) => {
  const config = { ...defaultTrainingConfig, microBatch: 4, cropSize: SIDE, ...change }
  const source = createBatchSource(provider(landslide), 'source', config)
  const all = []
  for (let i = 0; i < count; i++) all.push(await source.next())
  return all
}

test('batches repeat for a seed, differ between draws, and do not depend on the labels', async () => {
  const first = await batches({})
  expect(await batches({})).toEqual(first)
  expect(first[1]!.pixels).not.toEqual(first[0]!.pixels)
  expect((await batches({ seed: 2 }))[0]!.pixels).not.toEqual(first[0]!.pixels)
  const unlabelled = await batches({}, false)
  expect(unlabelled.map(({ pixels }) => pixels)).toEqual(first.map(({ pixels }) => pixels))
})

test('the ranges of the configuration reach the crops', async () => {
  const [rotated] = await batches({ rotationShare: 1 })
  expect(rotated!.label.includes(255)).toBe(true)
  const [upright] = await batches({ rotationShare: 0 })
  expect(upright!.label.includes(255)).toBe(false)
  const [dropped] = await batches({ bandDropout: 1, rotationShare: 0 })
  const spectral = dropped!.pixels.filter((_, i) => i % BANDS < 12)
  expect(spectral.every(value => value === 0)).toBe(true)
  expect(dropped!.pixels.some(value => value !== 0)).toBe(true)
})
