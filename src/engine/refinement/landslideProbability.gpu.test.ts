import { beforeAll, expect, test } from 'vitest'
import { randomStream } from '../../core/foundation/random'
import { normalise, statisticsOf } from '../../core/patches/statistics'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import type { SegmentationNetwork } from '../models/network'
import { BANDS, smallNetwork } from '../training/training.testing'
import { averagedProbability, landslideProbability } from './landslideProbability'
import { predictPatch, predictPatches } from './predictPatches'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

function imageOf(width: number, height: number, seed = 3): Float32Array {
  const { normal } = randomStream(seed, 'image')
  return Float32Array.from({ length: BANDS * width * height }, () => normal())
}

/** Looks at each pixel by itself: equivariant under every symmetry. */
function pointwise(): SegmentationNetwork {
  const network = smallNetwork(1)
  return {
    ...network,
    forward: x => tf.tidy(() => tf.stack([tf.mean(x, 3), tf.max(x, 3)], 3) as typeof x),
  }
}

/** [row][column][band], turned by hand: a quarter turn clockwise, a mirror image, as on paper. */
type Grid<T> = T[][]
const quarterTurn = <T>(grid: Grid<T>): Grid<T> => grid[0]!.map((_, x) => grid.map(row => row[x]!).reverse())
const mirror = <T>(grid: Grid<T>): Grid<T> => grid.map(row => [...row].reverse())
const times = <T>(count: number, step: (grid: Grid<T>) => Grid<T>, grid: Grid<T>): Grid<T> =>
  count === 0 ? grid : times(count - 1, step, step(grid))

function gridOf(values: Float32Array, width: number, height: number): Grid<number[]> {
  const depth = values.length / (width * height)
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) =>
      Array.from(values.subarray((y * width + x) * depth, (y * width + x + 1) * depth)),
    ),
  )
}

test('the average is the mean of eight single predictions, bit by bit: two images, odd sides, enlarged', async () => {
  const network = smallNetwork(1)
  const [width, height] = [45, 34]
  const images = [imageOf(width, height), imageOf(width, height, 4)]
  const options = { domain: 'target', scale: 1.5 } as const
  const averaged = await averagedProbability(network, images, width, height, { ...options, flips: true })

  const sums = images.map(() => new Float64Array(width * height))
  for (const mirrored of [0, 1]) {
    for (const turns of [0, 1, 2, 3]) {
      const turned = images.map(image =>
        times(turns, quarterTurn, times(mirrored, mirror, gridOf(image, width, height))),
      )
      const [rows, columns] = [turned[0]!.length, turned[0]![0]!.length]
      const flat = turned.map(grid => new Float32Array(grid.flat(2)))
      const single = await landslideProbability(network, flat, columns, rows, options)
      for (const [i, sum] of sums.entries()) {
        const grid = gridOf(single[i]!, columns, rows)
        const back = times(mirrored, mirror, times((4 - turns) % 4, quarterTurn, grid)).flat(2)
        back.forEach((p, at) => {
          sum[at]! += p
        })
      }
    }
  }
  expect(averaged).toEqual(sums.map(sum => Float32Array.from(sum, value => value / 8)))
  const [single] = await averagedProbability(network, images, width, height, options)
  expect(averaged[0]).not.toEqual(single)
  network.dispose()
})

test('for a network that sees each pixel by itself nothing changes, tiled and enlarged or not', async () => {
  const network = pointwise()
  const patch = { width: 90, height: 37, data: imageOf(90, 37), valid: new Uint8Array(90 * 37).fill(1) }
  patch.valid[7] = 0
  for (const [options, tolerance] of [
    [{}, 1e-7],
    [{ window: 64, scale: 2.5 }, 1e-5],
  ] as const) {
    const by = (flips: boolean) =>
      predictPatch(network, patch, statisticsOf(patch), { domain: 'source', flips, ...options })
    const [single, averaged] = [await by(false), await by(true)]
    expect(averaged[7]).toBeNaN()
    expect(largestDifference(averaged, single)).toBeLessThan(tolerance)
  }
  network.dispose()
})

test('many patches are averaged as one is, and nothing is left on the device', async () => {
  const network = smallNetwork(1)
  const patches = [32, 32].map((side, i) => {
    return { width: side, height: side, data: imageOf(side, side, i), valid: null, label: null }
  })
  const provider = { ids: ['0', '1'], load: async (id: string) => patches[Number(id)]! }
  const statistics = statisticsOf(patches[0]!)
  const options = { domain: 'target', flips: true, scale: 2 } as const
  const before = tf.memory().numTensors
  const seen: Float32Array[] = []
  await predictPatches(network, provider, statistics, options, (_, p) => void seen.push(p))
  const alone = await predictPatch(network, patches[1]!, statistics, options)
  expect(largestDifference(alone, seen[1]!)).toBeLessThan(1e-5)
  expect(tf.memory().numTensors).toBe(before)
  network.dispose()
})

test('scale promotion is the network on the enlarged image, its probability made small again', async () => {
  const network = smallNetwork(1)
  for (const [width, height, scale] of [
    [32, 32, 1],
    [35, 41, 2],
    [35, 41, 2.5],
    [32, 33, 4],
  ] as const) {
    const patch = { width, height, data: imageOf(width, height), valid: null }
    const statistics = statisticsOf(patch)
    const promoted = await predictPatch(network, patch, statistics, { domain: 'source', scale })
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)]
    const large = bilinear(normalise(patch, statistics), width, height, w, h)
    const [single] = await landslideProbability(network, [large], w, h, { domain: 'source' })
    const expected = bilinear(single!, w, h, width, height)
    expect(largestDifference(promoted, expected)).toBeLessThan(1e-4)
  }
  network.dispose()
})

/** Over pixels that hold data; the same must in both. */
function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.map(p => (Number.isNaN(p) ? 1 : 0))).toEqual(b.map(p => (Number.isNaN(p) ? 1 : 0)))
  return a.reduce((most, p, i) => (Number.isNaN(p) ? most : Math.max(most, Math.abs(p - b[i]!))), 0)
}

/** Half-pixel centres, corners not aligned; [height, width, depth] in float64. */
function bilinear(values: Float32Array, width: number, height: number, w: number, h: number): Float32Array {
  const depth = values.length / (width * height)
  const out = new Float32Array(w * h * depth)
  const axis = (at: number, from: number, to: number) => {
    const centre = Math.min(from - 1, Math.max(0, ((at + 0.5) * from) / to - 0.5))
    const low = Math.floor(centre)
    return [low, Math.min(from - 1, low + 1), centre - low] as const
  }
  for (let y = 0; y < h; y++) {
    const [top, bottom, down] = axis(y, height, h)
    for (let x = 0; x < w; x++) {
      const [left, right, across] = axis(x, width, w)
      for (let band = 0; band < depth; band++) {
        const at = (row: number, column: number) => values[(row * width + column) * depth + band]!
        const upper = at(top, left) * (1 - across) + at(top, right) * across
        const lower = at(bottom, left) * (1 - across) + at(bottom, right) * across
        out[(y * w + x) * depth + band] = upper * (1 - down) + lower * down
      }
    }
  }
  return out
}
