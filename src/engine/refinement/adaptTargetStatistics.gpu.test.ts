import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { defaultTrainingConfig } from '../../core/rounds/roundConfig'
import { startEngine } from '../gpu/startEngine'
import { createNetwork } from '../models/createNetwork'
import type { SampleProvider } from '../training/trainingSample'
import { adaptTargetStatistics } from './adaptTargetStatistics'

beforeAll(async () => {
  const { backend } = await startEngine({ prefer: 'webgpu', purpose: 'training', onGpuLost: () => {} })
  expect(backend).toBe('webgpu')
})

const SIDE = 32
const BANDS = 3

/** Every pixel of every band near `mean`. */
function samples(mean: number): SampleProvider {
  const pixels = Float32Array.from({ length: SIDE * SIDE * BANDS }, (_, i) => mean + Math.sin(i * 0.7))
  const label = new Uint8Array(SIDE * SIDE).fill(255)
  return { ids: ['a', 'b'], load: async () => ({ width: SIDE, height: SIDE, pixels, label }) }
}

test('the target gets statistics of its own; weights and the source keep theirs; nothing stays behind', async () => {
  const network = createNetwork('resnet-unet', 'tiny', { bands: BANDS, seed: 1 })
  const config = { ...defaultTrainingConfig, steps: 6, microBatch: 2, cropSize: SIDE, seed: 5 }
  const values = async () => {
    const read = new Map<string, Float32Array>()
    for (const { name, variable } of network.parameters.all()) {
      read.set(name, (await variable.data()).slice() as Float32Array)
    }
    return read
  }
  try {
    const before = await values()
    const tensors = tf.memory().numTensors
    await adaptTargetStatistics(network, samples(4), config)
    expect(tf.memory().numTensors).toBe(tensors)
    const after = await values()
    let moved = 0
    for (const [name, value] of after) {
      if (!/running_(mean|var)_target$/.test(name)) expect(value, name).toEqual(before.get(name))
      else if (value.some((v, i) => Math.abs(v - before.get(name)![i]!) > 1e-3)) moved++
    }
    expect(moved).toBeGreaterThan(4)
    await adaptTargetStatistics(network, samples(4), config)
    expect(await values()).toEqual(after)
  } finally {
    network.dispose()
  }
})
