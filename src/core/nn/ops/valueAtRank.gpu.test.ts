import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { pseudoRandom } from '../../gpu/testing/compare'
import { expectNoLeak } from '../../gpu/testing/expectNoLeak'
import { valueAtRank } from './valueAtRank'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const CASES: Record<string, Float32Array> = {
  'one value': Float32Array.of(-3),
  'both signs, zeros, ties': Float32Array.of(0, 1.5, -0, -2, 1.5, 3e38, -3e38, 1e-30, -1e-30, 0.25),
  'more than a chunk': pseudoRandom(1000, 4),
  'all the same': new Float32Array(300).fill(-0.5),
  'many that differ in their last digits': pseudoRandom(70_000, 9).map(value => 1 + value / 4096),
}

test.each(Object.keys(CASES))('%s: equal to sorting', async name => {
  const values = CASES[name]!
  const sorted = Float32Array.from(values).sort().reverse()
  const x = tf.tensor1d(values)
  for (const rank of new Set([0, 1, Math.floor(values.length / 3), values.length - 1])) {
    if (rank >= values.length) continue
    const found = (await valueAtRank(x, tf.tensor1d([rank], 'int32')).data())[0]!
    // Zeros have no sign here.
    expect(found + 0).toBe(sorted[rank]! + 0)
  }
})

test('leaves nothing behind', () =>
  expectNoLeak(async () => {
    const x = tf.tensor1d(pseudoRandom(500))
    const rank = tf.scalar(7, 'int32')
    const value = valueAtRank(x, rank)
    await value.data()
    tf.dispose([x, rank, value])
  }))
