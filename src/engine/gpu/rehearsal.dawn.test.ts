import { expect, test } from 'vitest'
import { rehearse } from './rehearsal'
import { tf } from './tensorflow'

const DEVICES = ['hardware', 'software'] as const

/** [1, 8, 8, 4] through a 3 x 3 convolution of stride 2 to [1, 4, 4, 6], and back. */
function convolutionAndGradients() {
  const x = tf.zeros([1, 8, 8, 4]) as tf.Tensor4D
  const filter = tf.zeros([3, 3, 4, 6]) as tf.Tensor4D
  tf.grads((a, b) => tf.sum(tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 2, 'same')))([x, filter])
}

test('a product is one dispatch that binds its three matrices', () => {
  const counts = rehearse(meter => {
    const [a, b] = [tf.fill([64, 32], 1), tf.fill([32, 128], 1)]
    meter.restart()
    meter.phase('product')
    tf.matMul(a, b)
  }, 'hardware')
  const work = { dispatches: 1, bytesMoved: 4 * (64 * 32 + 32 * 128 + 64 * 128), multiplyAdds: 64 * 32 * 128 }
  expect(counts).toMatchObject({
    ...work,
    pipelines: 1,
    copies: 0,
    largestDispatch: 64 * 32 * 128,
  })
  expect([...counts.byPhase]).toEqual([['product', work]])
  expect([...counts.byKernel.values()]).toEqual([work])
  expect([...counts.byKernel.keys()][0]).toMatch(/^matMul/)
})

test.each(DEVICES)('multiply-adds are those of the mathematics whichever kernel runs: %s', device => {
  const of = (run: () => void) => rehearse(run, device).multiplyAdds
  expect(of(() => void tf.matMul(tf.zeros([5, 7]), tf.zeros([3, 7]), false, true))).toBe(5 * 7 * 3)
  expect(of(() => void tf.matMul(tf.zeros([2, 7, 5]), tf.zeros([2, 7, 3]), true))).toBe(2 * 5 * 7 * 3)
  expect(of(convolutionAndGradients)).toBe(3 * (4 * 4 * 6) * (3 * 3 * 4))
  const depthwise = () =>
    void tf.grads((x, filter) =>
      tf.sum(tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same')),
    )([tf.zeros([2, 8, 8, 5]), tf.zeros([3, 3, 5, 1])])
  expect(of(depthwise)).toBe(3 * (2 * 8 * 8 * 5) * 9)
})

test('uploads, buffers and the peak are counted; memory is not forgotten where counting starts again', () => {
  const counts = rehearse(meter => {
    tf.square(tf.tensor1d(new Float32Array(1000)))
    meter.restart()
    tf.square(tf.tensor1d(new Float32Array(500)))
  }, 'hardware')
  // Four bytes a value, and the uniforms of one dispatch.
  expect(counts.uploadedBytes - 2000).toBeGreaterThan(0)
  expect(counts.uploadedBytes - 2000).toBeLessThan(256)
  expect(counts.largestBytes).toBe(4000)
  expect(counts.bytesMade - 4000).toBe(counts.uploadedBytes - 2000)
  expect(counts.peakBytes).toBeGreaterThanOrEqual(12_000)
  expect(counts.dispatches).toBe(1)
})
