import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeCost, estimateRun, readRate } from './estimate'
import type { RunInput, RunManifest } from './manifest'

const input = (name: string, shard: number, change: Partial<RunInput> = {}): RunInput => ({
  ...{ name, shard, kind: 'scene', sources: [], pixels: 2e6, passes: 100, sensed: null },
  files: [
    { path: `/${name}.tif`, size: 3_000_000, sha256: '' },
    { path: `/${name}.xml`, size: 1_000_000, sha256: '' },
  ],
  ...change,
})

const manifest = {
  shards: 2,
  models: { folder: '/models', ids: [{ id: 'a', sha256: '' }] },
  inputs: [input('one', 0), input('two', 1), input('three', 1, { kind: 'patches', passes: 50, pixels: 1e6 })],
} as RunManifest

const rate = {
  path: 'throughput.json',
  models: ['a'],
  backends: ['wasm'],
  passesAnHour: 500,
  peakMemory: 7e8,
}

test('costs add up, and the longest shard says how long a run takes', () => {
  const { total, longestShard, memory, inputs, basedOn } = estimateRun(manifest, rate)
  expect(total).toEqual({
    ...{ megapixels: 5, passes: 250, bytesRead: 12e6, bytesWritten: 2 * 2e6 * 4 + 1e6 * 5 },
    seconds: 1800,
  })
  expect(longestShard).toMatchObject({ passes: 150, seconds: 1080 })
  expect(memory).toBe(7e8)
  expect(inputs.map(({ name, shard, seconds }) => [name, shard, seconds])).toEqual([
    ['one', 0, 720],
    ['two', 1, 720],
    ['three', 1, 360],
  ])
  expect(basedOn).toBe(
    '500 passes an hour of one worker (wasm), 0.70 GB at most, as measured in "throughput.json".',
  )
  expect(describeCost(total)).toBe(
    '5.0 megapixels, 250 passes of a network, 12.0 MB to read, 21.0 MB at most to write, 30.0 min',
  )
})

test('without a rate there are no hours, and that of other networks is said to be a guess', () => {
  const { total, memory, basedOn } = estimateRun(manifest, null)
  expect([total.seconds, memory, describeCost(total).includes('min')]).toEqual([null, null, false])
  expect(basedOn).toContain('No rate was given')
  expect(estimateRun(manifest, { ...rate, models: ['b'] }).basedOn).toContain('of other networks (b)')
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
