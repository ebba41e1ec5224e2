import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { largestDifference, pseudoRandom } from '../../gpu/testing/compareTensors'
import { hardPixels, ohemCrossEntropy, softCrossEntropy } from './crossEntropy'
import { lovaszHinge, lovaszSoftmax } from './lovasz'
import {
  crossEntropyReference,
  differences,
  lovaszHingeReference,
  lovaszSoftmaxReference,
  ohemReference,
  type ReferenceLogits,
} from './referenceLosses.testing'

const [IMAGES, SIDE] = [2, 4]
const PIXELS = SIDE * SIDE

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

/** Pixels' labels by how they are drawn; `draw` is in [-1, 1). */
const LABELS: Record<string, (draw: number, image: number, pixel: number) => number> = {
  mixed: draw => (draw > 0.4 ? 1 : 0),
  'some ignored': draw => (draw > 0.6 ? 255 : draw > 0.1 ? 1 : 0),
  'all background': () => 0,
  'all foreground': () => 1,
  'all ignored': () => 255,
  'one valid pixel': (_, image, pixel) => (image === 1 && pixel === 5 ? 1 : 255),
  'an image ignored': (draw, image) => (image === 0 ? 255 : draw > 0.1 ? 1 : 0),
}

function labelled(kind: string): number[][] {
  const draws = pseudoRandom(IMAGES * PIXELS, 11)
  return Array.from({ length: IMAGES }, (_, b) =>
    Array.from({ length: PIXELS }, (_, i) => LABELS[kind]!(draws[b * PIXELS + i]!, b, i)),
  )
}

/** @param scale 3 is ordinary; 120 saturates the softmax wholly. */
function drawn(classes: number, scale: number): ReferenceLogits {
  const values = pseudoRandom(IMAGES * PIXELS * classes, 7).map(value => value * scale)
  return Array.from({ length: IMAGES }, (_, b) =>
    Array.from({ length: PIXELS }, (_, i) => {
      const at = (b * PIXELS + i) * classes
      return [...values.subarray(at, at + classes)]
    }),
  )
}

/** Expects a loss of ours and its slope to be the reference's, the slope by central differences. */
async function expectReference(
  logits: ReferenceLogits,
  labels: number[][],
  loss: (x: tf.Tensor, y: tf.Tensor) => tf.Scalar,
  reference: (logits: ReferenceLogits) => number,
): Promise<void> {
  const classes = logits[0]![0]!.length
  const y = tf.tensor3d(labels.flat(), [IMAGES, SIDE, SIDE], 'int32')
  const shape = [IMAGES, SIDE, SIDE, ...(classes > 1 ? [classes] : [])]
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => loss(x, y))(tf.tensor(logits.flat(2), shape))
  const expected = reference(logits)
  expect(Math.abs((await value.data())[0]! - expected)).toBeLessThan(2e-6 * Math.max(1, expected))
  const slopes = differences(logits, reference)
  const largest = Math.max(1, ...slopes.map(Math.abs))
  expect(await largestDifference(grad, slopes)).toBeLessThan(1e-6 * largest)
}

describe.each(Object.keys(LABELS))('%s', kind => {
  const labels = labelled(kind)

  test.each([
    { variant: 'torch' },
    { variant: 'torch', labelSmoothing: 0.1, classWeights: [0.3, 4] },
    { variant: 'toolbelt', labelSmoothing: 0.1 },
    { reduction: 'sum', labelSmoothing: 0.1 },
  ] as const)('cross-entropy %j', async options => {
    for (const scale of [3, 120]) {
      await expectReference(
        drawn(2, scale),
        labels,
        (x, y) => softCrossEntropy(x, y, options),
        logits => crossEntropyReference(logits, labels, options),
      )
    }
  })

  test.each([
    { classes: 'present', perImage: false },
    { classes: 'all', perImage: false },
    { classes: 'present', perImage: true },
  ] as const)('Lovász-softmax %j', async options => {
    for (const [classes, scale] of [
      [2, 3],
      [3, 3],
      [2, 120],
    ] as const) {
      await expectReference(
        drawn(classes, scale),
        labels,
        (x, y) => lovaszSoftmax(x, y, options),
        logits => lovaszSoftmaxReference(logits, labels, options),
      )
    }
  })

  test.each([{ perImage: false }, { perImage: true }])('Lovász hinge %j', async options => {
    for (const scale of [3, 120]) {
      await expectReference(
        drawn(1, scale),
        labels,
        (x, y) => lovaszHinge(x as tf.Tensor3D, y as tf.Tensor3D, options),
        logits => lovaszHingeReference(logits, labels, options),
      )
    }
  })

  test.each([
    { variant: 'hrnet', threshold: 0.7, minKept: 4 },
    { variant: 'hrnet', threshold: 0.01, minKept: 6 },
    { variant: 'hrnet', threshold: 0.7, minKept: 100_000 },
    { variant: 'mmseg', threshold: 0.01, minKept: 3 },
    { variant: 'mmseg', threshold: null, minKept: 5 },
  ] as const)('hard examples %j', async options => {
    const logits = drawn(2, 3)
    await expectReference(
      logits,
      labels,
      (x, y) => ohemCrossEntropy(x, y, options),
      moved => ohemReference(moved, labels, options).loss,
    )
    const x = tf.tensor4d(logits.flat(2), [IMAGES, SIDE, SIDE, 2])
    const kept = hardPixels(x, tf.tensor1d(labels.flat(), 'int32'), options)
    const expected = ohemReference(logits, labels, options).kept
    expect(await largestDifference(tf.sum(kept), [expected])).toBe(0)
  })
})

