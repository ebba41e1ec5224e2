import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recordingIo } from './commandIo.testing'
import { COMMANDS } from './commands'
import { runCommandLine } from './runCommandLine'

/** The whole command line on generated patches of 32 x 32: one small network, few steps. */
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-cli-'))
  const argv = ['demo', '--out', join(folder, 'demo'), '--source', '4', '--target', '2', '--size', '32']
  expect((await scarp(argv)).code).toBe(0)
}, 60_000)
afterAll(() => rm(folder, { recursive: true }))

async function scarp(argv: string[], signal?: AbortSignal) {
  const { io, outLines, notes } = recordingIo(signal)
  const code = await runCommandLine(argv, COMMANDS, io)
  return { code, out: outLines.join('\n'), notes: notes.join('\n') }
}

const refineArguments = (out: string) => [
  'refine',
  ...['--source', join(folder, 'demo/source'), '--target', join(folder, 'demo/target')],
  ...['--rounds', '2', '--steps', '2', '--families', 'segformer', '--seed', '9'],
  ...['--micro-batch', '2', '--accumulate', '1', '--crop', '32', '--backend', 'webgpu'],
  ...['--out', join(folder, out)],
]

async function masksOf(out: string): Promise<Record<string, string>> {
  const masks: Record<string, string> = {}
  for (const name of (await readdir(join(folder, out, 'masks'))).sort()) {
    if (name.endsWith('.qml')) continue
    masks[name] = (await readFile(join(folder, out, 'masks', name))).toString('base64')
  }
  return masks
}

const probabilityOf = (out: string) =>
  readFile(join(folder, out, 'round-2/probabilities/ensemble/image_5.f32'))

test('refine: two rounds with everything in its place, repeatable, and resumable after an interruption', async () => {
  const whole = await scarp(refineArguments('whole'))
  expect(whole.notes).toContain('Backend: webgpu')
  expect(whole).toMatchObject({ code: 0, out: expect.stringContaining('round 2: held-out F1') })
  expect(Object.keys(await masksOf('whole'))).toEqual(['image_5_mask.tif', 'image_6_mask.tif'])
  const report = JSON.parse(await readFile(join(folder, 'whole/report.json'), 'utf8'))
  expect(report.rounds.map(({ index }: { index: number }) => index)).toEqual([1, 2])
  expect(report.rounds[1].parentRoundId).toBe(report.rounds[0].id)
  expect(report.rounds[1].networks[0].losses).toHaveLength(2)
  expect(report.submission).toContain('128 x 128')
  expect(await readdir(join(folder, 'whole/round-1'))).toEqual(
    expect.arrayContaining(['metrics.json', 'models', 'pseudo-labels']),
  )
  expect((await readdir(join(folder, 'whole'))).sort()).toEqual([
    ...['.scarp-run', 'checkpoints', 'masks', 'report.json', 'round-1', 'round-2', 'state.json'],
  ])
  expect(await scarp(refineArguments('whole'))).toMatchObject({
    code: 2,
    notes: expect.stringContaining('holds an earlier run of scarp refine. --resume continues it'),
  })

  const stop = new AbortController()
  const { io } = recordingIo(stop.signal)
  io.progress.update = ({ label }) => {
    if (label.includes('Round 2') && label.includes('step 1')) stop.abort()
  }
  expect(await runCommandLine(refineArguments('cut'), COMMANDS, io)).toBe(130)
  expect(await readdir(join(folder, 'cut'))).toEqual(expect.arrayContaining(['round-1', 'state.json']))
  const changed = await scarp([...refineArguments('cut'), '--resume', '--seed', '10'])
  expect(changed).toMatchObject({ code: 2, notes: expect.stringContaining('other options') })
  expect((await scarp([...refineArguments('cut'), '--resume'])).code).toBe(0)
  expect(await masksOf('cut')).toEqual(await masksOf('whole'))
  expect((await probabilityOf('cut')).equals(await probabilityOf('whole'))).toBe(true)

  for (const damaged of [
    '{"version":1,"finger',
    'null',
    '{"version":1,"fingerprint":"x","rounds":{},"networks":[]}',
  ]) {
    await writeFile(join(folder, 'cut/state.json'), damaged)
    const refused = await scarp([...refineArguments('cut'), '--resume'])
    expect(refused.code).toBe(1)
    expect(refused.notes.split('\n').at(-1)).toBe(
      `scarp refine: "${join(folder, 'cut/state.json')}" is damaged, and so the run cannot be continued. ` +
        '--force starts it again; or give another --out.',
    )
  }
}, 400_000)

