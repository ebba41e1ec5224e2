import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  makeRoundsFolder,
  manifestOf,
  planRound,
  type RoundsFolder,
  scarp,
  takeThrough,
} from './rounds.testing'

/** Runs as they are met: paths that a shell must quote, folders that are moved, disks that are read-only, workers that meet. */

const launcher = resolve(import.meta.dirname, '../scarp.mjs')
const PLACE = 'Größe & Übersicht (1)'

let made: RoundsFolder
let run: string
beforeAll(async () => {
  // The third, which is damaged, is refused by the plan.
  made = await makeRoundsFolder(['starter-segformer'], [64, 72, 64], `${PLACE}/ein ga be`)
  run = await planRound(made, `${PLACE}/Lauf 1`, 2)
  await takeThrough(run)
}, 300_000)
afterAll(() => rm(made.folder, { recursive: true }))

/** A process of its own. */
async function start(words: readonly string[], user: { uid?: number; gid?: number } = {}) {
  const child = spawn(process.execPath, [launcher, ...words], { stdio: ['ignore', 'pipe', 'pipe'], ...user })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const [code] = await once(child, 'close')
  return { code: code as number, said }
}

/** SHA-256 of what was merged, but for the throughput. */
async function mergedHashes(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  const merged = join(folder, 'merged')
  for (const entry of await readdir(merged, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === 'throughput.json') continue
    const bytes = await readFile(join(entry.parentPath, entry.name))
    found[join(entry.parentPath, entry.name).slice(merged.length)] = createHash('sha256')
      .update(bytes)
      .digest('hex')
  }
  return found
}

test('two merges at once end with one result, also in a run that was moved', async () => {
  const first = await scarp(['merge', '--run', run])
  expect(first.code, first.notes).toBe(0)
  const before = await mergedHashes(run)
  expect(Object.keys(before).length).toBeGreaterThan(8)
  const moved = join(made.folder, 'anderswo')
  await rename(run, moved)
  try {
    // Left by one that was killed.
    const dead = join(moved, `merged.${hostname().replace(/[^\w.-]/g, '-')}-4194304.part`)
    await mkdir(dead)
    const two = await Promise.all([start(['merge', '--run', moved]), start(['merge', '--run', moved])])
    expect(
      two.map(({ code }) => code),
      two.map(({ said }) => said).join('\n'),
    ).toEqual([0, 0])
    expect(await mergedHashes(moved)).toEqual(before)
    expect((await readdir(moved)).filter(name => name.startsWith('merged'))).toEqual(['merged'])
  } finally {
    await rename(moved, run)
  }
}, 200_000)

test('a plan of the folder that holds a run takes none of its results for inputs', async () => {
  const again = await planRound(made, 'again', 1, [join(made.folder, PLACE), '--dem', made.dem])
  expect((await manifestOf(again)).inputs.map(({ name }) => name)).toEqual(['scene_01', 'scene_02'])
})

test('a run that may not be written is the fault of the machine, and says which file', async () => {
  const locked = join(made.folder, 'locked')
  await cp(run, locked, { recursive: true })
  for (const name of ['results', 'merged', 'attempts'])
    await rm(join(locked, name), { recursive: true, force: true })
  await chmod(made.folder, 0o755)
  await chmod(locked, 0o555)
  // Nothing is read-only for root.
  const somebody = process.getuid?.() === 0 ? { uid: 65_532, gid: 65_532 } : {}
  try {
    const cases: [string[], number][] = [
      [['predict', '--run', locked, '--shard', '0', '--backend', 'wasm'], 75],
      [['statistics', '--run', locked, '--merge'], 1],
      [
        [
          'plan',
          made.event,
          '--dem',
          made.dem,
          '--models',
          made.models,
          '--shards',
          '1',
          '--out',
          join(locked, 'x'),
        ],
        1,
      ],
    ]
    for (const [words, expected] of cases) {
      const { code, said } = await start(words, somebody)
      expect([code, said], words[0]).toEqual([
        expected,
        expect.stringMatching(/no permission for [\\"]+[^"]*locked/),
      ])
    }
  } finally {
    await chmod(locked, 0o755)
  }
}, 200_000)

test('numbers that no shard has are refused, from whoever they come', async () => {
  for (const [number, message] of [
    ['2', 'has shards 0 to 1, no shard 2 (of SLURM_ARRAY_TASK_ID)'],
    ['-1', 'no shard -1'],
    ['1.5', 'no shard 1.5'],
    ['first', 'no shard NaN'],
  ] as const) {
    process.env.SLURM_ARRAY_TASK_ID = number
    try {
      for (const command of ['statistics', 'predict']) {
        const { code, notes } = await scarp([command, '--run', run])
        expect([code, notes], command).toEqual([2, expect.stringContaining(message)])
      }
    } finally {
      delete process.env.SLURM_ARRAY_TASK_ID
    }
  }
  const none = await scarp(['predict', '--run', run])
  expect([none.code, none.notes]).toEqual([2, expect.stringContaining('--shard is missing')])
})

test('an input that changed fails by name, one that is gone is waited for, and both are mended as the manual says', async () => {
  const changed = await planRound(made, 'changed')
  const scene = join(made.event, 'scene_01.tif')
  const bytes = await readFile(scene)
  const sample = () => scarp(['statistics', '--run', changed, '--shard', '0'])
  const failures = () => readdir(join(changed, 'failures')).catch(() => [])
  await rm(scene)
  const gone = await sample()
  expect([gone.code, gone.notes]).toEqual([75, expect.stringContaining('scene_01.tif')])
  expect(gone.notes).toContain('cannot be read. Check that this machine has it.')
  expect(await failures()).toEqual([])
  await writeFile(scene, bytes.subarray(1))
  const other = await sample()
  expect([other.code, other.notes]).toEqual([42, expect.stringContaining('is not the file that was planned')])
  expect(await failures()).toEqual(['scene_01.json'])
  await writeFile(scene, bytes)
  expect((await sample()).code).toBe(42)
  expect(await failures()).toEqual(['scene_01.json'])
  await rm(join(changed, 'failures/scene_01.json'))
  await rm(join(changed, 'attempts/sampling-scene_01'))
  expect((await sample()).code).toBe(0)
  expect(await failures()).toEqual([])
  expect((await readdir(join(changed, 'statistics'))).sort()).toEqual(['scene_01.json', 'scene_02.json'])
}, 100_000)
