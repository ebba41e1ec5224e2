import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../gpu/startEngine'
import { parityCase, parityCaseExists } from './fixture.testing'
import { networkParity, TINY_CASES } from './networkParity'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

for (const known of TINY_CASES) {
  describe.runIf(parityCaseExists(known.name))(known.name, () => {
    test(`${known.family}: the encoder's maps and the logits equal the peer's within its tolerance`, async () => {
      const parity = await parityCase(known.name)
      const rows = await networkParity(known, parity)
      expect(rows.length).toBe(known.features.length + 1)
      for (const { map, error, tolerance } of rows) expect(error, map).toBeLessThanOrEqual(tolerance)
    })
  })
}