test('predict: mask, probability and report for each input; evaluate scores them', async () => {
  const models = join(folder, 'whole/round-2/models')
  const out = join(folder, 'predicted')
  const inputs = join(folder, 'demo/target')
  const predicted = await scarp([
    ...['predict', inputs, '--models', models, '--out', out, '--backend', 'webgpu', '--vectors'],
  ])
  expect(predicted).toMatchObject({ code: 0, out: expect.stringContaining('2 predicted, 0 refused') })
  expect((await readdir(out)).sort()).toEqual([
    '.scarp-run',
    ...['image_5', 'image_6'].flatMap(name =>
      ['landslides.gpkg', 'mask.qml', 'mask.tif', 'prob.qml', 'prob.tif'].map(file => `${name}_${file}`),
    ),
    'report.json',
  ])
  const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8'))
  expect(report.statistics.count).toBe(2 * 32 * 32)
  // The threshold is that of the round which made the models, not that of pseudo-labels.
  const round = JSON.parse(await readFile(join(folder, 'whole/report.json'), 'utf8'))
  expect(report.threshold).toBe(round.threshold)
  expect(report.normalisation).toMatchObject([
    { model: expect.stringContaining('segformer'), rule: 'auto', patches: 2 },
  ])
  expect(predicted.notes).toMatch(/Normalised by: 2 patches: /)
  const chosen = await scarp([
    ...['predict', inputs, '--models', models, '--out', join(folder, 'chosen'), '--backend', 'webgpu'],
    ...['--threshold', '0.9', '--stats', 'self'],
  ])
  expect(chosen.code).toBe(0)
  const other = JSON.parse(await readFile(join(folder, 'chosen/report.json'), 'utf8'))
  expect(other).toMatchObject({ threshold: 0.9, normalisation: [{ rule: 'self', own: 1 }] })
  const metadata = async (place: string) =>
    (await readFile(join(folder, place, 'image_5_mask.tif'))).toString('latin1')
  expect(await metadata('chosen')).toContain('2 patches: their own statistics')

  const { count, mean, m2 } = report.statistics
  const file = join(folder, 'statistics.json')
  await writeFile(file, JSON.stringify({ count, mean, m2 }))
  const given = await scarp([
    ...['predict', inputs, '--models', models, '--out', join(folder, 'given'), '--backend', 'webgpu'],
    ...['--stats', file],
  ])
  expect(given.code).toBe(0)
  expect(JSON.parse(await readFile(join(folder, 'given/report.json'), 'utf8')).normalisation).toBeNull()
  expect(await metadata('given')).toContain('given: statistics.json')
  expect(await metadata('given')).not.toContain('own statistics')
  expect(report.outputs[0]).toMatchObject({ name: 'image_5', width: 32, validPixels: 1024 })

  const truth = join(folder, 'demo/truth')
  const again = ['predict', inputs, '--models', models, '--out', out, '--backend', 'webgpu']
  expect(await scarp(again)).toMatchObject({ code: 2, notes: expect.stringContaining('--force replaces it') })
  await writeFile(join(out, 'notes.txt'), 'mine')
  expect((await scarp([...again, '--force'])).code).toBe(0)
  expect(await readdir(out)).toContain('notes.txt')

  const scored = await scarp(['evaluate', '--pred', out, '--truth', truth, '--json'])
  expect(scored.code).toBe(0)
  const { matched, truePositive, falsePositive, falseNegative, trueNegative } = JSON.parse(scored.out)
  expect(matched).toBe(2)
  expect(truePositive + falsePositive + falseNegative + trueNegative).toBe(2 * 32 * 32)
})

test('what cannot work says so: no models, no inputs, resume of nothing', async () => {
  const out = join(folder, 'nothing')
  expect(await scarp(['predict', folder, '--models', join(folder, 'demo'), '--out', out])).toMatchObject({
    code: 1,
    notes: expect.stringContaining('no model'),
  })
  expect((await scarp(['predict', '--models', folder, '--out', out])).code).toBe(2)
  expect((await scarp([...refineArguments('nothing'), '--resume'])).notes).toContain('no interrupted run')
  expect((await scarp(['refine', '--source', out, '--target', out, '--out', out])).code).toBe(1)
})

test('predict enlarges its input as the model was trained, unless --scale is given', async () => {
  const trained = join(folder, 'promoted')
  const train = [
    ...['train', '--source', join(folder, 'demo/source'), '--out', trained, '--families', 'segformer'],
    ...['--steps', '2', '--micro-batch', '1', '--crop', '32', '--scale', '2', '--backend', 'webgpu'],
  ]
  const training = await scarp(train)
  expect(training.code, training.notes).toBe(0)
  // Nothing of it is left to continue.
  expect(await scarp(train)).toMatchObject({
    code: 2,
    notes: expect.stringContaining('holds an earlier run of scarp train. --force replaces it'),
  })
  expect(await scarp([...train, '--resume'])).toMatchObject({
    code: 2,
    notes: expect.stringContaining('is finished: there is nothing to resume'),
  })
  const predicted = async (out: string, extra: string[]) => {
    const path = join(folder, out)
    const argv = ['predict', join(folder, 'demo/target'), '--models', trained, '--out', path, ...extra]
    expect(await scarp([...argv, '--backend', 'webgpu'])).toMatchObject({ code: 0 })
    const report = JSON.parse(await readFile(join(path, 'report.json'), 'utf8'))
    const file = await readFile(join(path, report.outputs[0].probability))
    return { scales: report.scales, file: file.toString('base64') }
  }
  const own = await predicted('own-scale', [])
  expect(own.scales).toEqual([2])
  expect(own).toEqual(await predicted('scale-2', ['--scale', '2']))
  const plain = await predicted('scale-1', ['--scale', '1'])
  expect(plain.scales).toEqual([1])
  expect(plain.file).not.toBe(own.file)
}, 200_000)
