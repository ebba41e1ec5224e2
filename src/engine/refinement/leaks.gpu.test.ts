import { afterEach, beforeAll, expect, test } from 'vitest'
import type { Progress } from '../../core/foundation/job'
import { randomStream } from '../../core/foundation/random'
import { statisticsOf } from '../../core/patches/statistics'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { breakDevice, expectNoLeak, shrinkLimits } from '../gpu/testing/memoryAndLimits'
import { createNetwork } from '../models/createNetwork'
import type { SegmentationNetwork } from '../models/network'
import { type PredictOptions, predictPatch, predictPatches } from './predictPatches'

let network: SegmentationNetwork
let restore = () => {}

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
  network = createNetwork('segformer', 'tiny', { seed: 1 })
  // Its parameters reach the GPU with their first use.
  await predict(network)
  return () => network.dispose()
})
afterEach(() => restore())

function patchOf(width: number, height: number) {
  const { normal } = randomStream(3, 'raster')
  const data = Float32Array.from({ length: 14 * width * height }, () => 1000 + 200 * normal())
  return { width, height, data, valid: null }
}

const PATCH = patchOf(90, 40)
const STATISTICS = statisticsOf(PATCH)

/** In two tiles, enlarged: every path of a prediction. */
async function predict(
  by: SegmentationNetwork,
  context: PredictOptions['context'] = {},
): Promise<Float32Array> {
  return predictPatch(by, PATCH, STATISTICS, { domain: 'target', window: 64, scale: 1.5, context })
}

/** The network, doing something in the middle of its forward pass of the second tile. */
function interrupted(interrupt: () => void): SegmentationNetwork {
  let passes = 0
  return {
    ...network,
    forward(x, mode) {
      const logits = network.forward(x, mode)
      if (++passes === 2) interrupt()
      return logits
    },
  }
}

test('predicting leaves nothing', () => expectNoLeak(async () => void (await predict(network))))

test('predicting many patches of several sizes leaves nothing', () =>
  expectNoLeak(async () => {
    const patches = [32, 32, 20].map(side => ({ ...patchOf(side, side), label: null }))
    const provider = { ids: ['0', '1', '2'], load: async (id: string) => patches[Number(id)]! }
    let seen = 0
    await predictPatches(network, provider, STATISTICS, { domain: 'target' }, () => void seen++)
    expect(seen).toBe(3)
  }))

test('a prediction cancelled between tiles, and one cancelled within, leave nothing', () =>
  expectNoLeak(async () => {
    for (const when of ['between', 'within']) {
      const stop = new AbortController()
      const context = {
        signal: stop.signal,
        onProgress: ({ label }: Progress) => when === 'between' && label.startsWith('Window') && stop.abort(),
      }
      const by = interrupted(() => when === 'within' && stop.abort())
      await expect(predict(by, context)).rejects.toMatchObject({ code: 'aborted' })
    }
  }))

test('a prediction that the device’s limits refuse leaves nothing', () =>
  expectNoLeak(async () => {
    const by = interrupted(() => {
      restore = shrinkLimits({ maxStorageBufferBindingSize: 1024 })
    })
    await expect(predict(by)).rejects.toMatchObject({ code: 'gpu-limit' })
    restore()
  }))

test('a prediction in which the device fails is refused, and leaves nothing', () =>
  expectNoLeak(async () => {
    await expect(predict(interrupted(breakDevice))).rejects.toMatchObject({ code: 'gpu-failed' })
  }))

test('a network that gives no numbers is refused and leaves nothing', async () => {
  const broken = createNetwork('segformer', 'tiny', { seed: 1 })
  const bias = broken.parameters.get('decode_head.classifier.bias')
  tf.tidy(() => broken.parameters.assign(bias.name, tf.fill([2], Number.NaN)))
  await expect(predict(broken)).rejects.toMatchObject({ code: 'gpu-failed' })
  await expectNoLeak(async () => {
    await expect(predict(broken)).rejects.toMatchObject({ code: 'gpu-failed' })
  })
  broken.dispose()
})
