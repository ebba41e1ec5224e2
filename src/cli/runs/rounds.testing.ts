import { cp, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'vitest'
import { recordingIo } from '../commandIo.testing'
import { COMMANDS } from '../commands'
import { runCommandLine } from '../runCommandLine'
import { type MadeInputs, makeInputs } from './inputs.testing'
import type { RunManifest } from './manifest'

const root = resolve(import.meta.dirname, '../../..')

/**
 * Calls the command line within this process.
 *
 * @param stopAt stops it, as Ctrl-C does, when progress says this
 */
export async function scarp(argv: readonly string[], stopAt?: string) {
  const stop = new AbortController()
  const { io, outLines, notes } = recordingIo(stop.signal, root)
  if (stopAt) io.progress.update = ({ label }) => void (label.includes(stopAt) && stop.abort())
  const code = await runCommandLine(argv, COMMANDS, io)
  return { code, out: outLines.join('\n'), notes: notes.join('\n') }
}

/** A folder with what rounds need: models, an event of scenes, and four labelled patches in "demo/source". */
export interface RoundsFolder extends Omit<MadeInputs, 'folder'> {
  folder: string
  /** Of the scenes. */
  event: string
  models: string
}

/**
 * @param sides of the scenes, pixels; the last one is damaged
 * @param place of the event
 */
export async function makeRoundsFolder(
  models: readonly string[],
  sides: readonly number[],
  place = 'event',
): Promise<RoundsFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'scarp-rounds-'))
  for (const name of models)
    await cp(join(root, 'models', name), join(folder, 'models', name), { recursive: true })
  const { folder: event, dem, scenes } = await makeInputs(join(folder, place), sides)
  const demo = ['demo', '--out', join(folder, 'demo'), '--source', '4', '--target', '2', '--size', '32']
  expect((await scarp(demo)).code).toBe(0)
  return { folder, event, dem, scenes, models: join(folder, 'models') }
}

/** @returns the run's folder. @param inputs by default the scenes */
export async function planRound(
  { folder, event, dem, models }: RoundsFolder,
  name: string,
  shards = 1,
  inputs: readonly string[] = [event, '--dem', dem],
): Promise<string> {
  const run = join(folder, name)
  const words = ['plan', ...inputs, '--models', models, '--out', run, '--shards', String(shards)]
  // What the networks say of noise is below any threshold that one would choose.
  const { code, notes } = await scarp([...words, '--threshold', '0.03'])
  expect(code, notes).toBe(0)
  return run
}

/** Samples and predicts all shards of a run. */
export async function takeThrough(run: string): Promise<void> {
  const { shards } = await manifestOf(run)
  const indices = Array.from({ length: shards }, (_, shard) => String(shard))
  const code = async (...words: string[]) => {
    const done = await scarp(words)
    // A damaged scene is in one of the shards.
    expect([0, 42], done.notes).toContain(done.code)
  }
  for (const shard of indices) await code('statistics', '--run', run, '--shard', shard)
  expect((await scarp(['statistics', '--run', run, '--merge'])).code).toBe(0)
  for (const shard of indices) await code('predict', '--run', run, '--shard', shard, '--backend', 'wasm')
}

/** The words of a round of two steps, with the folder's labelled patches. */
export function refineWords({ folder }: RoundsFolder, run: string, out: string, ...more: string[]): string[] {
  return [
    ...['refine', '--run', run, '--source', join(folder, 'demo/source'), '--out', out],
    ...['--steps', '2', '--micro-batch', '2', '--accumulate', '1', '--crop', '32', '--seed', '9'],
    ...['--cells', '2', '--backend', 'webgpu', ...more],
  ]
}

export async function manifestOf(run: string): Promise<RunManifest> {
  return JSON.parse(await readFile(join(run, 'manifest.json'), 'utf8')) as RunManifest
}
