import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { createParameterRegistry, createParameterScope } from '../../nn/parameterRegistry'
import { createParameterStore } from '../../nn/parameterStore'
import { valueAndGradients } from '../../nn/valueAndGradients'
import { createNetwork } from '../createNetwork'
import { HRNET_PRESETS, type HrnetConfig } from './config'
import { hrnetOcr } from './hrnetOcr'

const INFERENCE = { training: false, domain: 'target' } as const

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const pixels = (batch: number, height: number, width: number, seed: number) =>
  tf.randomNormal([batch, height, width, 14], 0, 1, 'float32', seed) as Tensor4D

function build(config: HrnetConfig) {
  const registry = createParameterRegistry()
  const settings = { bands: 14, classes: 3, seed: 1, options: {} }
  const network = hrnetOcr(createParameterScope(registry), config, settings)
  return { registry, network, store: createParameterStore(registry, 1) }
}

describe('sizes', () => {
  test.each([
    [2, 33, 47],
    [1, 61, 32],
    [1, 64, 96],
  ])(
    '%i x %i x %i: logits on the input’s own grid, and nothing is left behind',
    async (batch, height, width) => {
      const network = createNetwork('hrnet-ocr', 'tiny', { seed: 3 })
      const x = pixels(batch, height, width, 5)
      const before = tf.memory().numTensors
      // In inference the authors' tiny first weights give a constant map: running variances start at 1.
      const logits = network.forward(x, { training: true, domain: 'source' })
      expect(logits.shape).toEqual([batch, height, width, 2])
      const values = await logits.data()
      expect(values.every(Number.isFinite)).toBe(true)
      expect(new Set(values).size).toBeGreaterThan(100)
      logits.dispose()
      const branches = network.features(x, INFERENCE)
      expect(branches.map(map => map.shape.slice(1))).toEqual(
        [4, 8, 16, 32].map((stride, i) => [
          Math.ceil(height / stride),
          Math.ceil(width / stride),
          6 * 2 ** i,
        ]),
      )
      tf.dispose(branches)
      expect(tf.memory().numTensors).toBe(before)
      x.dispose()
      network.dispose()
    },
  )

  test('other block kinds, branch counts and module counts build and run', () => {
    const config: HrnetConfig = {
      layer1: { block: 'basic', blocks: 2, channels: 8 },
      stages: [
        { modules: 1, block: 'bottleneck', blocks: [1], channels: [4] },
        { modules: 2, block: 'basic', blocks: [1, 2, 1], channels: [16, 6, 8] },
      ],
      ocr: { midChannels: 10, keyChannels: 5 },
      alignCorners: false,
      normEpsilon: 1e-3,
    }
    const { network, store, registry } = build(config)
    const x = pixels(1, 35, 32, 7)
    const outputs = tf.tidy(() => network.outputs(x, INFERENCE))
    expect(Object.fromEntries(Object.entries(outputs).map(([name, map]) => [name, map.shape]))).toEqual({
      layer1: [1, 9, 8, 8],
      concat: [1, 9, 8, 30],
      conv3x3_ocr: [1, 9, 8, 10],
      ocr_gather_head: [1, 3, 1, 10],
      ocr_distri_head: [1, 9, 8, 10],
      aux: [1, 9, 8, 3],
      out: [1, 9, 8, 3],
    })
    const names = registry.parameters.map(({ spec }) => spec.name)
    expect(names).toContain('transition1.0.0.weight')
    expect(names).toContain('stage2.0.branches.0.0.conv3.weight')
    expect(names.some(name => name.startsWith('transition2.0.'))).toBe(false)
    expect(names).toContain('transition2.2.1.0.weight')
    expect(names).toContain('stage3.1.fuse_layers.2.0.1.0.weight')
    tf.dispose([outputs, x])
    store.dispose()
  })
})

