import { cp, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CrossValidationRun } from '../../lab/starter/crossValidationReport'
import { recordingIo } from '../commandIo.testing'
import { runCommandLine } from '../runCommandLine'
import { COMMANDS } from '.'

let folder: string
let blocks: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-cross-'))
  const argv = ['demo', '--out', join(folder, 'demo'), '--source', '6', '--target', '1', '--size', '32']
  expect((await scarp(argv)).code).toBe(0)
  // The ids of the demo follow one another, so that they are one block; these are six.
  blocks = join(folder, 'blocks')
  await cp(join(folder, 'demo/source'), blocks, { recursive: true })
  for (const kind of ['img/image', 'mask/mask']) {
    for (let id = 1; id <= 6; id++) {
      await rename(join(blocks, `${kind}_${id}.h5`), join(blocks, `${kind}_${1000 * id}.h5`))
    }
  }
}, 60_000)
afterAll(() => rm(folder, { recursive: true }))

async function scarp(argv: string[]) {
  const { io, outLines, notes } = recordingIo()
  const code = await runCommandLine(argv, COMMANDS, io)
  return { code, out: outLines.join('\n'), notes: notes.join('\n') }
}

const QUICK = [
  ...['--families', 'segformer', '--steps', '2', '--micro-batch', '1', '--crop', '32', '--backend', 'webgpu'],
]

test('every labelled pixel is scored once, by networks that did not learn from it, and known ones are kept', async () => {
  const out = join(folder, 'cross')
  const argv = ['crossvalidate', '--out', out, '--l4s', blocks, ...QUICK]
  const settings = ['--folds', '2', '--seeds', '1', '--groups', '1', '--keep-last']
  const refused = await scarp([...argv, ...settings, '--l4s', join(folder, 'demo/source')])
  expect(refused).toMatchObject({ code: 1, notes: expect.stringContaining('one block') })

  const done = await scarp([...argv, ...settings])
  expect(done.code, done.notes).toBe(0)
  const runs: CrossValidationRun[] = JSON.parse(await readFile(join(out, 'runs.json'), 'utf8'))
  expect(runs.map(({ patches }) => patches)).toEqual([
    ['image_1000', 'image_2000', 'image_3000'],
    ['image_4000', 'image_5000', 'image_6000'],
  ])
  for (const { scores } of runs) {
    expect(scores.map(({ size }) => size)).toEqual([3, 1, 1, 1])
    for (const { rule, tallies } of scores[0]!.scores) {
      const pixels = tallies.ensemble!.pixels.reduce((sum, count) => sum + count, 0)
      expect(pixels, rule).toBe(3 * 32 * 32)
    }
  }
  const trained = (fold: number) => join(out, `seed-1/fold-${fold}/models/segformer`)
  const learned = async (fold: number) => {
    const manifest = JSON.parse(await readFile(join(trained(fold), 'manifest.json'), 'utf8'))
    return manifest.statistics.source
  }
  // Not even the statistics know the fold that was left out.
  expect((await learned(1)).count).toBe(3 * 32 * 32)
  expect((await learned(1)).mean).not.toEqual((await learned(2)).mean)

  const before = (await stat(join(trained(1), 'weights.safetensors'))).mtimeMs
  const again = await scarp([...argv, ...settings])
  expect(again.out).toBe(done.out)
  expect((await stat(join(trained(1), 'weights.safetensors'))).mtimeMs).toBe(before)
  expect(await scarp([...argv, ...settings, '--steps', '1'])).toMatchObject({
    code: 2,
    notes: expect.stringContaining('was made by another recipe or of other patches. --force replaces it'),
  })
  expect((await stat(join(trained(1), 'weights.safetensors'))).mtimeMs).toBe(before)
  expect((await scarp([...argv, ...settings, '--steps', '1', '--force'])).code).toBe(0)
  expect((await stat(join(trained(1), 'weights.safetensors'))).mtimeMs).toBeGreaterThan(before)
}, 300_000)

test('a run that was stopped in a fold trains only the networks that it lacks', async () => {
  const out = join(folder, 'stopped')
  const argv = ['crossvalidate', '--out', out, '--l4s', blocks, ...QUICK]
  const settings = ['--families', 'segformer,resnet-unet', '--folds', '2', '--seeds', '1', '--keep-last']
  const done = await scarp([...argv, ...settings])
  expect(done.code, done.notes).toBe(0)
  const fold = join(out, 'seed-1/fold-2')
  const weights = (family: string) => readFile(join(fold, 'models', family, 'weights.safetensors'))
  const madeAt = async (family: string) =>
    (await stat(join(fold, 'models', family, 'weights.safetensors'))).mtimeMs
  const [resnet, segformer] = [await weights('resnet-unet'), await madeAt('segformer')]

  // As a kill in the second network's training leaves it.
  const mark = JSON.parse(await readFile(join(fold, 'recipe.json'), 'utf8'))
  await writeFile(join(fold, 'recipe.json'), JSON.stringify({ ...mark, whole: false }))
  await rm(join(fold, 'models/resnet-unet'), { recursive: true })
  const again = await scarp([...argv, ...settings])
  expect(again.out).toBe(done.out)
  expect(await madeAt('segformer')).toBe(segformer)
  expect((await weights('resnet-unet')).equals(resnet)).toBe(true)
}, 300_000)

