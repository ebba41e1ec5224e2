import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { validateSubmission } from '../../core/export/competitionZip'
import { bytesInput } from '../../core/raster/inputFile'
import { Claims } from '../../lab/reproduction/claims'
import { recordingIo } from '../commandIo.testing'
import { runCommandLine } from '../runCommandLine'
import { COMMANDS } from '.'

const L4S = join(process.env.SCARP_SHARED ?? resolve('..', 'shared'), 'data/l4s')
const present = existsSync(L4S)
if (!present) console.warn(`Landslide4Sense files are not at ${L4S}: the reproduction is not tested on them.`)

/** Three steps of tiny networks on a few real patches, in the competition's folders. */
const SMALL = [
  ...['--preset', 'tiny', '--families', 'segformer,swin-unet', '--steps', '3', '--crop', '32'],
  ...['--micro-batch', '2', '--accumulate', '1', '--scale', '1', '--round-scale', '1', '--no-timing'],
  ...['--rounds', '2', '--test-rounds', '1', '--held-out', '0.3', '--ema', '0.9', '--backend', 'webgpu'],
]

let folder: string
let data: string

async function reproduce(out: string, more: string[] = [], signal?: AbortSignal, from = data) {
  const recorded = recordingIo(signal)
  const io = { ...recorded.io, now: () => performance.now() }
  const argv = ['reproduce', '--data', from, '--out', join(folder, out), ...SMALL, ...more]
  const ended = runCommandLine(argv, COMMANDS, io)
  return { ...recorded, io, ended }
}

async function ended(run: Awaited<ReturnType<typeof reproduce>>) {
  const code = await run.ended
  return { code, out: run.outLines.join('\n'), notes: run.notes.join('\n') }
}

const record = async (out: string, unit: string) =>
  JSON.parse(await readFile(join(folder, out, `${unit}.json`), 'utf8'))

const NETWORKS = ['validation/round-1', 'validation/round-2', 'test/round-1'].flatMap(row =>
  ['segformer', 'swin-unet'].map(network => `${row}/${network}`),
)

async function hashes(out: string): Promise<string[]> {
  const records = await Promise.all(NETWORKS.map(unit => record(out, unit)))
  return records.map(({ network }) => network.weightsHash)
}

