import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordingIo } from '../commandIo.testing'
import { COMMANDS } from '../commands'
import { runCommandLine } from '../runCommandLine'
import { type MadeInputs, makeInputs } from './inputs.testing'
import type { RunReport } from './merge'

const root = resolve(import.meta.dirname, '../../..')
/** One network is enough to be shared out. */
const MODEL = join(root, 'models/starter-segformer')

let folder: string
let inputs: MadeInputs
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-run-'))
  await cp(MODEL, join(folder, 'models/starter-segformer'), { recursive: true })
  inputs = await makeInputs(folder, [96, 64, 80, 128, 64, 72, 600])
})
afterAll(() => rm(folder, { recursive: true }))

async function scarp(argv: string[], signal?: AbortSignal) {
  const { io, outLines, notes } = recordingIo(signal, root)
  const code = await runCommandLine(argv, COMMANDS, io)
  return { code, out: outLines.join('\n'), notes: notes.join('\n') }
}

async function plan(name: string, shards: number): Promise<string> {
  const run = join(folder, name)
  const planned = await scarp([
    ...['plan', inputs.folder, '--dem', inputs.dem, '--models', join(folder, 'models')],
    // What the network says of noise is below any threshold that one would choose.
    ...['--shards', String(shards), '--out', run, '--threshold', '0.03'],
  ])
  expect(planned.code, planned.notes).toBe(0)
  return run
}

const predict = (run: string, shard: number, signal?: AbortSignal) =>
  scarp(['predict', '--run', run, '--shard', String(shard), '--backend', 'wasm'], signal)

const mergeOf = (run: string) => scarp(['merge', '--run', run])

async function sample(run: string, shards: number): Promise<void> {
  const codes: number[] = []
  for (let shard = 0; shard < shards; shard++) {
    codes.push((await scarp(['statistics', '--run', run, '--shard', String(shard)])).code)
  }
  // The damaged scene is in one of them.
  expect(codes.sort()).toEqual([...new Array<number>(shards - 1).fill(0), 42])
  const merged = await scarp(['statistics', '--run', run, '--merge'])
  expect(merged.code, merged.notes).toBe(0)
}

/** Hashes of everything that must not depend on how the work was shared out. */
async function hashes(run: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const add = async (name: string) => {
    found[name] = createHash('sha256')
      .update(await readFile(join(run, name)))
      .digest('hex')
  }
  for (const input of await readdir(join(run, 'results'))) {
    // Left by a worker that was stopped.
    if (input.endsWith('.part')) continue
    for (const file of await readdir(join(run, 'results', input))) {
      if (!['done.json', 'effort.json'].includes(file)) await add(`results/${input}/${file}`)
    }
  }
  const merged = await readdir(join(run, 'merged'), { recursive: true, withFileTypes: true })
  for (const file of merged.filter(entry => entry.isFile() && entry.name !== 'throughput.json'))
    await add(relative(run, join(file.parentPath, file.name)))
  return found
}

interface StacObject {
  id: string
  collection?: string
  bbox?: number[]
  properties: Record<string, unknown>
  links: { rel: string; href: string }[]
  assets: Record<string, { href: string; 'file:size': number; 'file:checksum': string }>
}

/** Follows every link of the collection and every file of its items. */
async function expectCatalogue(run: string, count: number): Promise<void> {
  const path = join(run, 'merged/collection.json')
  const collection = JSON.parse(await readFile(path, 'utf8')) as StacObject & {
    extent: { spatial: { bbox: number[][] } }
  }
  const [west, south, east, north] = collection.extent.spatial.bbox[0]!
  const items = collection.links.filter(({ rel }) => rel === 'item')
  expect(items).toHaveLength(count)
  const files = async (of: StacObject, from: string) => {
    for (const { href, ...said } of Object.values(of.assets)) {
      const bytes = await readFile(resolve(dirname(from), href))
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      expect([said['file:size'], said['file:checksum']], href).toEqual([bytes.length, `1220${sha256}`])
    }
  }
  await files(collection, path)
  for (const { href } of items) {
    const place = resolve(dirname(path), href)
    const item = JSON.parse(await readFile(place, 'utf8')) as StacObject
    expect(item.collection).toBe(collection.id)
    for (const link of item.links) expect(resolve(dirname(place), link.href)).toBe(path)
    expect(Object.keys(item.assets)).toEqual(['mask', 'prob', 'disagreement', 'landslides', 'report'])
    await files(item, place)
    const [left, bottom, right, top] = item.bbox!
    expect(left! >= west! && bottom! >= south! && right! <= east! && top! <= north!).toBe(true)
    // 465,180 m east, 5,080,250 m north of UTM zone 33.
    expect([Math.floor(left!), Math.floor(bottom!)]).toEqual([14, 45])
  }
  const names = await readdir(join(run, 'merged'))
  const rasters = names.filter(name => name.endsWith('.vrt'))
  expect(rasters.length).toBeGreaterThan(0)
  for (const name of rasters) expect(names).toContain(name.replace('.vrt', '.qml'))
}

