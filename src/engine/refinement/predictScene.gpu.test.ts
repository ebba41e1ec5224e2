import { beforeAll, expect, test } from 'vitest'
import { randomStream } from '../../core/foundation/random'
import { statisticsOf } from '../../core/patches/statistics'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { createNetwork } from '../models/createNetwork'
import { predictPatch } from './predictPatches'
import { predictScene, type ScenePixels } from './predictScene'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const [WIDTH, HEIGHT] = [330, 270]
const AREA = WIDTH * HEIGHT

function scenePatch() {
  const random = randomStream(3, 'raster')
  const data = Float32Array.from({ length: 14 * AREA }, () => 1000 + 200 * random.normal())
  // A hole, and nothing at all in the first of six windows but for what others see too.
  const valid = Uint8Array.from({ length: AREA }, (_, i) =>
    i === 200_00 || (i % WIDTH) + i / WIDTH < 100 ? 0 : 1,
  )
  return { width: WIDTH, height: HEIGHT, data, valid }
}

function windowsOf(patch: ReturnType<typeof scenePatch>, asked: PixelWindow[] = []): ScenePixels {
  return {
    width: WIDTH,
    height: HEIGHT,
    async read(window) {
      asked.push(window)
      const area = window.width * window.height
      const data = new Float32Array(14 * area)
      const valid = new Uint8Array(area)
      for (let i = 0; i < area; i++) {
        const at = (window.row + Math.floor(i / window.width)) * WIDTH + window.column + (i % window.width)
        valid[i] = patch.valid[at]!
        for (let band = 0; band < 14; band++) data[band * area + i] = patch.data[band * AREA + at]!
      }
      return { width: window.width, height: window.height, data, valid }
    },
  }
}

test('a scene by windows has the probabilities of the same raster in memory, for every network', async () => {
  const patch = scenePatch()
  const statistics = statisticsOf(patch)
  const networks = ([1, 2] as const).map(seed => ({
    network: createNetwork('segformer', 'tiny', { seed }),
    statistics,
    scale: 1,
  }))
  const whole = []
  for (const { network } of networks)
    whole.push(await predictPatch(network, patch, statistics, { domain: 'target' }))
  const asked: PixelWindow[] = []
  const before = tf.memory().numTensors
  const members = networks.map(() => new Float32Array(AREA))
  const tops: number[] = []
  for await (const rows of predictScene(windowsOf(patch, asked), networks, { domain: 'target' })) {
    tops.push(rows.top)
    for (const [i, map] of rows.members.entries()) members[i]!.set(map, rows.top * WIDTH)
  }
  expect(tf.memory().numTensors).toBe(before)
  expect(tops).toEqual([0, 14])
  expect(asked).toHaveLength(4)
  for (const [i, member] of members.entries()) {
    let largest = 0
    for (let at = 0; at < AREA; at++) {
      if (patch.valid[at] === 0) expect(member[at]).toBeNaN()
      else largest = Math.max(largest, Math.abs(member[at]! - whole[i]![at]!))
    }
    // Windows that share a pass are not computed in the same order as alone.
    expect(largest).toBeLessThan(1e-5)
  }
  expect(members[0]).not.toEqual(members[1])
  for (const { network } of networks) network.dispose()
})

test('windows that nobody wants or that hold nothing are not predicted, and give no data', async () => {
  const patch = scenePatch()
  patch.valid.fill(0)
  for (let at = 0; at < AREA; at++) if (at % WIDTH > 270) patch.valid[at] = 1
  const network = createNetwork('segformer', 'tiny', { seed: 1 })
  const networks = [{ network, statistics: statisticsOf(patch), scale: 1 }]
  const asked: PixelWindow[] = []
  const isWanted = ({ row }: PixelWindow) => row > 0
  let filled = 0
  for await (const { members } of predictScene(windowsOf(patch, asked), networks, {
    domain: 'target',
    isWanted,
  }))
    filled += members[0]!.filter(p => !Number.isNaN(p)).length
  expect(asked.map(({ column, row }) => [column, row])).toEqual([
    [0, 14],
    [74, 14],
  ])
  // All rows of the lower windows but those that are cropped at their upper edge.
  expect(filled).toBe((330 - 271) * (270 - 14 - 16))
  network.dispose()
})