describe.runIf(present)('a miniature of the competition', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'scarp-reproduce-'))
    data = join(folder, 'data')
    const copy = async (from: string, to: string) => {
      await mkdir(join(data, to, '..'), { recursive: true })
      await cp(join(L4S, from), join(data, to))
    }
    for (const id of [1, 2, 3]) {
      await copy(`train/img/image_${id}.h5`, `TrainData/img/image_${id}.h5`)
      await copy(`train/mask/mask_${id}.h5`, `TrainData/mask/mask_${id}.h5`)
    }
    await copy('train/img/image_40.h5', 'ValidData/img/image_40.h5')
    await copy('train/mask/mask_40.h5', 'ValidData/mask/mask_40.h5')
    for (const id of [31, 37]) await copy(`target/img/image_${id}.h5`, `TestData/img/image_${id}.h5`)
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('both tables: scores where there are masks, a zip that the competition takes where there are none', async () => {
    const whole = await ended(await reproduce('whole'))
    expect(whole).toMatchObject({ code: 0, out: expect.stringContaining('test/round-1/ensemble') })
    expect(whole.notes).toContain('validation 1 patch (1 mask), test 2 patches (no masks)')
    expect(whole.notes).toContain('6 networks: 0 done, 6 left')

    const { counts, targets, submission, network } = await record('whole', 'validation/round-2/segformer')
    expect(counts.truePositive + counts.falsePositive + counts.falseNegative + counts.trueNegative).toBe(
      128 * 128,
    )
    expect([targets, submission]).toEqual([{ all: 1, labelled: 1 }, null])
    expect(network).toMatchObject({ microBatch: 2, accumulate: 1, scale: 1, steps: 3 })
    expect(network.parentModelId).toBe('validation-round-1-seed-1-segformer')
    expect((await record('whole', 'validation/round-1/ensemble')).changed).toBeNull()
    expect((await record('whole', 'validation/round-2/ensemble')).changed).toBeGreaterThanOrEqual(0)
    expect(new Set(await hashes('whole')).size).toBe(6)

    expect(await record('whole', 'test/round-1/ensemble')).toMatchObject({
      counts: null,
      submission: 'submission-test-round-1.zip',
    })
    const zip = new Uint8Array(await readFile(join(folder, 'whole/submission-test-round-1.zip')))
    expect(Object.keys(unzipSync(zip))).toEqual(['mask_31.h5', 'mask_37.h5'])
    const sound = await validateSubmission(bytesInput('submission.zip', zip), { numbers: [31, 37] })
    expect(sound).toMatchObject({ masks: 2, problems: [] })

    const table = await readFile(join(folder, 'whole/results.md'), 'utf8')
    expect(table).toMatch(/\| x1 \| ensemble \| (\d+\.\d\d|undefined) \|/)
    expect(table).toMatch(/\| x1 \| ensemble \| no labels \| {2}\| {2}\| 73\.62 \|/)
    expect((await readdir(join(folder, 'whole'))).sort()).toEqual([
      'expected',
      'reproduction.json',
      'results.md',
      'submission-test-round-1-segformer.zip',
      'submission-test-round-1-swin-unet.zip',
      'submission-test-round-1.zip',
      'test',
      'validation',
    ])
    // Nothing is done twice, and nothing else is done in the same folder.
    const again = await ended(await reproduce('whole'))
    expect(again).toMatchObject({ code: 0, out: whole.out, notes: expect.stringContaining('6 done, 0 left') })
    const other = await ended(await reproduce('whole', ['--seed', '2']))
    expect(other).toMatchObject({ code: 2, notes: expect.stringContaining('other options or data') })
  }, 200_000)

  test('interrupted in a network, then shared by two machines, it ends with the same weights', async () => {
    // What the networks take is known from the run before.
    await cp(join(folder, 'whole/expected'), join(folder, 'shared/expected'), { recursive: true })
    const stop = new AbortController()
    const cut = await reproduce('shared', ['--checkpoint-every', '0'], stop.signal)
    cut.io.progress.update = ({ label }) => {
      if (label.startsWith('validation/round-2: Training SegFormer, step 2')) stop.abort()
    }
    expect((await ended(cut)).code).toBe(130)
    expect(existsSync(join(folder, 'shared/validation/round-2/checkpoints/segformer.checkpoint'))).toBe(true)
    expect(existsSync(join(folder, 'shared/validation/round-2/segformer.claim'))).toBe(false)

    // A third machine is at one network, and gives it up once both others wait for it.
    const held = 'test/round-1/segformer'
    const third = await new Claims({ beat: 1000, stale: 60_000 }).take(
      join(folder, 'shared', `${held}.claim`),
    )
    const runs = [await reproduce('shared'), await reproduce('shared')]
    await expect
      .poll(() => runs.every(run => run.notes.join('\n').includes(`Waiting for ${held} (`)), {
        timeout: 150_000,
      })
      .toBe(true)
    await third!.release()
    const machines = await Promise.all(runs.map(machine => ended(machine)))
    expect(machines.map(({ code, notes }) => [code, notes.includes('internal')])).toEqual([
      [0, false],
      [0, false],
    ])
    expect(await hashes('shared')).toEqual(await hashes('whole'))
    const notes = machines.map(machine => machine.notes).join('\n')
    // One of them made each network that was left, the one that was cut continuing from its checkpoint.
    for (const unit of NETWORKS.slice(2)) {
      expect([unit, notes.split('\n').filter(line => line.startsWith(`${unit}: `)).length]).toEqual([unit, 1])
    }
    expect((await record('shared', 'validation/round-2/segformer')).resumed).toBe(true)
    expect(notes).not.toContain('no machine is at it')
  }, 200_000)

  test('the plan says what it takes, and begins nothing; a machine does not wait forever for nobody', async () => {
    const timed = SMALL.indexOf('--no-timing')
    const argv = [...SMALL.slice(0, timed), ...SMALL.slice(timed + 1)]
    const small = ['--families', 'segformer', '--round-scale', '1.5']
    const { io, outLines } = recordingIo()
    const out = join(folder, 'planned')
    const clock = { ...io, now: () => performance.now() }
    const code = await runCommandLine(
      ['reproduce', '--data', data, '--out', out, ...argv, ...small, '--plan'],
      COMMANDS,
      clock,
    )
    expect(code).toBe(0)
    const text = outLines.join('\n')
    expect(text).toMatch(/validation\/round-2\/segformer +tiny +x1\.5 +2 x 1 +0\.0\d+ GB +\d+ s +to do/)
    expect(text).toMatch(/3 networks: 0 done, 3 left, about \d/)
    expect(await readdir(out)).toEqual(['expected'])

    const models = ['--models', join(folder, 'whole/validation/round-1/models'), '--preset', 'segformer-b0']
    expect(await ended(await reproduce('planned', [...small, ...models, '--plan']))).toMatchObject({
      code: 2,
      notes: expect.stringContaining('is a tiny, and segformer is planned as segformer-b0'),
    })
    const refused = await ended(await reproduce('planned', [...small, '--memory', '1', '--plan']))
    expect(refused.out).toMatch(/segformer tiny x1\.5 does not fit: it takes 0\.0\d+ GB of 0\.0010 GB\./)
    const alone = await reproduce('planned', [
      ...small,
      '--only',
      'validation/round-2',
      '--stale-after',
      '0.2',
    ])
    expect(await ended(alone)).toMatchObject({
      code: 1,
      notes: expect.stringMatching(/left needs validation\/round-1\/segformer, and no machine is at it/),
    })
  }, 200_000)
})

test('what cannot be reproduced says so before any work', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'scarp-empty-'))
  const run = async (...more: string[]) => {
    const { io, notes } = recordingIo()
    const argv = ['reproduce', '--data', empty, '--out', join(empty, 'out'), ...more]
    return { code: await runCommandLine(argv, COMMANDS, io), notes: notes.join('\n') }
  }
  expect(await run()).toMatchObject({ code: 2, notes: expect.stringContaining('TrainData/img') })
  expect((await run('--preset', 'segformer-b9')).notes).toContain('scarp models sizes')
  expect((await run('--preset', 'segformer-b1,segformer-b2')).notes).toContain('at most one of a network')
  await rm(empty, { recursive: true })
})
