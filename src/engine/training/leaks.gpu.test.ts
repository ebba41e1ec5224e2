import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { randomStream } from '../../core/foundation/random'
import { sha256 } from '../../core/foundation/sha256'
import type { NetworkFamily } from '../../core/rounds/networks'
import { defaultTrainingConfig, type TrainingConfig } from '../../core/rounds/roundConfig'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { breakDevice, expectNoLeak, shrinkLimits, withLimits } from '../gpu/testing/memoryAndLimits'
import { createNetwork } from '../models/createNetwork'
import { loadModelFolder, saveModelFolder } from '../models/folder/modelFolder'
import type { SegmentationNetwork } from '../models/network'
import type { TrainingContext } from './trainingJob'
import type { SampleProvider, TrainingSample } from './trainingSample'
import { trainNetwork } from './trainNetwork'

const SIDE = 32
const KIBIBYTE = 1024

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

function sample(seed: number): TrainingSample {
  const random = randomStream(seed, 'sample')
  return {
    width: SIDE,
    height: SIDE,
    pixels: Float32Array.from({ length: SIDE * SIDE * 14 }, random.normal),
    label: Uint8Array.from({ length: SIDE * SIDE }, () => (random.chance(0.3) ? 1 : 0)),
  }
}

const provider = (load = async (id: string) => sample(Number(id))): SampleProvider => ({
  ids: ['1', '2'],
  load,
})

const config: TrainingConfig = {
  ...defaultTrainingConfig,
  steps: 2,
  microBatch: 1,
  accumulate: 1,
  cropSize: SIDE,
  warmupSteps: 0,
  evaluateEvery: 100,
}

async function train(
  network: SegmentationNetwork,
  context: TrainingContext = {},
  source = provider(),
): Promise<unknown> {
  const data = { source, target: provider(), sourceOnlySteps: 1, evaluate: null }
  return trainNetwork(network, data, config, context)
}

/** A network that does something at its third forward pass: in the middle of a step, after a whole one. */
function interrupted(network: SegmentationNetwork, interrupt: () => void): SegmentationNetwork {
  let passes = 0
  return {
    ...network,
    forwardWithAuxiliary: undefined,
    forward(x, mode) {
      const logits = network.forward(x, mode)
      if (++passes === 3) interrupt()
      return logits
    },
  }
}

const PROVENANCE = {
  id: 'leaks',
  statistics: { source: { count: 4, mean: Array(14).fill(0), m2: Array(14).fill(1) }, target: null },
  training: { data: ['Nothing: seeded weights.'], seed: 1 },
  limits: ['Everything.'],
}

const FAMILIES: NetworkFamily[] = ['swin-unet', 'efficientnetv2-unet', 'hrnet-ocr']

test.each(FAMILIES)('%s: making a network, training and freeing it leaves nothing', async family => {
  await expectNoLeak(async () => {
    const network = createNetwork(family, 'tiny', { seed: 1 })
    await train(network)
    network.dispose()
  })
})

describe('a step of training', () => {
  let network: SegmentationNetwork
  let restore = () => {}
  beforeAll(async () => {
    network = createNetwork('segformer', 'tiny', { seed: 1 })
    // Its parameters reach the GPU with their first use.
    await train(network)
    return () => network.dispose()
  })
  afterEach(() => restore())

  test('leaves nothing', () => expectNoLeak(async () => void (await train(network))))

  test('cancelled in the middle leaves nothing', () =>
    expectNoLeak(async () => {
      const stop = new AbortController()
      const training = train(
        interrupted(network, () => stop.abort()),
        { signal: stop.signal },
      )
      await expect(training).rejects.toMatchObject({ code: 'aborted' })
    }))

  test('whose patches cannot be loaded leaves nothing', () =>
    expectNoLeak(async () => {
      let loads = 0
      const source = provider(async id => {
        if (++loads === 2) throw new Error('gone')
        return sample(Number(id))
      })
      await expect(train(network, {}, source)).rejects.toThrow('gone')
    }))

  test('refused by the device’s limits in the middle of the forward pass leaves nothing', () =>
    expectNoLeak(async () => {
      const failing = interrupted(network, () => void tf.fill([2 ** 20, 2 ** 13], 1))
      await expect(train(failing)).rejects.toMatchObject({ code: 'gpu-limit' })
    }))

  test.each([4, 16])(
    'refused above %i KiB in the middle of the loss or its gradients leaves nothing',
    kibibytes =>
      expectNoLeak(async () => {
        const failing = interrupted(network, () => {
          restore = shrinkLimits({ maxStorageBufferBindingSize: kibibytes * KIBIBYTE })
        })
        await expect(train(failing)).rejects.toMatchObject({ code: 'gpu-limit' })
        restore()
      }),
  )

  test('in which the device fails leaves nothing', () =>
    expectNoLeak(async () => {
      await expect(train(interrupted(network, breakDevice))).rejects.toMatchObject({ code: 'gpu-failed' })
    }))
})

test('a loss that is NaN ends training and leaves nothing', async () => {
  // Its own network: the running statistics are NaN afterwards.
  const network = createNetwork('efficientnetv2-unet', 'tiny', { seed: 1 })
  await train(network)
  const extreme = provider(async () => ({
    ...sample(1),
    pixels: new Float32Array(SIDE * SIDE * 14).fill(3e38),
  }))
  await expectNoLeak(async () => {
    await expect(train(network, {}, extreme)).rejects.toMatchObject({ code: 'training-diverged' })
  })
  network.dispose()
})

test('a network that does not fit leaves nothing, and a smaller one still fits after it', async () => {
  await expectNoLeak(async () => {
    withLimits({ maxStorageBufferBindingSize: 16 * KIBIBYTE }, () => {
      expect(() => createNetwork('segformer', 'tiny', { seed: 1 })).toThrow(
        expect.objectContaining({ code: 'gpu-limit' }),
      )
    })
    createNetwork('segformer', 'tiny', { seed: 1 }).dispose()
  })
})

test('a model folder with the weights of another network leaves nothing', async () => {
  const files = await Promise.all(
    (['segformer', 'efficientnetv2-unet'] as const).map(async family => {
      const network = createNetwork(family, 'tiny', { seed: 1 })
      const folder = await saveModelFolder(network, PROVENANCE, false)
      network.dispose()
      return folder
    }),
  )
  const [folder, other] = files as [Record<string, Uint8Array>, Record<string, Uint8Array>]
  const weights = other['weights.safetensors']!
  const manifest = JSON.parse(new TextDecoder().decode(folder['manifest.json'])) as {
    weights: { sha256: string }
  }
  manifest.weights.sha256 = await sha256(weights)
  const mixed = {
    ...folder,
    'weights.safetensors': weights,
    'manifest.json': new TextEncoder().encode(JSON.stringify(manifest)),
  }
  await expectNoLeak(async () => {
    await expect(loadModelFolder(mixed)).rejects.toMatchObject({ code: 'weights-mismatch' })
  })
})