test('a stage whose numbers of blocks and widths disagree is refused', () => {
  const [stage2, ...others] = HRNET_PRESETS.tiny.stages
  const config = { ...HRNET_PRESETS.tiny, stages: [{ ...stage2!, blocks: [1] }, ...others] }
  expect(() => build(config)).toThrow(/2 branches has 1 numbers of blocks/)
})

describe('training', () => {
  test('both heads give every parameter a finite gradient, each once, and nothing leaks', async () => {
    const before = tf.memory().numTensors
    const network = createNetwork('hrnet-ocr', 'tiny', { seed: 3, options: { ocrDropout: 0.05 } })
    const x = pixels(1, 40, 64, 7)
    const parameters = network.parameters.trainable()
    const statistics = network.parameters.get('bn1.running_mean').variable
    const held = tf.memory().numTensors
    const { value, gradients } = valueAndGradients(() => {
      const { logits, auxiliary } = network.forwardWithAuxiliary!(x, { training: true, domain: 'source' })
      expect([logits.shape, auxiliary.shape]).toEqual([
        [1, 40, 64, 2],
        [1, 40, 64, 2],
      ])
      const loss = (map: Tensor) => tf.mean(tf.square(tf.sub(map, 1)))
      return tf.add(loss(logits), tf.mul(loss(auxiliary), 0.4)) as Scalar
    }, parameters)
    expect(tf.memory().numTensors).toBe(held + 1 + gradients.length)
    expect(Number.isFinite((await value.data())[0])).toBe(true)
    expect((await statistics.data()).some(moved => moved !== 0)).toBe(true)
    const idle: string[] = []
    for (const [i, gradient] of gradients.entries()) {
      expect(gradient.shape, parameters[i]!.name).toEqual(parameters[i]!.variable.shape)
      const values = await gradient.data()
      expect(values.every(Number.isFinite), parameters[i]!.name).toBe(true)
      if (values.every(entry => entry === 0)) idle.push(parameters[i]!.name)
    }
    expect(idle).toEqual([])
    tf.dispose([x, value, ...gradients])
    network.dispose()
    expect(tf.memory().numTensors).toBe(before)
  })

  test('logits with the auxiliary head are those without it', async () => {
    const network = createNetwork('hrnet-ocr', 'tiny', { seed: 4 })
    const x = pixels(1, 32, 32, 8)
    const mode = { training: true, domain: 'target' } as const
    const alone = network.forward(x, mode)
    const { logits, auxiliary } = network.forwardWithAuxiliary!(x, mode)
    expect(await logits.data()).toEqual(await alone.data())
    expect(await auxiliary.data()).not.toEqual(await alone.data())
    tf.dispose([x, alone, logits, auxiliary])
    network.dispose()
  })

  test('dropout zeroes whole channels of the head, in training only, and differs from pass to pass', async () => {
    const x = pixels(2, 32, 32, 9)
    const emptyChannels = async (ocrDropout: number, modes: readonly boolean[]) => {
      const registry = createParameterRegistry()
      const settings = { bands: 14, classes: 2, seed: 1, options: { ocrDropout } }
      const network = hrnetOcr(createParameterScope(registry), HRNET_PRESETS.tiny, settings)
      const store = createParameterStore(registry, 1)
      const rows: boolean[][] = []
      for (const training of modes) {
        const largest = tf.tidy(() =>
          tf.max(network.outputs(x, { training, domain: 'source' }).ocr_distri_head, [1, 2]),
        )
        rows.push([...(await largest.data())].map(value => value === 0))
        largest.dispose()
      }
      store.dispose()
      return rows
    }
    const share = (flags: boolean[]) => flags.filter(Boolean).length / flags.length
    const [first, second] = await emptyChannels(0.5, [true, true])
    expect(share(first!)).toBeGreaterThan(0.3)
    expect(share(first!)).toBeLessThan(0.7)
    expect(second).not.toEqual(first)
    expect((await emptyChannels(0, [true])).map(share)[0]).toBeLessThan(0.1)
    expect(await emptyChannels(0.5, [false])).toEqual(await emptyChannels(0, [false]))
    x.dispose()
  })
})