test('one pixel alone: Lovász is its error, hard examples keep it if it is hard', async () => {
  const x = tf.tensor4d([1, 0], [1, 1, 1, 2])
  const y = tf.tensor3d([1], [1, 1, 1], 'int32')
  const p = 1 / (1 + Math.E)
  const lovasz = lovaszSoftmax(x, y, { ignoreIndex: null })
  expect(await largestDifference(lovasz, [1 - p])).toBeLessThan(1e-6)
  const hard = ohemCrossEntropy(x, y, { threshold: 0.7, minKept: 1 })
  expect(await largestDifference(hard, [-Math.log(p)])).toBeLessThan(1e-6)
  const easy = ohemCrossEntropy(x, y, { threshold: 0.1, minKept: 1 })
  expect(await largestDifference(easy, [0])).toBe(0)
})

test('ties of the hinge are broken in the order of the pixels', async () => {
  const labels = labelled('some ignored')
  const logits = drawn(1, 3).map(image => image.map(([value]) => [Math.round(value!)]))
  const x = tf.tensor3d(logits.flat(2), [IMAGES, SIDE, SIDE])
  const y = tf.tensor3d(labels.flat(), [IMAGES, SIDE, SIDE], 'int32')
  const slope = tf.grad((given: tf.Tensor) => lovaszHinge(given as tf.Tensor3D, y))(x)
  // Later pixels' errors made smaller by less than any gap: the same order, without ties. Steps are smaller still.
  const apart = logits.map((image, b) =>
    image.map(([value], i) => [value! + (2 * Number(labels[b]![i] === 1) - 1) * (b * PIXELS + i) * 1e-6]),
  )
  const expected = differences(apart, moved => lovaszHingeReference(moved, labels), 1e-7)
  expect(new Set(logits.flat(2)).size).toBeLessThan(10)
  expect(await largestDifference(slope, expected)).toBeLessThan(1e-6)
})

test('ties at the bound of hard examples all fall out; the hardest are taken in the order of the pixels', async () => {
  const x = tf.tensor4d([0, 2, 0, 0, 0, 0, 0, 0], [1, 2, 2, 2])
  const y = tf.zeros([1, 2, 2], 'int32')
  const below = hardPixels(x, y, { threshold: 0.1, minKept: 2 })
  expect(await largestDifference(below, [1, 0, 0, 0])).toBe(0)
  const hardest = hardPixels(x, y, { threshold: null, minKept: 3 })
  expect(await largestDifference(hardest, [1, 1, 1, 0])).toBe(0)
})

test('pixels of any label can be the ignored ones, or none', async () => {
  const x = tf.tensor4d([0, 2, 1, 0, 3, 0, 0, 1], [1, 2, 2, 2])
  const y = tf.tensor3d([0, 1, 0, 1], [1, 2, 2], 'int32')
  const marked = tf.tensor3d([0, 255, 0, 255], [1, 2, 2], 'int32')
  for (const loss of [softCrossEntropy, lovaszSoftmax, ohemCrossEntropy]) {
    const expected = await loss(x, marked).data()
    expect(await largestDifference(loss(x, y, { ignoreIndex: 1 }), expected)).toBeLessThan(1e-6)
    expect((await loss(x, y).data())[0]).not.toBeCloseTo(expected[0]!, 3)
  }
})

test('soft targets: the mean over pixels, weighted classes or not, smoothed like hard ones', async () => {
  const x = tf.tensor2d([0, 0, 0, 0], [2, 2])
  const softTargets = tf.tensor2d([0.25, 0.75, 1, 0], [2, 2])
  const none = tf.zeros([2], 'int32')
  const options = { softTargets, classWeights: [1, 2], ignoreIndex: null }
  const expected = (Math.log(2) * (0.25 + 2 * 0.75 + 1)) / 2
  expect(await largestDifference(softCrossEntropy(x, none, options), [expected])).toBeLessThan(1e-6)
  const certain = tf.tensor2d([1, 0, 0, 1], [2, 2])
  const slanted = tf.tensor2d([1, -2, 3, 0.5], [2, 2])
  const soft = softCrossEntropy(slanted, none, { softTargets: certain, labelSmoothing: 0.2 })
  const hard = softCrossEntropy(slanted, tf.tensor1d([0, 1], 'int32'), { labelSmoothing: 0.2 })
  expect(await largestDifference(soft, await hard.data())).toBeLessThan(1e-6)
})
