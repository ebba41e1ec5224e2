import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { loadCheckpoint } from '../checkpoint/loadCheckpoint'
import { createNetwork } from '../createNetwork'
import type { NetworkFamily } from '../network'
import { largestError, toNhwc } from './compareMap'
import { parityCaseExists, readParityCase } from './fixture'

const STAGES = ['stage1', 'stage2', 'stage3', 'stage4']

/** Whole networks: the case, which of ours computes it, what the peer calls the encoder's maps and the logits. */
const CASES: [string, NetworkFamily, string[], string][] = [
  ['segformer-tiny', 'segformer', STAGES, 'logits_up'],
  ['segformer-tiny-odd', 'segformer', STAGES, 'logits_up'],
  ['segformer-tiny-eps', 'segformer', STAGES, 'logits_up'],
  ['unet-swin-tiny', 'swin-unet', ['feature2', 'feature3', 'feature4', 'feature5'], 'logits'],
  [
    'unet-effnetv2-tiny',
    'efficientnetv2-unet',
    ['feature1', 'feature2', 'feature3', 'feature4', 'feature5'],
    'logits',
  ],
]

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const INFERENCE = { training: false, domain: 'source' } as const

for (const [name, family, features, logits] of CASES) {
  describe.runIf(parityCaseExists(name))(name, () => {
    test(`${family}: the encoder's maps and the logits equal the peer's within its tolerance`, async () => {
      const parity = readParityCase(name)
      const network = createNetwork(family, 'tiny', { seed: 1 })
      const report = loadCheckpoint(network.parameters, parity.weights)
      expect(report.loaded.length).toBe(parity.weights.size)
      const x = toNhwc(parity.inputs.get('input')!)
      const maps = tf.tidy(() => [...network.features(x, INFERENCE), network.forward(x, INFERENCE)])
      for (const [i, output] of [...features, logits].entries()) {
        const expected = parity.outputs.get(output)!
        expect(await largestError(maps[i]!, expected), output).toBeLessThanOrEqual(expected.atol)
      }
      tf.dispose([x, maps])
      network.dispose()
    })
  })
}
