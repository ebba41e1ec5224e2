import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeCost, estimateRun, readRate } from './estimate'
import type { RunInput, RunManifest } from './manifest'
import { type InputSize, workerMemory } from './workerMemory'

const input = (name: string, shard: number, change: Partial<RunInput> = {}): RunInput => ({
  ...{ name, shard, kind: 'scene', sources: [], pixels: 2e6, passes: 100, sensed: null },
  files: [
    { path: `/${name}.tif`, size: 3_000_000, sha256: '' },
    { path: `/${name}.xml`, size: 1_000_000, sha256: '' },
  ],
  ...change,
})

const manifest = {
  shards: 3,
  models: { folder: '/models', ids: [{ id: 'a', sha256: '' }] },
  inputs: [
    input('one', 0),
    input('two', 1),
    input('three', 1, {
      ...{ kind: 'patches', passes: 50, pixels: 1e6 },
      files: [{ path: '/three.zip', size: 4_000_000, sha256: '' }],
    }),
  ],
} as RunManifest

const scene = { kind: 'scene', width: 2000, height: 1000, bandBytes: 26 } as const
const sizes = new Map<string, InputSize>([
  ['one', scene],
  ['two', scene],
  ['three', { kind: 'patches', width: 1000, height: 1000, bandBytes: 0 }],
])
const networks = { count: 1, files: 1e6, pass: 5e7 }

const rate = {
  path: 'throughput.json',
  models: ['a'],
  backends: ['wasm'],
  passesAnHour: 500,
  peakMemory: 7e8,
}

test('costs add up, and the longest shard says how long a run takes', () => {
  const { total, longestShard, measuredMemory, shards, inputs, basedOn } = estimateRun(
    { manifest, sizes },
    networks,
    rate,
  )
  const [ofScene, ofPatches] = [workerMemory(scene, networks), workerMemory(sizes.get('three')!, networks)]
  // Two rows of eleven windows; pixels, validity and mask of the patches, and their zip unpacked.
  const sceneScratch = 2e6 * 3 + 2 * 11 * 256 ** 2 * 4
  const patchScratch = 1e6 * 58 + 4e6
  expect(total).toEqual({
    ...{ megapixels: 5, passes: 250, bytesRead: 12e6, bytesWritten: 2 * 2e6 * 4 + 1e6 * 5 },
    ...{ bytesScratch: patchScratch, memory: Math.max(ofScene, ofPatches), seconds: 1800 },
  })
  expect(longestShard).toMatchObject({ passes: 150, seconds: 1080 })
  expect(
    shards.map(({ inputs, passes, memory, bytesScratch }) => [inputs, passes, memory, bytesScratch]),
  ).toEqual([
    [1, 100, ofScene, sceneScratch],
    [2, 150, Math.max(ofScene, ofPatches), patchScratch],
    [0, 0, 0, 0],
  ])
  expect(measuredMemory).toBe(7e8)
  expect(
    inputs.map(({ name, shard, seconds, memory, bytesScratch }) => [
      name,
      shard,
      seconds,
      memory,
      bytesScratch,
    ]),
  ).toEqual([
    ['one', 0, 720, ofScene, sceneScratch],
    ['two', 1, 720, ofScene, sceneScratch],
    ['three', 1, 360, ofPatches, patchScratch],
  ])
  expect(basedOn).toBe(
    '500 passes an hour of one worker (wasm), 0.70 GB at most, as measured in "throughput.json".',
  )
  expect(describeCost({ ...total, memory: 1.234e9 })).toBe(
    '5.0 megapixels, 250 passes of a network, 12.0 MB to read, 21.0 MB at most to write, 62.0 MB of scratch, 1.23 GB of memory, 30.0 min',
  )
})

test('without a rate there are no hours, and that of other networks is said to be a guess', () => {
  const { total, measuredMemory, basedOn } = estimateRun({ manifest, sizes }, null, null)
  expect([total.seconds, total.memory, measuredMemory]).toEqual([null, null, null])
  expect(describeCost(total)).toMatch(/of scratch$/)
  expect(basedOn).toContain('No rate was given')
  const other = estimateRun({ manifest, sizes }, networks, { ...rate, models: ['b'] })
  expect(other.basedOn).toContain('of other networks (b)')
})

test('memory grows with what is held at once, and not with the height of a scene beyond its caches', () => {
  const of = (width: number, height: number) => workerMemory({ ...scene, width, height }, networks)
  expect(of(2000, 2000)).toBeGreaterThan(of(2000, 1000))
  expect(of(10_980, 109_800)).toBe(of(10_980, 10_980))
  // Rows of windows are as wide as the scene.
  expect(of(200_000, 4000)).toBeGreaterThan(of(10_980, 10_980))
  const patch = (side: number) =>
    workerMemory({ kind: 'patches', width: side, height: side, bandBytes: 0 }, networks)
  expect(patch(128)).toBe(patch(512))
  expect(patch(2048)).toBeGreaterThan(patch(512) + 3.5e6 * 4 * 14 * 2)
  expect(workerMemory(scene, { ...networks, pass: 1e9 }) - workerMemory(scene, networks)).toBe(95e7)
})

test('a file that says no rate is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'scarp-rate-'))
  const path = join(folder, 'throughput.json')
  try {
    for (const text of ['{}', 'no JSON', JSON.stringify({ ...rate, passesAnHour: -1 })]) {
      await writeFile(path, text)
      await expect(readRate(path)).rejects.toMatchObject({ code: 'bad-argument' })
    }
    await writeFile(path, JSON.stringify(rate))
    expect((await readRate(path)).passesAnHour).toBe(500)
  } finally {
    await rm(folder, { recursive: true })
  }
})