test('1, 2 and 7 shards give the same bytes, and a damaged scene stops none of the others', async () => {
  const all: Record<string, string>[] = []
  for (const shards of [1, 2, 7]) {
    const run = await plan(`run-${shards}`, shards)
    await sample(run, shards)
    // Last first: neither the order matters.
    for (let shard = shards - 1; shard >= 0; shard--)
      expect([0, 42]).toContain((await predict(run, shard)).code)
    const merged = await mergeOf(run)
    expect(merged.out, merged.notes).toContain('6 of 7 merged, 1 failed, 0 missing')
    const [failure] = (await readFile(join(run, 'merged/failures.jsonl'), 'utf8')).split('\n')
    expect(JSON.parse(failure!)).toMatchObject({ input: 'scene_07', code: 'file-malformed' })
    const { landslides } = JSON.parse(await readFile(join(run, 'merged/report.json'), 'utf8')) as RunReport
    // The scenes overlap: some are seen twice.
    expect(landslides.found).toBeGreaterThan(landslides.kept)
    expect(landslides.kept).toBeGreaterThan(0)
    await expectCatalogue(run, 6)
    all.push(await hashes(run))
  }
  expect(Object.keys(all[0]!).length).toBeGreaterThan(6 * 4)
  expect(all[1]).toEqual(all[0])
  expect(all[2]).toEqual(all[0])
}, 400_000)

test('two workers at one shard at once, and one that is stopped, leave the same results', async () => {
  const run = await plan('together', 1)
  await sample(run, 1)
  const stop = new AbortController()
  const stopped = predict(run, 0, stop.signal)
  setTimeout(() => stop.abort(), 300)
  expect((await stopped).code).toBe(75)
  // As a user starts them: in processes of their own.
  const scarp = (...argv: string[]) =>
    spawn(process.execPath, [join(root, 'src/cli/scarp.mjs'), ...argv], { stdio: 'ignore' })
  const started = once(scarp('--version'), 'exit')
  expect((await started)[0]).toBe(0)
  const worker = () => once(scarp('predict', '--run', run, '--shard', '0', '--backend', 'wasm'), 'exit')
  const codes = await Promise.all([worker(), worker()])
  expect(codes.map(([code]) => code)).toEqual([42, 42])
  expect((await mergeOf(run)).code).toBe(0)
  expect(await hashes(run)).toEqual(await hashes(join(folder, 'run-1')))
}, 400_000)

test('a changed input, other models and a missing result are refused by name', async () => {
  const run = await plan('changed', 2)
  expect(
    (
      await scarp([
        'plan',
        inputs.folder,
        '--dem',
        inputs.dem,
        '--models',
        join(folder, 'models'),
        '--shards',
        '1',
        '--out',
        run,
      ])
    ).notes,
  ).toContain('holds a run already')
  expect((await predict(run, 0)).notes).toContain('statistics of the event are missing')
  expect((await scarp(['statistics', '--run', run, '--merge'])).notes).toContain('not sampled yet')
  expect((await predict(run, 2)).notes).toContain('shards 0 to 1')
  const more = ['--threshold', '0.5', '--value-scale', 'raw', '--vectors']
  expect((await scarp(['predict', '--run', run, '--shard', '0', ...more])).notes).toMatch(
    /: --value-scale, --vectors, --threshold cannot go with --run/,
  )
  expect((await scarp(['predict', 'x', '--run', run, '--shard', '0'])).notes).toContain('give no paths')
  expect((await scarp(['predict', 'x', '--shard', '0'])).notes).toContain('--shard needs --run')
  await sample(run, 2)
  expect((await scarp(['merge', '--run', run])).notes).toMatch(/6 results missing: .*--allow-gaps/)
  const scene = join(inputs.folder, 'scene_01.tif')
  const bytes = await readFile(scene)
  const changed = Uint8Array.from(bytes)
  changed[changed.length - 10]! ^= 1
  await writeFile(scene, changed)
  try {
    for (const shard of [0, 1]) await predict(run, shard)
    const failure = await readFile(join(run, 'failures/scene_01.json'), 'utf8')
    expect(failure).toContain('is not the file that was planned')
  } finally {
    await writeFile(scene, bytes)
  }
})

test('results that somebody changed are not merged', async () => {
  const mask = join(folder, 'run-2/results/scene_01/scene_01_mask.tif')
  const bytes = await readFile(mask)
  await writeFile(mask, bytes.subarray(0, bytes.length - 1))
  const merged = await scarp(['merge', '--run', join(folder, 'run-2')])
  expect([merged.code, merged.notes]).toEqual([1, expect.stringContaining('is not what its worker wrote')])
})
