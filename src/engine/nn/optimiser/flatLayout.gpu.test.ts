import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { pseudoRandom } from '../../gpu/testing/compareTensors'
import { expectNoLeak } from '../../gpu/testing/memoryAndLimits'
import { FlatLayout, GradientSums } from './flatLayout'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const SHAPES = [[3], [2, 3, 1, 2], [1], [5, 2]]
const parameters = () =>
  SHAPES.map((shape, i) => ({
    decay: i % 2 === 1,
    variable: { shape, size: tf.util.sizeFromShape(shape) } as tf.Variable,
  }))
const tensors = (seed: number) =>
  SHAPES.map((shape, i) => tf.tensor(pseudoRandom(tf.util.sizeFromShape(shape), seed + i), shape))

test.each([1000, 12, 1])(
  'groups of at most %i values: what decays comes first, and everything comes back to its place',
  async most => {
    const layout = new FlatLayout(parameters(), most)
    expect(layout.groups.flatMap(({ members }) => members)).toEqual([1, 3, 0, 2])
    for (const { members, length } of layout.groups) {
      expect(length <= most || members.length === 1).toBe(true)
    }
    expect(layout.groups.reduce((sum, { decaying }) => sum + decaying, 0)).toBe(22)
    const given = tensors(1)
    const flats = layout.gather(given)
    const back = layout.scatter(flats)
    const values = (await Promise.all(flats.map(flat => flat.data()))) as Float32Array[]
    for (const [i, tensor] of given.entries()) {
      expect(back[i]!.shape).toEqual(tensor.shape)
      expect(await back[i]!.data()).toEqual(await tensor.data())
      expect(layout.split(values)[i]).toEqual(await tensor.data())
    }
    expect(layout.join(layout.split(values))).toEqual(values)
  },
)

test('a tensor whose buffer holds integers is converted, not copied', async () => {
  const layout = new FlatLayout([{ decay: true, variable: { shape: [3], size: 3 } as tf.Variable }])
  const cast = tf.cast(tf.add(tf.tensor1d([1, 2, -3], 'int32'), tf.scalar(1, 'int32')), 'float32')
  expect(Array.from(await layout.gather([cast])[0]!.data())).toEqual([2, 3, -2])
})

test('gaps before aligned starts hold zeros, whatever the buffer held before', async () => {
  tf.fill([130], 7).dispose()
  const layout = new FlatLayout(parameters(), 1000, 64)
  const [flat] = layout.gather(tensors(1))
  const values = (await flat!.data()) as Float32Array
  expect(layout.groups[0]!.starts).toEqual([0, 64, 128, 192])
  expect([...values.subarray(12, 64)]).toEqual(new Array(52).fill(0))
  expect(layout.split([values])[3]).toEqual(pseudoRandom(10, 4))
})

test.each([1, 64])('gradients of several passes add up, aligned at %i, and nothing is left', alignment =>
  expectNoLeak(async () => {
    const layout = new FlatLayout(parameters(), 12, alignment)
    const sums = new GradientSums(layout)
    for (const seed of [1, 20, 30]) sums.add(tensors(seed))
    const total = sums.take()
    const parts = layout.split((await Promise.all(total.map(sum => sum.data()))) as Float32Array[])
    const [a, b, c] = [1, 20, 30].map(seed => pseudoRandom(12, seed + 1))
    expect(parts[1]).toEqual(a!.map((value, i) => Math.fround(value + b![i]!) + c![i]!))
    expect(() => sums.take()).toThrow(RangeError)
    sums.add(tensors(1))
    sums.dispose()
    tf.dispose(total)
  }),
)
