import type { Scalar, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../gpu/startEngine'
import { loadCheckpoint } from '../models/checkpoint/loadCheckpoint'
import type { StoredTensor } from '../models/checkpoint/safetensors'
import { convolution } from '../nn/layers/convolution'
import { crossSensorNormalisation } from '../nn/layers/crossSensorNormalisation'
import type { Layer } from '../nn/layers/layer'
import { toCheckpointOrder } from '../nn/parameterLayout'
import { createParameterRegistry } from '../nn/parameterRegistry'
import { createParameterScope, type ParameterScope } from '../nn/parameterScope'
import { createParameterStore, type Parameter } from '../nn/parameterStore'
import { valueAndGradients } from '../nn/valueAndGradients'
import type { Domain } from '../patches/patch'
import { largestError, toNhwc } from './compareMap'
import { expectedOutputs, parityCase, parityCaseExists } from './fixture.testing'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

/** The fixture's net: two convolutions with a norm each, and a head. */
function smallNetwork(scope: ParameterScope): Layer {
  const conv1 = convolution(scope.at('conv1'), { in: 14, out: 8, kernel: 3, padding: 1 })
  const bn1 = crossSensorNormalisation(scope.at('bn1'), 8)
  const conv2 = convolution(scope.at('conv2'), { in: 8, out: 12, kernel: 3, stride: 2, padding: 1 })
  const bn2 = crossSensorNormalisation(scope.at('bn2'), 12)
  const head = convolution(scope.at('head'), { in: 12, out: 2, kernel: 1, bias: true })
  return (x, mode) => head(tf.relu(bn2(conv2(tf.relu(bn1(conv1(x), mode))), mode)))
}

/** Mean cross-entropy over pixels whose label is not 255. */
function crossEntropy(logits: Tensor4D, labels: StoredTensor): Scalar {
  const values = Array.from(labels.data, Number)
  const valid = values.filter(label => label !== 255).length
  const pull = values.flatMap(label => [0, 1].map(k => (label === k ? -1 / valid : 0)))
  return tf.sum(tf.mul(tf.logSoftmax(logits), tf.tensor(pull, logits.shape))) as Scalar
}

describe.runIf(parityCaseExists('csn-net'))('csn-net', () => {
  test('a step over both domains and inference in each equal LoveCS', async () => {
    const parity = await parityCase('csn-net')
    const registry = createParameterRegistry()
    const forward = smallNetwork(createParameterScope(registry))
    const store = createParameterStore(registry, null)
    loadCheckpoint(store, parity.weights)
    const x = Object.fromEntries(
      ['source', 'target', 'eval'].map(name => [name, toNhwc(parity.inputs.get(name)!)]),
    )
    const pass = (domain: Domain) => forward(x[domain]!, { training: true, domain })
    const losses = tf.tidy(() => ({
      source: crossEntropy(pass('source'), parity.inputs.get('source_labels')!),
      target: crossEntropy(pass('target'), parity.inputs.get('target_pseudo_labels')!),
    }))
    for (const domain of ['source', 'target'] as const) {
      expectClose(await losses[domain].data(), expectedOutputs(parity).get(`loss_${domain}`)!, domain)
    }
    // The passes above moved the running statistics: start again, as the peer did.
    loadCheckpoint(store, parity.weights)
    const parameters = store.trainable()
    const { value, gradients } = valueAndGradients(() => {
      const source = crossEntropy(pass('source'), parity.inputs.get('source_labels')!)
      const target = crossEntropy(pass('target'), parity.inputs.get('target_pseudo_labels')!)
      return tf.add(source, tf.mul(target, 0.5)) as Scalar
    }, parameters)
    for (const [i, parameter] of parameters.entries()) {
      const gradient = await stored(parameter, gradients[i]!)
      expectClose(gradient, expectedOutputs(parity).get(`grad/${peerKey(parameter.name)}`)!, parameter.name)
      const descended = tf.tidy(() => tf.sub(parameter.variable, tf.mul(gradients[i]!, 0.1)))
      store.assign(parameter.name, descended)
      descended.dispose()
    }
    for (const parameter of store.all()) {
      const values = await stored(parameter, parameter.variable)
      expectClose(values, expectedOutputs(parity).get(`after/${peerKey(parameter.name)}`)!, parameter.name)
    }
    for (const domain of ['source', 'target'] as const) {
      const expected = expectedOutputs(parity).get(`eval_${domain}`)!
      const logits = tf.tidy(() => forward(x.eval!, { training: false, domain }))
      expect(await largestError(logits, expected), domain).toBeLessThanOrEqual(expected.atol)
      logits.dispose()
    }
    tf.dispose([value, ...gradients, ...Object.values(x), ...Object.values(losses)])
    store.dispose()
  })
})

/** LoveCS names the shared affine and the source's statistics "..._source". */
function peerKey(name: string): string {
  return name.startsWith('bn') && !name.endsWith('_target') ? `${name}_source` : name
}

async function stored({ layout }: Parameter, value: tf.Tensor): Promise<Float32Array> {
  return toCheckpointOrder((await value.data()) as Float32Array, value.shape, layout)
}

function expectClose(ours: ArrayLike<number>, expected: StoredTensor & { atol: number }, name: string) {
  expect(ours.length, name).toBe(expected.data.length)
  for (let i = 0; i < ours.length; i++) {
    expect(Math.abs(ours[i]! - Number(expected.data[i])), `${name}[${i}]`).toBeLessThanOrEqual(expected.atol)
  }
}
