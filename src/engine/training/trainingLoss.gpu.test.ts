import type { Tensor4D } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { randomStream } from '../../core/foundation/random'
import { defaultTrainingConfig } from '../../core/rounds/roundConfig'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { gradientError, largestDifference, pseudoRandom } from '../gpu/testing/compareTensors'
import { expectNoLeak, withLimits } from '../gpu/testing/memoryAndLimits'
import type { SegmentationNetwork } from '../models/network'
import { convolution, type ForwardMode } from '../nn/layers'
import { resizeBilinear } from '../nn/ops/resize'
import { createParameterRegistry, createParameterScope } from '../nn/parameterRegistry'
import { createParameterStore } from '../nn/parameterStore'
import { type CombinedLossOptions, combinedLoss, composedLoss } from './losses/combinedLoss'
import { hardPixels } from './losses/crossEntropy'
import { provider, SIDE, sampleOf, smallNetwork, valuesOf } from './training.testing'
import { createBatchSource, type TrainingBatch } from './trainingBatch'
import { trainingLoss } from './trainingLoss'
import { trainNetwork } from './trainNetwork'

describe('auxiliary loss', () => {
  const BANDS = 14
  const SIDE = 8

  beforeAll(async () => {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
    expect(tf.getBackend()).toBe('webgpu')
  })

  /** Two classifiers of the pixels: one that counts, one that only training looks at. */
  function twoHeads(): SegmentationNetwork {
    const registry = createParameterRegistry()
    const scope = createParameterScope(registry)
    const head = convolution(scope.at('head'), { in: BANDS, out: 2, kernel: 1, bias: true })
    const coarse = convolution(scope.at('coarse'), { in: BANDS, out: 2, kernel: 1, bias: true })
    const parameters = createParameterStore(registry, 1)
    return {
      family: 'hrnet-ocr',
      preset: 'two-heads',
      bands: BANDS,
      classes: 2,
      parameters,
      forward: (x: Tensor4D) => head(x),
      forwardWithAuxiliary: (x: Tensor4D) => ({ logits: head(x), auxiliary: coarse(x) }),
      dispose: () => parameters.dispose(),
    }
  }

  async function firstStep(auxiliaryWeight: number) {
    const network = twoHeads()
    const coarse = network.parameters.get('coarse.weight').variable
    const before = [...(await coarse.data())]
    const random = randomStream(5, 'sample')
    const sample = {
      width: SIDE,
      height: SIDE,
      pixels: Float32Array.from({ length: SIDE * SIDE * BANDS }, () => random.normal()),
      label: Uint8Array.from({ length: SIDE * SIDE }, () => random.integer(0, 1)),
    }
    const source = { ids: ['a'], load: async () => sample }
    const tensors = tf.memory().numTensors
    const { losses } = await trainNetwork(
      network,
      { source, target: null, sourceOnlySteps: 0, evaluate: null },
      {
        ...defaultTrainingConfig,
        steps: 1,
        microBatch: 1,
        accumulate: 1,
        warmupSteps: 0,
        weightDecay: 0,
        cropSize: SIDE,
        augment: false,
        auxiliaryWeight,
      },
    )
    expect(tf.memory().numTensors).toBe(tensors)
    const moved = [...(await coarse.data())].some((value, i) => value !== before[i])
    network.dispose()
    return { loss: losses[0]![1], moved }
  }

  test('the loss is that of the logits plus the weighted one of the coarser head', async () => {
    const [without, weighted, full] = [await firstStep(0), await firstStep(0.4), await firstStep(1)]
    expect(full.loss - without.loss).toBeGreaterThan(0.1)
    expect((weighted.loss - without.loss) / (full.loss - without.loss)).toBeCloseTo(0.4, 4)
    expect([without.moved, weighted.moved, full.moved]).toEqual([false, true, true])
    expect(defaultTrainingConfig.auxiliaryWeight).toBe(0.4)
  })
})

