import { afterAll, beforeAll, expect, test } from 'vitest'
import { attentionBackward } from '../../gpu/kernels/attentionKernels'
import { preferTiles } from '../../gpu/kernels/softwareAdapters'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { expectSameGradients, gradientError, pseudoRandom } from '../../gpu/testing/compareTensors'
import { expectNoLeak, withLimits } from '../../gpu/testing/memoryAndLimits'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { attention, multiHeadAttention } from './attention'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
  // As on hardware: software adapters take the composition.
  preferTiles(webGpuBackend()!, false)
})

afterAll(() => preferTiles(webGpuBackend()!))

type Map4 = tf.Tensor4D
type Inputs = [Map4, Map4, Map4]

function maps(batch: number, [rows, columns]: number[], [below, across]: number[], channels: number): Inputs {
  const map = (height: number, width: number, seed: number) =>
    tf.tensor4d(pseudoRandom(batch * height * width * channels, seed), [batch, height, width, channels])
  return [map(rows!, columns!, 1), map(below!, across!, 2), map(below!, across!, 3)]
}

/** Heads one by one, from slices of the channels. */
function oneByOne(heads: number) {
  return (...given: tf.Tensor[]): tf.Tensor => {
    const rows = given.map(map => tf.reshape(map, [map.shape[0], -1, map.shape[3]!]))
    const size = rows[0]!.shape[2]! / heads
    const each = Array.from({ length: heads }, (_, head) => {
      const [q, k, v] = rows.map(map => tf.slice(map, [0, 0, head * size], [-1, -1, size])) as Inputs
      return attention(tf.mul(q, 3), k, v)
    })
    return tf.reshape(tf.concat(each, 2), given[0]!.shape)
  }
}

const ours =
  (heads: number) =>
  (...[q, k, v]: tf.Tensor[]) =>
    multiHeadAttention(tf.mul(q as Map4, 3), k as Map4, v as Map4, heads)

test.each<[string, number, number[], number[], number, number]>([
  ['two heads, odd sides, batch of 2', 2, [5, 7], [3, 3], 8, 2],
  ['more queries and keys than a workgroup holds', 1, [13, 11], [9, 8], 8, 1],
  ['one key', 1, [3, 4], [1, 1], 4, 1],
  ["queries shared out for the keys' gradients", 1, [40, 50], [2, 3], 4, 1],
  ['a head size that takes the composition', 2, [3, 3], [2, 2], 12, 2],
])(
  'value and gradients equal heads taken one by one: %s',
  async (_, batch, queries, keys, channels, heads) => {
    const inputs = maps(batch, queries, keys, channels)
    await expectSameGradients(ours(heads), oneByOne(heads), inputs, 2e-5)
  },
)

test('gradients agree with finite differences', async () => {
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  const error = await gradientError(ours(2), maps(1, [3, 4], [2, 3], 8))
  expect(error).toBeLessThan(5e-5)
})

test('scores beyond the range of the exponential', async () => {
  const [q, k, v] = maps(1, [2, 2], [3, 3], 8)
  const steep = tf.mul(q, 400) as Map4
  const one = multiHeadAttention(steep, k, v, 1)
  const other = oneByOne(1)(tf.div(steep, 3), k, v)
  const difference = tf.max(tf.abs(tf.sub(one, other)))
  expect((await difference.data())[0]).toBeLessThan(1e-4)
})

test('an image has the same bits in any batch', async () => {
  const [q, k, v] = maps(3, [9, 8], [4, 4], 8)
  const whole = await multiHeadAttention(q, k, v, 2).data()
  const last = [q, k, v].map(map => tf.slice4d(map, [2, 0, 0, 0], [1, -1, -1, -1])) as Inputs
  const alone = await multiHeadAttention(...last, 2).data()
  expect([...alone]).toEqual([...whole.subarray(2 * alone.length)])
})

test('nothing is left, not by gradients that are refused half way either', async () => {
  const inputs = maps(1, [40, 50], [2, 3], 4)
  const shape = { batch: 1, queries: 2000, keys: 6, heads: 1, headSize: 4 }
  const [q, k, v] = inputs
  const [normalisers, dy] = [tf.zeros([2000]), tf.ones(q.shape)]
  const backward = () => attentionBackward(webGpuBackend()!, shape, [q, k, v, q, normalisers, dy])
  // The inputs are uploaded once and for all.
  for (const { dataId } of backward()) webGpuBackend()!.disposeData(dataId)
  await expectNoLeak(async () => {
    const gradients = tf.tidy(() => tf.grads(ours(1))(inputs))
    await gradients[0]!.data()
    tf.dispose(gradients)
    // Enough for the queries' gradient, too few for the shares of the keys'.
    const refused = () => withLimits({ maxComputeWorkgroupsPerDimension: 5 }, backward)
    expect(refused).toThrow(/needs 126 x 1 x 1 workgroups/)
  })
})
