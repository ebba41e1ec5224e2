import type { Scalar, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../gpu/startEngine'
import { loadCheckpoint } from '../models/checkpoint/loadCheckpoint'
import type { StoredTensor } from '../models/checkpoint/safetensors'
import { EFFICIENTNETV2_PRESETS } from '../models/efficientnetv2/config'
import { efficientNetV2Unet } from '../models/efficientnetv2/efficientNetV2Unet'
import type { NetworkDefinition } from '../models/networkDefinition'
import { SEGFORMER_PRESETS } from '../models/segformer/config'
import { segformer } from '../models/segformer/segformer'
import { SWIN_PRESETS } from '../models/swin/config'
import { swinUnet } from '../models/swin/swinUnet'
import { toCheckpointOrder } from '../nn/parameterLayout'
import { createParameterRegistry } from '../nn/parameterRegistry'
import { createParameterScope, type ParameterScope } from '../nn/parameterScope'
import { createParameterStore } from '../nn/parameterStore'
import { valueAndGradients } from '../nn/valueAndGradients'
import { largestError, toNhwc } from './compareMap'
import { expectedOutputs, parityCase, parityCaseExists, parityTensors } from './fixture.testing'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const settings = { bands: 14, classes: 2, seed: 1, options: {} }
const decoderChannels = [16, 12, 8, 8, 4]

const CASES: [string, (scope: ParameterScope) => NetworkDefinition][] = [
  ['train-segformer-tiny', scope => segformer(scope, SEGFORMER_PRESETS.tiny, settings)],
  [
    'train-effnetv2-unet-tiny',
    scope => efficientNetV2Unet(scope, { ...EFFICIENTNETV2_PRESETS.tiny, decoderChannels }, settings),
  ],
  ['train-swin-unet-tiny', scope => swinUnet(scope, { ...SWIN_PRESETS.tiny, decoderChannels }, settings)],
]

for (const [name, declare] of CASES) {
  describe.runIf(parityCaseExists(name))(name, () => {
    test('logits, every gradient and the running statistics of a training pass equal the peer', async () => {
      const parity = await parityCase(name)
      const registry = createParameterRegistry()
      const network = declare(createParameterScope(registry))
      const store = createParameterStore(registry, null)
      loadCheckpoint(store, parity.weights)
      const x = toNhwc(parity.inputs.get('input')!)
      // The peer's d loss / d logits as a constant weight: the same parameter gradients without the loss.
      const pull = toNhwc(expectedOutputs(parity).get('dlogits')!)
      const parameters = store.trainable()
      let logits: Tensor4D | null = null
      const { value, gradients } = valueAndGradients(() => {
        logits = tf.keep(network.forward(x, { training: true, domain: 'source' }))
        return tf.sum(tf.mul(logits, pull)) as Scalar
      }, parameters)
      const expectedLogits = expectedOutputs(parity).get('logits')!
      expect(await largestError(logits!, expectedLogits)).toBeLessThanOrEqual(expectedLogits.atol)

      const expected = parityTensors(name, 'grads.safetensors')
      const worst: [number, string] = [0, '']
      for (const [i, { name: key, variable, layout }] of parameters.entries()) {
        const ours = toCheckpointOrder((await gradients[i]!.data()) as Float32Array, variable.shape, layout)
        const share =
          difference(ours, expected.get(key)!) /
          parity.outputs.find(row => row.name === key && row.file === 'grads.safetensors')!.atol
        if (!(share <= worst[0])) worst.splice(0, 2, share, key)
      }
      expect(expected.size).toBe(parameters.length)
      expect(worst[0], `largest gradient error over its tolerance, at ${worst[1]}`).toBeLessThanOrEqual(1)

      const after = parityTensors(name, 'after.safetensors')
      for (const { name: key, variable, trainable } of store.all()) {
        if (trainable) continue
        const values = (await variable.data()) as Float32Array
        const reference = after.get(key) ?? parity.weights.get(key.replace(/_target$/, ''))!
        expect(difference(values, reference), key).toBeLessThanOrEqual(2e-5)
      }
      tf.dispose([x, pull, value, logits!, ...gradients])
      store.dispose()
    })
  })
}

function difference(ours: Float32Array, { data }: StoredTensor): number {
  expect(ours.length).toBe(data.length)
  return ours.reduce((largest, entry, i) => {
    const error = Math.abs(entry - Number(data[i]))
    return error <= largest ? largest : error
  }, 0)
}
