import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { loadCheckpoint } from '../checkpoint/loadCheckpoint'
import { createNetwork } from '../createNetwork'
import { largestError, toNhwc } from './compareMap'
import { parityCaseExists, readParityCase } from './fixture'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const INFERENCE = { training: false, domain: 'source' } as const

for (const name of ['segformer-tiny', 'segformer-tiny-odd', 'segformer-tiny-eps']) {
  describe.runIf(parityCaseExists(name))(name, () => {
    test('stages and logits equal the peer within its tolerance', async () => {
      const parity = readParityCase(name)
      const network = createNetwork('segformer', 'tiny', { seed: 1 })
      loadCheckpoint(network.parameters, parity.weights)
      const x = toNhwc(parity.inputs.get('input')!)
      const maps = tf.tidy(() => [...network.features(x, INFERENCE), network.forward(x, INFERENCE)])
      const names = ['stage1', 'stage2', 'stage3', 'stage4', 'logits_up']
      for (const [i, output] of names.entries()) {
        const expected = parity.outputs.get(output)!
        expect(await largestError(maps[i]!, expected), output).toBeLessThanOrEqual(expected.atol)
      }
      tf.dispose([x, maps])
      network.dispose()
    })
  })
}
