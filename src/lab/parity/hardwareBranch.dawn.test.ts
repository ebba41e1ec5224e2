import type { Scalar, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultTrainingConfig } from '../../core/rounds/roundConfig'
import { preferTiles } from '../../engine/gpu/kernels/softwareAdapters'
import { startEngine } from '../../engine/gpu/startEngine'
import { webGpuBackend } from '../../engine/gpu/webgpuBackend'
import { createNetwork } from '../../engine/models/createNetwork'
import { valueAndGradients } from '../../engine/nn/valueAndGradients'
import { provider, valuesOf } from '../../engine/training/training.testing'
import type { TrainingCheckpoint } from '../../engine/training/trainingJob'
import { trainNetwork } from '../../engine/training/trainNetwork'
import { parityCase, parityCaseExists } from './parityFixture.testing'
import { withinTolerance } from './parityReport'
import { runParityCase } from './runParityCase'

/**
 * Whole networks on the kernels that GPUs take, which a software adapter would never see. In one file, since lavapipe
 * compiles for long; all tests of the project run on them by SCARP_HARDWARE_BRANCH=1.
 */
beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
  preferTiles(webGpuBackend()!, false)
})

afterAll(() => preferTiles(webGpuBackend()!))

/** The peers' own numbers: outputs, gradients and one step where there are fixtures of a step. */
describe.runIf(parityCaseExists('train-segformer-tiny'))(
  'parity with the peers on the kernels for GPUs',
  () => {
    const cases = [
      'train-segformer-tiny',
      'train-swin-unet-tiny',
      'train-effnetv2-unet-tiny',
      'hrnet-tiny-ocr',
    ]
    test.each(cases.filter(parityCaseExists))('%s', async name => {
      const { rows } = await runParityCase(await parityCase(name))
      expect(rows.length).toBeGreaterThan(0)
      expect(rows.filter(row => !withinTolerance(row))).toEqual([])
    })
  },
)

/** Of these there is no fixture of a step: the kernels for software adapters, which have their own tests, are the peer. */
test.each(['resnet-unet', 'hrnet-ocr'] as const)(
  '%s has the output and gradients that the kernels for software adapters give',
  async family => {
    const backend = webGpuBackend()!
    const network = createNetwork(family, 'tiny', { seed: 3 })
    const x = tf.randomNormal([1, 64, 64, 14], 0, 1, 'float32', 7) as Tensor4D
    const parameters = network.parameters.trainable()
    const found: Float32Array[][] = []
    try {
      for (const software of [false, true]) {
        preferTiles(backend, software)
        const { value, gradients } = valueAndGradients(() => {
          const logits = network.forward(x, { training: true, domain: 'source' })
          return tf.mean(tf.square(tf.sub(logits, 1))) as Scalar
        }, parameters)
        const read = [value, ...gradients].map(tensor => tensor.data() as Promise<Float32Array>)
        found.push(await Promise.all(read).finally(() => tf.dispose([value, ...gradients])))
      }
    } finally {
      preferTiles(backend, false)
    }
    const [ours, theirs] = found as [Float32Array[], Float32Array[]]
    const largest = Math.max(
      ...theirs.slice(1).map(values => values.reduce((m, v) => Math.max(m, Math.abs(v)), 0)),
    )
    expect(largest).toBeGreaterThan(0)
    for (const [i, values] of ours.entries()) {
      const name = i === 0 ? 'loss' : parameters[i - 1]!.name
      const error = values.reduce((worst, value, j) => Math.max(worst, Math.abs(value - theirs[i]![j]!)), 0)
      expect(error, name).toBeLessThanOrEqual(1e-4 * largest)
    }
    tf.dispose(x)
    network.dispose()
  },
)

test('a run that was killed and resumed has the bits of one that was not', async () => {
  const config = {
    ...defaultTrainingConfig,
    steps: 2,
    microBatch: 2,
    accumulate: 1,
    cropSize: 32,
    warmupSteps: 1,
    seed: 11,
  }
  const train = async (resumeFrom: Uint8Array | null) => {
    let kept: Uint8Array | null = null
    const checkpoint: TrainingCheckpoint = {
      resumeFrom,
      due: step => step === 1,
      save: async bytes => {
        kept = bytes
      },
    }
    const network = createNetwork('segformer', 'tiny', { seed: 1, options: { dropPath: 0.5 } })
    try {
      const data = { source: provider(3, 0), target: provider(2, 9), sourceOnlySteps: 1, evaluate: null }
      const { losses } = await trainNetwork(network, data, config, { checkpoint })
      return { kept, losses, values: await valuesOf(network) }
    } finally {
      network.dispose()
    }
  }
  const straight = await train(null)
  const resumed = await train(straight.kept)
  expect({ ...resumed, kept: null }).toEqual({ ...straight, kept: null })
  expect(straight.losses).toHaveLength(2)
})