test('rounds of refinement are scored on the folds that take part in none of them', async () => {
  const out = join(folder, 'rounds')
  const argv = ['crossvalidate', '--out', out, '--l4s', blocks, ...QUICK]
  const settings = ['--folds', '2', '--seeds', '1', '--groups', '1', '--keep-last', '--round-steps', '1']
  expect(await scarp([...argv, ...settings, '--target', join(folder, 'nowhere')])).toMatchObject({ code: 1 })
  const done = await scarp([...argv, ...settings, '--target', join(folder, 'demo/target')])
  expect(done.code, done.notes).toBe(0)
  const runs: CrossValidationRun[] = JSON.parse(await readFile(join(out, 'runs.json'), 'utf8'))
  expect(runs.map(({ fold, round }) => `${fold}.${round}`)).toEqual([
    '1.1',
    '1.2',
    '1.3',
    '2.1',
    '2.2',
    '2.3',
  ])
  const rows = done.out.split('\n').filter(line => /^\| [123] \| ensemble/.test(line))
  expect(rows).toHaveLength(3)

  const manifest = async (round: string) =>
    JSON.parse(await readFile(join(out, 'seed-1/fold-1', round, 'manifest.json'), 'utf8'))
  const [first, third] = [
    await manifest('models/segformer'),
    await manifest('round-3/models/round-3-seed-1-segformer'),
  ]
  // Of the three patches that the fold leaves in, and the one of the target.
  expect(third.statistics.source.count).toBe(3 * 32 * 32)
  expect(third.statistics.target.count).toBe(32 * 32)
  expect(third.weights.sha256).not.toBe(first.weights.sha256)
  const again = await scarp([...argv, ...settings, '--target', join(folder, 'demo/target')])
  expect(again.out).toBe(done.out)
}, 300_000)

test('targets of several sizes, normalised by every rule', async () => {
  const out = join(folder, 'curve')
  const argv = ['statistics-curve', '--out', out, '--seeds', '1', '--patches', '6', ...QUICK]
  const done = await scarp([...argv, '--targets', '4', '--sizes', '1,4', '--groups', '2'])
  expect(done.code, done.notes).toBe(0)
  const points = JSON.parse(await readFile(join(out, 'points.json'), 'utf8'))
  expect(points).toHaveLength(4)
  for (const { f1, own } of points) {
    expect(Object.keys(f1).sort()).toEqual(['auto', 'model', 'self'])
    expect(own).toBeGreaterThanOrEqual(0)
    expect(own).toBeLessThanOrEqual(1)
  }
  expect(done.out).toContain('A shift of the sensor alone, strength 2')
  expect((await scarp([...argv, '--sizes', 'many'])).code).toBe(2)
}, 200_000)

test('a starter is scored at its own threshold, which its card can be given later', async () => {
  const out = join(folder, 'starter')
  const argv = ['train-starter', '--out', out, '--l4s', blocks, ...QUICK]
  const settings = ['--hold-out', 'image_1000,image_2000']
  expect(await scarp(['train-starter', '--out', out])).toMatchObject({
    code: 2,
    notes: expect.stringContaining('nothing to learn from'),
  })
  const done = await scarp([...argv, ...settings, '--mask-threshold', '0.99'])
  expect(done.code, done.notes).toBe(0)
  const rows = (out: string) => out.split('\n').filter(line => line.includes('| starter-segformer |'))
  expect(rows(done.out)).toHaveLength(2)
  // Two steps make nothing that sure.
  for (const row of rows(done.out)) expect(row, done.out).toContain('| 0.0 | undefined | 0.0 | 0.0 |')

  expect(await scarp([...argv, ...settings])).toMatchObject({
    code: 2,
    notes: expect.stringContaining('already has starter-segformer. --force overwrites'),
  })
  const later = ['--score-only', '--mask-threshold', '0.01', '--note', 'Known later.']
  const again = await scarp([...argv, ...settings, ...later])
  expect(rows(again.out)).toHaveLength(2)
  for (const row of rows(again.out)) expect(row, again.out).toContain('| 100.0 |')
  const { masks, training } = JSON.parse(await readFile(join(out, 'starter-segformer/manifest.json'), 'utf8'))
  expect(masks).toEqual({ threshold: 0.01, models: ['starter-segformer'] })
  expect(training.notes).toContain('Known later.')
}, 200_000)
