import { beforeAll, expect, test } from 'vitest'
import { rehearse } from '../rehearsal'
import { startEngine } from '../startEngine'
import { tf } from '../tensorflow'
import { largestDifference, pseudoRandom } from '../testing/compareTensors'
import { expectNoLeak } from '../testing/memoryAndLimits'
import { webGpuBackend } from '../webgpuBackend'
import { finishSums, nextStart, sumPartialParts, sumPartials } from './partialSums'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

type Sizes = readonly [splits: number, length: number]

/** Few splits and many, lengths that end inside a workgroup and at its end, more of both than one dispatch takes. */
const MIXED: readonly Sizes[] = [
  [2, 64],
  [3, 5],
  [300, 7],
  [127, 65],
  [129, 130],
  ...Array.from({ length: 7 }, (_, i): Sizes => [4 + i, 10 * i + 1]),
  ...Array.from({ length: 7 }, (_, i): Sizes => [130 + i, 3]),
]

const valuesOf = ([splits, length]: Sizes, seed: number) => pseudoRandom(splits * length, seed)

function definition([splits, length]: Sizes, seed: number): number[] {
  const values = valuesOf([splits, length], seed)
  return Array.from({ length }, (_, i) =>
    Array.from({ length: splits }, (_, split) => values[split * length + i]!).reduce((a, b) => a + b, 0),
  )
}

function begin([splits, length]: Sizes, seed: number): tf.Tensor {
  const backend = webGpuBackend()!
  const partials = backend.makeTensorInfo([splits, length], 'float32', valuesOf([splits, length], seed))
  return tf.engine().makeTensorFromTensorInfo(sumPartials(backend, partials, splits, [length]))
}

test.each([
  [8192, 1],
  [300, 7],
  [129, 1030],
  [127, 65],
  [3, 5],
] as const)('%i partial sums of %i values are added, the same way every time', async (...sizes) => {
  const sums = begin(sizes, 5)
  expect(await largestDifference(sums, definition(sizes, 5))).toBeLessThan(2e-5)
  expect(await begin(sizes, 5).data()).toEqual(await sums.data())
})

test('reductions that waited for each other have the bits of each alone, and leave nothing', () =>
  expectNoLeak(async () => {
    const alone: Float32Array[] = []
    for (const [i, sizes] of MIXED.entries()) {
      const sum = begin(sizes, i)
      alone.push((await sum.data()) as Float32Array)
      sum.dispose()
    }
    const together = MIXED.map((sizes, i) => begin(sizes, i))
    finishSums(webGpuBackend()!)
    for (const [i, sum] of together.entries()) {
      expect(await sum.data()).toEqual(alone[i])
      // Those behind it in the same buffer live on.
      sum.dispose()
    }
  }))

test('seven reductions are one dispatch', () => {
  const count = (reductions: number) => {
    const { byKernel } = rehearse(() => {
      for (let i = 0; i < reductions; i++) begin([2, 8], i)
      finishSums(webGpuBackend()!)
    })
    return byKernel.get('sumPartials')?.dispatches
  }
  expect([1, 7, 8, 14].map(count)).toEqual([1, 1, 2, 2])
})

test('a total that is read, or a small one that is computed with, is added up at that moment', async () => {
  const [read, used] = [begin([3, 5], 1), begin([3, 5], 2)]
  const twice = tf.add(used, used)
  expect(
    await largestDifference(
      twice,
      definition([3, 5], 2).map(value => 2 * value),
    ),
  ).toBeLessThan(2e-5)
  expect(await largestDifference(read, definition([3, 5], 1))).toBeLessThan(2e-5)
})

test('what is disposed before it is added up is never added up, and leaves nothing', () =>
  expectNoLeak(async () => {
    const dropped = MIXED.slice(0, 4).map((sizes, i) => begin(sizes, i))
    const kept = begin([3, 5], 9)
    tf.dispose(dropped)
    expect(await largestDifference(kept, definition([3, 5], 9))).toBeLessThan(2e-5)
    kept.dispose()
  }))

test.each([1, 5])('parts of %i partial sums are tensors of their own', splits =>
  expectNoLeak(async () => {
    const second = nextStart(70)
    const sizes: Sizes = [splits, second + 3]
    const backend = webGpuBackend()!
    const partials = backend.makeTensorInfo([...sizes], 'float32', valuesOf(sizes, 3))
    const parts = [
      { start: 0, shape: [7, 10] },
      { start: second, shape: [3] },
    ]
    const [first, last] = sumPartialParts(
      backend,
      partials,
      { splits: sizes[0], length: sizes[1] },
      parts,
    ).map(info => tf.engine().makeTensorFromTensorInfo(info))
    const expected = definition(sizes, 3)
    expect(await largestDifference(first!, expected.slice(0, 70))).toBeLessThan(2e-5)
    first!.dispose()
    const doubled = tf.mul(last!, 2)
    const wanted = expected.slice(second).map(value => 2 * value)
    expect(await largestDifference(doubled, wanted)).toBeLessThan(2e-5)
    tf.dispose([last!, doubled])
  }),
)