describe('combined loss', () => {
  beforeAll(async () => {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
    expect(tf.getBackend()).toBe('webgpu')
  })

  const logits = () => tf.mul(tf.tensor4d(pseudoRandom(2 * 8 * 8 * 2, 1), [2, 8, 8, 2]), 3) as tf.Tensor4D
  const labels = () =>
    tf.tensor(
      Int32Array.from(pseudoRandom(128, 2), value => (value > 0.8 ? 255 : value > 0.3 ? 1 : 0)),
      [2, 8, 8],
      'int32',
    )

  const OPTIONS: Record<string, CombinedLossOptions> = {
    'weights and smoothing': { crossEntropyWeight: 0.5, lovaszWeight: 2, labelSmoothing: 0.1 },
    'cross-entropy alone': { lovaszWeight: 0 },
    'Lovász alone': { crossEntropyWeight: 0 },
    'hard examples, smoothed': { labelSmoothing: 0.1, ohem: { threshold: 0.6, minKept: 5 } },
    'hard examples by rank': { ohem: { threshold: 0.01, minKept: 37 } },
    'more wanted than there are': { ohem: { threshold: 0.7, minKept: 100_000 } },
  }

  const LABELS: Record<string, (draw: number) => number> = {
    mixed: draw => (draw > 0.8 ? 255 : draw > 0.3 ? 1 : 0),
    'background alone': draw => (draw > 0.8 ? 255 : 0),
    'landslide alone': () => 1,
    'one pixel': draw => (draw > 0.995 ? 1 : 255),
    'nothing that counts': () => 255,
  }

  test.each(Object.keys(OPTIONS))(
    '%s: the sum of the separate losses, and so is its gradient',
    async name => {
      const options = OPTIONS[name]!
      for (const kind of Object.keys(LABELS)) {
        // Odd, and more than a tile of 256.
        for (const [pixels, scale] of [
          [999, 3],
          [131, 40],
        ] as const) {
          const x = tf.mul(tf.tensor2d(pseudoRandom(2 * pixels, 1), [pixels, 2]), scale)
          const y = tf.tensor1d(Int32Array.from(pseudoRandom(pixels, 2), LABELS[kind]!), 'int32')
          for (const soft of [null, tf.tensor1d(pseudoRandom(pixels, 3).map(value => value / 2 + 0.5))]) {
            const whole = tf.valueAndGrad((a: tf.Tensor) => combinedLoss(a, y, { ...options, soft }))(x)
            const parts = tf.valueAndGrad((a: tf.Tensor) => composedLoss(a, y, { ...options, soft }))(x)
            const expected = (await parts.value.data())[0]!
            expect(await largestDifference(whole.value, [expected])).toBeLessThan(
              2e-6 * Math.max(1, Math.abs(expected)),
            )
            expect(await largestDifference(whole.grad, await parts.grad.data())).toBeLessThan(1e-6)
          }
        }
      }
    },
  )

  test('more pixels than fit one round of every tile', async () => {
    const pixels = 300 * 500
    const x = tf.mul(tf.tensor2d(pseudoRandom(2 * pixels, 1), [pixels, 2]), 9)
    const y = tf.tensor1d(Int32Array.from(pseudoRandom(pixels, 2), LABELS.mixed!), 'int32')
    const options = { ohem: { threshold: 0.7, minKept: 100_000 } }
    const whole = tf.valueAndGrad((a: tf.Tensor) => combinedLoss(a, y, options))(x)
    const parts = tf.valueAndGrad((a: tf.Tensor) => composedLoss(a, y, options))(x)
    expect(await largestDifference(whole.value, await parts.value.data())).toBeLessThan(1e-5)
    expect(await largestDifference(whole.grad, await parts.grad.data())).toBeLessThan(1e-9)
  })

  test('agrees with finite differences', async () => {
    const y = tf.tensor1d(Int32Array.from(pseudoRandom(50, 2), LABELS.mixed!), 'int32')
    const x = tf.mul(tf.tensor2d(pseudoRandom(100, 1), [50, 2]), 3)
    // Lovász has kinks where two errors meet.
    const loss = (a: tf.Tensor) => combinedLoss(a, y, { lovaszWeight: 0, labelSmoothing: 0.1 })
    expect(await gradientError(loss, [x])).toBeLessThan(1e-5)
  })

  test('bounds of hard examples: ties fall out, saturated pixels keep their order', async () => {
    const leads = [0, 8, 17, 15.9, 15, 17]
    const x = tf.tensor2d(
      leads.flatMap(lead => [lead, 0]),
      [leads.length, 2],
    )
    const y = tf.zeros([leads.length], 'int32')
    const kept = async (minKept: number) => {
      const options = { lovaszWeight: 0, ohem: { threshold: 0, minKept } }
      const slope = tf.grad((a: tf.Tensor) => combinedLoss(a, y, options))(x)
      const rows = (await slope.array()) as number[][]
      const hard = [...(await hardPixels(x, y, options.ohem).data())]
      expect(rows.map(([value]) => Number(value !== 0))).toEqual(hard)
      return hard.filter(Boolean).length
    }
    expect([await kept(0), await kept(1), await kept(3), await kept(4)]).toEqual([0, 1, 3, 4])
  })

  test('NaN is not lost, hard examples or not', async () => {
    const x = tf.tensor2d([0, 1, Number.NaN, 0, 2, 1], [3, 2])
    const y = tf.tensor1d([1, 0, 0], 'int32')
    for (const options of [{}, { ohem: { threshold: 0.7, minKept: 1 } }, { lovaszWeight: 0 }]) {
      expect(Number.isFinite((await combinedLoss(x, y, options).data())[0])).toBe(false)
    }
  })

  test('a batch without a labelled pixel costs nothing and moves nothing', async () => {
    const ignored = tf.fill([2, 8, 8], 255, 'int32')
    const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => combinedLoss(x, ignored))(logits())
    expect((await value.data())[0]).toBe(0)
    expect(await largestDifference(tf.max(tf.abs(grad)), [0])).toBe(0)
  })

  test('labels that do not fit are refused', () => {
    expect(() => combinedLoss(logits(), tf.zeros([2, 8, 7], 'int32'))).toThrow(
      expect.objectContaining({ code: 'shape-mismatch' }),
    )
  })

  test('the same batch gives the same bits', async () => {
    const y = labels()
    const gradient = () =>
      tf
        .grad((x: tf.Tensor) => combinedLoss(x, y))(logits())
        .data()
    expect(await gradient()).toEqual(await gradient())
  })

  test('leaves nothing, whole or refused', () =>
    expectNoLeak(async () => {
      const [x, y] = [tf.tidy(logits), labels()]
      const slope = () => tf.grad((a: tf.Tensor) => combinedLoss(a, y))(x)
      const found = slope()
      await found.data()
      expect(() => withLimits({ maxStorageBuffersPerShaderStage: 5 }, slope)).toThrow(/joins/)
      tf.dispose([x, y, found])
    }))
})

