import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../gpu/startEngine'
import { createParameterRegistry, createParameterScope } from '../nn/parameterRegistry'
import { createParameterStore } from '../nn/parameterStore'
import { unetDecoder } from './unet'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'inference' })
  expect(tf.getBackend()).toBe('webgpu')
})

const INFERENCE = { training: false, domain: 'source' } as const

/** Grids of the five blocks over an encoder whose maps are the ceilings of each halving. */
function grids(size: [number, number], firstMap: boolean): (number | undefined)[][] {
  const registry = createParameterRegistry()
  const encoderChannels = [firstMap ? 3 : 0, 3, 3, 3, 3]
  const spec = { encoderChannels, decoderChannels: [2, 2, 2, 2, 2], classes: 2 }
  const decoder = unetDecoder(createParameterScope(registry), spec)
  const store = createParameterStore(registry, 1)
  const seen = new Map<string, Tensor>()
  registry.observer = (name, output) => seen.set(name, output)
  const blocks = tf.tidy(() => {
    const halved = (side: number, times: number) => Math.ceil(side / 2 ** times)
    const maps = [1, 2, 3, 4, 5].map(level =>
      level === 1 && !firstMap
        ? null
        : (tf.ones([1, halved(size[0], level), halved(size[1], level), 3]) as Tensor4D),
    )
    return decoder.blocks(maps, size, INFERENCE)
  })
  expect([...seen.keys()]).toEqual([0, 1, 2, 3, 4].map(i => `decoder.blocks.${i}`))
  const shapes = blocks.map(block => [block.shape[1], block.shape[2]])
  tf.dispose(blocks)
  store.dispose()
  return shapes
}

test('blocks take the grids of their own skips, and the last one the input’s', () => {
  expect(grids([37, 50], true)).toEqual([
    [3, 4],
    [5, 7],
    [10, 13],
    [19, 25],
    [37, 50],
  ])
})

test('a map that the encoder lacks has the floor of the input’s half, as smp', () => {
  expect(grids([37, 51], false)[3]).toEqual([18, 25])
})

test('a block raises to the nearest, then joins the skip after it, and convolves twice', async () => {
  const registry = createParameterRegistry()
  const spec = { encoderChannels: [0, 0, 0, 1, 1], decoderChannels: [1, 1, 1, 1, 1], classes: 2 }
  const decoder = unetDecoder(createParameterScope(registry), spec)
  const store = createParameterStore(registry, 1)
  const [block, ...others] = tf.tidy(() => {
    // The first convolution gives ten times the map from below plus the skip, the second one passes it on.
    const first = new Float32Array(18)
    first.set([10, 1], 8)
    store.assign('decoder.blocks.0.conv1.0.weight', tf.tensor(first, [3, 3, 2, 1]))
    store.assign('decoder.blocks.0.conv2.0.weight', tf.tensor([0, 0, 0, 0, 1, 0, 0, 0, 0], [3, 3, 1, 1]))
    const deepest = tf.tensor4d([1, 2], [1, 1, 2, 1])
    const skip = tf.tensor4d([3, 4, 5], [1, 1, 3, 1])
    return decoder.blocks([null, null, null, skip, deepest], [8, 24], INFERENCE)
  })
  const values = [...(await block!.data())]
  tf.dispose([block!, ...others])
  store.dispose()
  const scale = 1 / (1 + 1e-5)
  for (const [i, expected] of [13, 14, 25].entries()) expect(values[i]).toBeCloseTo(expected * scale, 4)
})
