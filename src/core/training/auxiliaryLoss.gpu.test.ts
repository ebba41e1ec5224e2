import type { Tensor4D } from '@tensorflow/tfjs-core'
import { beforeAll, expect, test } from 'vitest'
import { randomStream } from '../foundation/random'
import { tf } from '../gpu/tensorflow'
import type { SegmentationNetwork } from '../models/network'
import { convolution } from '../nn/layers/convolution'
import { createParameterRegistry } from '../nn/parameterRegistry'
import { createParameterScope } from '../nn/parameterScope'
import { createParameterStore } from '../nn/parameterStore'
import { defaultTrainingConfig } from './trainingConfig'
import { trainNetwork } from './trainNetwork'

const BANDS = 14
const SIDE = 8

beforeAll(async () => {
  await tf.setBackend('webgpu')
  await tf.ready()
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
