import { beforeAll, expect, test } from 'vitest'
import { randomStream } from '../../core/foundation/random'
import { normalise, statisticsOf } from '../../core/patches/statistics'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { createNetwork } from '../models/createNetwork'
import { landslideProbability } from './landslideProbability'
import { predictPatch, predictPatches } from './predictPatches'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

function rasterOf(width: number, height: number) {
  const random = randomStream(3, 'raster')
  const data = Float32Array.from({ length: 14 * width * height }, () => 1000 + 200 * random.normal())
  return { width, height, data, valid: null }
}

test('a competition-sized patch is one pass, equal to the network itself, and leaves no tensor', async () => {
  const network = createNetwork('segformer', 'tiny', { seed: 1 })
  const patch = rasterOf(128, 128)
  const statistics = statisticsOf(patch)
  const before = tf.memory().numTensors
  const probability = await predictPatch(network, patch, statistics, { domain: 'target' })
  const pixels = normalise(patch, statistics)
  const [single] = await landslideProbability(network, [pixels], 128, 128, { domain: 'target' })
  expect(tf.memory().numTensors).toBe(before)
  expect(probability).toEqual(single)
  expect(Math.min(...probability)).toBeGreaterThan(0)
  expect(Math.max(...probability)).toBeLessThan(1)

  const logits = tf.tidy(() =>
    network.forward(tf.tensor4d(normalise(patch, statistics), [1, 128, 128, 14]), {
      training: false,
      domain: 'target',
    }),
  )
  const values = await logits.data()
  for (const i of [0, 77, 16383]) {
    const [a, b] = [values[2 * i]!, values[2 * i + 1]!]
    expect(probability[i]).toBeCloseTo(Math.exp(b) / (Math.exp(a) + Math.exp(b)), 5)
  }
  logits.dispose()
  network.dispose()
})

test('any size comes back on its own grid: odd, tiny, tiled, scaled, with pixels that hold no data', async () => {
  const network = createNetwork('segformer', 'tiny', { seed: 1 })
  for (const [width, height, options] of [
    [37, 41, {}],
    [9, 50, {}],
    [90, 40, { window: 64 }],
    [32, 32, { scale: 2 }],
  ] as const) {
    const patch = rasterOf(width, height)
    const valid = new Uint8Array(width * height).fill(1)
    valid[5] = 0
    const probability = await predictPatch(network, { ...patch, valid }, statisticsOf(patch), {
      domain: 'source',
      ...options,
    })
    expect(probability).toHaveLength(width * height)
    expect(probability[5]).toBeNaN()
    expect(probability.filter(p => !(p > 0 && p < 1))).toHaveLength(1)
  }
  network.dispose()
})

test('a cancelled prediction stops between tiles', async () => {
  const network = createNetwork('segformer', 'tiny', { seed: 1 })
  const patch = rasterOf(150, 40)
  const stop = new AbortController()
  const seen: number[] = []
  const prediction = predictPatch(network, patch, statisticsOf(patch), {
    domain: 'source',
    window: 64,
    context: {
      signal: stop.signal,
      onProgress: ({ label, done }) => {
        if (!label.startsWith('Window')) return
        seen.push(done)
        stop.abort()
      },
    },
  })
  await expect(prediction).rejects.toMatchObject({ code: 'aborted' })
  expect(seen).toEqual([1])
  network.dispose()
})

test('many patches share passes, whatever their sizes, and come in order', async () => {
  const network = createNetwork('segformer', 'tiny', { seed: 1 })
  const sizes = [32, 32, 32, 32, 32, 20]
  const patches = sizes.map(side => ({ ...rasterOf(side, side), label: null }))
  const ids = sizes.map((_, i) => String(i))
  const statistics = statisticsOf(patches[0]!)
  const provider = { ids, load: async (id: string) => patches[Number(id)]! }
  const seen: string[] = []
  let largest = 0
  const probabilities: Float32Array[] = []
  await predictPatches(network, provider, statistics, { domain: 'target' }, (id, probability) => {
    seen.push(id)
    probabilities.push(probability)
  })
  for (const [i, patch] of patches.entries()) {
    const alone = await predictPatch(network, patch, statistics, { domain: 'target' })
    expect(probabilities[i]).toHaveLength(alone.length)
    alone.forEach((p, at) => {
      largest = Math.max(largest, Math.abs(p - probabilities[i]![at]!))
    })
  }
  expect(seen).toEqual(ids)
  expect(largest).toBeLessThan(1e-5)
  network.dispose()
})