describe('training loss', () => {
  beforeAll(async () => {
    await startEngine({ prefer: 'webgpu', purpose: 'training' })
    expect(tf.getBackend()).toBe('webgpu')
  })

  const random = () => randomStream(1, 'drop')
  const plain = { ...defaultTrainingConfig, ohem: null, microBatch: 2, cropSize: SIDE, augment: false }

  const batchOf = (soft: ((i: number) => number) | null = null): Promise<TrainingBatch> => {
    const load = async (id: string) => {
      const sample = sampleOf(Number(id))
      return { ...sample, soft: soft && Float32Array.from(sample.label, (_, i) => soft(i)) }
    }
    return createBatchSource({ ids: ['1', '2'], load }, 'source', plain).next()
  }

  /** A network whose logits are given; it notes what it saw. */
  function fixed(logitsOf: (x: Tensor4D) => Tensor4D) {
    const seen: { shape: number[]; mode: ForwardMode }[] = []
    return {
      seen,
      forward(x: Tensor4D, mode: ForwardMode) {
        seen.push({ shape: x.shape, mode })
        return logitsOf(x)
      },
    }
  }

  const labelsOf = ({ label, size, side }: TrainingBatch) => tf.tensor(label, [size, side, side], 'int32')
  const numberOf = async (scalar: tf.Scalar) => (await scalar.data())[0]!

  test.each([1, 2, 2.5, 4])(
    'x%d: the network sees the enlarged crop, the loss the label’s grid',
    async scale => {
      const batch = await batchOf()
      const side = Math.round(SIDE * scale)
      const large = tf.tensor4d(pseudoRandom(2 * side * side * 2, 3), [2, side, side, 2])
      const network = fixed(() => large)
      const loss = await numberOf(trainingLoss(network, batch, { ...plain, scale }, random()))
      expect(network.seen[0]!.shape).toEqual([2, side, side, 14])
      const expected = combinedLoss(resizeBilinear(large, [SIDE, SIDE]), labelsOf(batch), {
        labelSmoothing: 0.1,
      })
      expect(loss).toBeCloseTo(await numberOf(expected), 5)
      const slope = await gradientError(
        logits =>
          trainingLoss(
            fixed(() => logits as Tensor4D),
            batch,
            { ...plain, scale, lovaszWeight: 0 },
            random(),
          ),
        [large],
      )
      expect(slope).toBeLessThan(1e-4)
    },
  )

  test('hard examples: a share of the valid pixels is kept however easy they are', async () => {
    const batch = await batchOf()
    batch.label.fill(255, 0, SIDE * SIDE)
    const given = { ...batch, valid: SIDE * SIDE }
    // Sure and right everywhere, surer from pixel to pixel.
    const side = tf.reshape(tf.cast(labelsOf(given), 'float32'), [2, SIDE, SIDE, 1])
    const sure = tf.mul(
      tf.sub(tf.mul(side, 2), 1),
      tf.reshape(tf.linspace(1, 3, 2 * SIDE * SIDE), [2, SIDE, SIDE, 1]),
    )
    const logits = tf.concat([tf.neg(sure), sure], 3) as Tensor4D
    const config = { ...plain, lovaszWeight: 0, labelSmoothing: 0 }
    const kept = async (minKeptShare: number) => {
      const slope = tf.grad(x =>
        trainingLoss(
          fixed(() => x as Tensor4D),
          given,
          { ...config, ohem: { threshold: 0.7, minKeptShare } },
          random(),
        ),
      )(logits)
      return (await tf.sum(tf.cast(tf.any(tf.notEqual(slope, 0), -1), 'int32')).data())[0]!
    }
    expect([await kept(0), await kept(0.25), await kept(1)]).toEqual([0, 64, 255])
  })

  test('soft targets: a probability is learnt as it is, other pixels keep their smoothed label', async () => {
    const batch = await batchOf(i => (i % 2 === 0 ? 0.8 : Number.NaN))
    const logits = tf.tensor4d(pseudoRandom(2 * SIDE * SIDE * 2, 3), [2, SIDE, SIDE, 2])
    const config = { ...plain, lovaszWeight: 0 }
    const loss = await numberOf(
      trainingLoss(
        fixed(() => logits),
        batch,
        config,
        random(),
      ),
    )
    const p = (await tf.softmax(logits).data()) as Float32Array
    let sum = 0
    for (let i = 0; i < batch.label.length; i++) {
      const target = i % 2 === 0 ? 0.8 : batch.label[i] === 1 ? 0.95 : 0.05
      sum -= target * Math.log(p[2 * i + 1]!) + (1 - target) * Math.log(p[2 * i]!)
    }
    expect(loss).toBeCloseTo(sum / batch.label.length, 5)
    expect((await batchOf(() => Number.NaN)).soft).not.toBeNull()
    const hard = await numberOf(
      trainingLoss(
        fixed(() => logits),
        await batchOf(),
        config,
        random(),
      ),
    )
    const none = await numberOf(
      trainingLoss(
        fixed(() => logits),
        await batchOf(() => Number.NaN),
        config,
        random(),
      ),
    )
    expect(none).toBeCloseTo(hard, 6)
  })

  test('a rejected patch, all 255, costs nothing and moves nothing, hard examples or not', async () => {
    const batch = await batchOf()
    batch.label.fill(255)
    const logits = tf.tensor4d(pseudoRandom(2 * SIDE * SIDE * 2, 3), [2, SIDE, SIDE, 2])
    for (const ohem of [null, { threshold: 0.7, minKeptShare: 0.1 }]) {
      const { value, grad } = tf.valueAndGrad((x: tf.Tensor) =>
        trainingLoss(
          fixed(() => x as Tensor4D),
          { ...batch, valid: 0 },
          { ...plain, ohem },
          random(),
        ),
      )(logits)
      expect(await numberOf(value as tf.Scalar)).toBe(0)
      expect(await numberOf(tf.max(tf.abs(grad)) as tf.Scalar)).toBe(0)
    }
  })

  test('one set of statistics: both domains move the source’s, and the target ends with a copy', async () => {
    const statistics = async (crossSensor: boolean) => {
      const network = smallNetwork(1)
      const shifted = {
        ids: ['7'],
        load: async () => ({ ...sampleOf(7), pixels: sampleOf(7).pixels.map(value => value + 3) }),
      }
      const data = { source: provider(2, 0), target: shifted, sourceOnlySteps: 0, evaluate: null }
      await trainNetwork(network, data, { ...plain, crossSensor, steps: 3, accumulate: 1, microBatch: 1 })
      const values = await valuesOf(network)
      network.dispose()
      return { source: values['norm.running_mean']!, target: values['norm.running_mean_target']! }
    }
    const [apart, together] = [await statistics(true), await statistics(false)]
    expect(together.target).toEqual(together.source)
    expect(apart.target).not.toEqual(apart.source)
    const size = (vector: number[]) => Math.hypot(...vector)
    expect(size(together.source)).toBeGreaterThan(1.5 * size(apart.source))
  })
})
