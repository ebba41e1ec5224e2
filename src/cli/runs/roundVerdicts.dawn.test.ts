import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { zipFiles } from '../../core/export/zipFiles'
import { maskFromProbability } from '../../core/masks/probability'
import { rasterProblem } from '../../core/project/archivedRasters'
import { readArchivedRecords } from '../../core/project/archivedRecords'
import { archiveEntries } from '../../core/project/archiveEntries'
import { openArchive } from '../../core/project/openArchive'
import type { ProjectRecords } from '../../core/project/projectRecords'
import { maskFileParts, readPixelFile } from '../../core/project/rasterFiles'
import { maskHash, type VerdictKind } from '../../core/review/verdict'
import { nodeInput } from '../node/nodeFiles'
import {
  makeRoundsFolder,
  planRound,
  type RoundsFolder,
  refineWords,
  scarp,
  takeThrough,
} from './rounds.testing'

let made: RoundsFolder
let folder: string
beforeAll(async () => {
  made = await makeRoundsFolder(['starter-segformer'], [64, 72, 80, 64])
  folder = made.folder
  await takeThrough(await planRound(made, 'run'))
  // Patches instead of scenes: other inputs, another run.
  await takeThrough(await planRound(made, 'patches', 1, [join(folder, 'demo/target')]))
}, 200_000)
afterAll(() => rm(folder, { recursive: true }))

const refine = (run: string, out: string, ...more: string[]) =>
  refineWords(made, join(folder, run), join(folder, out), '--cells', '1', ...more)

interface Opened {
  records: ProjectRecords
  files: Map<string, Uint8Array<ArrayBuffer>>
}

/** As the studio reads it before it opens it: every record by its schema, every raster against its patch. */
async function open(name: string): Promise<Opened> {
  const path = join(folder, name)
  const archive = (await openArchive(await nodeInput(path)))!
  const { records, notes } = await readArchivedRecords(path, archive)
  expect(notes).toEqual([])
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const { name } of archive.manifest.entries.filter(entry => entry.name.startsWith('files/'))) {
    const content = await archive.read(name)
    files.set(name, content as Uint8Array<ArrayBuffer>)
    const [, kind, id] = name.split('/')
    const patch = records.patches.find(patch => patch.id === id)!
    expect(await rasterProblem(kind as 'pixels' | 'probabilities', content, patch), name).toBeNull()
  }
  return { records, files }
}

/** As the studio saves it. */
async function save(name: string, { records, files }: Opened): Promise<void> {
  async function* content() {
    for (const [name, content] of files) yield { name: name.slice('files/'.length), content }
  }
  const blob = await zipFiles(archiveEntries(records, content()))
  await writeFile(join(folder, name), Buffer.from(await blob.arrayBuffer()))
}

/** The mask that the studio shows of a piece: the prediction at the project's threshold. */
async function shownMask({ records, files }: Opened, id: string): Promise<Uint8Array> {
  const { width, height } = records.patches.find(patch => patch.id === id)!
  const pixels = await readPixelFile(new Blob([files.get(`files/pixels/${id}`)!]), width, height)
  const probability = new Float32Array(files.get(`files/probabilities/${id}/ensemble`)!.slice().buffer)
  return maskFromProbability(probability, records.project[0]!.threshold, pixels.valid)
}

async function judge(opened: Opened, id: string, kind: VerdictKind, mask: Uint8Array): Promise<void> {
  const { history, project } = opened.records
  const sequence = history.length + 1
  history.push({
    ...{ sequence, kind: 'verdict', patchId: id, undone: false, verdictBefore: null },
    verdictAfter: {
      ...{ id: `verdict-${sequence}`, patchId: id, kind, threshold: project[0]!.threshold, roundId: null },
      ...{ modelIds: [], maskHash: await maskHash(mask), at: `2024-05-01T12:00:0${sequence}.000Z` },
    },
  })
}

test('pieces of a run go to the studio, and what is judged there comes into its next round', async () => {
  const drawn = await scarp([
    'archive',
    '--run',
    join(folder, 'run'),
    '--out',
    join(folder, 'out.scarp.zip'),
    '--cells',
    '3',
  ])
  expect([drawn.code, drawn.out], drawn.notes).toEqual([0, expect.stringContaining('3 pieces')])
  const opened = await open('out.scarp.zip')
  const { records, files } = opened
  expect(records.patches.map(({ drawn, domain, hasLabel }) => [drawn!.input, domain, hasLabel])).toEqual(
    ['scene_01', 'scene_02', 'scene_03'].map(name => [name, 'target', false]),
  )
  expect(records.project[0]).toMatchObject({ threshold: 0.03, name: expect.stringMatching(/, round 1$/) })
  expect(files.size).toBe(6)
  for (const { scores, georeference } of records.patches) {
    expect(scores!.entropy).toBeGreaterThan(0)
    expect(georeference!.crs).toBe('EPSG:32633')
  }

  // One accepted as it is shown, one painted over and accepted, one rejected.
  const [first, second, third] = records.patches.map(({ id }) => id)
  await judge(opened, first!, 'accepted', await shownMask(opened, first!))
  const painted = (await shownMask(opened, second!)).map((value, i) => (i % 7 === 0 ? 1 : value))
  files.set(
    `files/masks/${second}`,
    new Uint8Array(await new Blob([...maskFileParts(painted, 0)] as BlobPart[]).arrayBuffer()),
  )
  await judge(opened, second!, 'corrected', painted)
  await judge(opened, third!, 'rejected', await shownMask(opened, third!))
  await save('judged.scarp.zip', opened)

  const judged = join(folder, 'judged.scarp.zip')
  const next = await scarp(refine('run', 'next', '--verdicts', judged))
  expect(next.code, next.notes).toBe(0)
  expect(next.notes).toContain('3 verdicts of 3 pieces')
  const report = JSON.parse(await readFile(join(folder, 'next/report.json'), 'utf8'))
  // One piece was asked for: those with a label come in whatever is drawn.
  expect(report.cells).toBeGreaterThanOrEqual(2)
  expect(report.round.notes.join()).toMatch(/Target patches: 2 reviewed, 0 pseudo-labelled, [01] rejected/)
  expect(report.round.verdictIds).toEqual(expect.arrayContaining(['verdict-1', 'verdict-2']))

  // Without them the networks learn something else.
  expect((await scarp(refine('run', 'without'))).code).toBe(0)
  const weights = async (name: string) =>
    JSON.parse(await readFile(join(folder, name, 'manifest.json'), 'utf8')).models.ids[0].sha256
  expect(await weights('next')).not.toBe(await weights('without'))

  // The archive is judged further while its round is not done: that is another round.
  await judge(opened, third!, 'accepted', await shownMask(opened, third!))
  await save('judged.scarp.zip', opened)
  const later = await scarp(refine('run', 'next', '--verdicts', judged))
  expect([later.code, later.notes]).toEqual([2, expect.stringContaining('holds an earlier run')])

  // The verdicts fit the next round's results, too, whose inputs are the same: here they are refused for want of results only.
  const onNext = await scarp(refine('next', 'third', '--verdicts', judged))
  expect([onNext.code, onNext.notes]).toEqual([
    2,
    expect.stringContaining('statistics of the event are missing'),
  ])
}, 400_000)

test('a verdict whose mask was changed afterwards is left out', async () => {
  const opened = await open('out.scarp.zip')
  const { id } = opened.records.patches[0]!
  const mask = await shownMask(opened, id)
  await judge(
    opened,
    id,
    'accepted',
    mask.map(value => 1 - value),
  )
  await save('changed.scarp.zip', opened)
  const { code, notes } = await scarp(
    refine('run', 'changed', '--verdicts', join(folder, 'changed.scarp.zip')),
  )
  expect(code, notes).toBe(0)
  expect(notes).toContain('is left out: the mask that was judged is not in')
  expect(notes).toContain('0 verdicts of 3 pieces')
}, 200_000)

test('what is no archive of this run is refused by name', async () => {
  await mkdir(join(folder, 'bad'), { recursive: true })
  const patches = join(folder, 'patches.scarp.zip')
  const drawn = await scarp(['archive', '--run', join(folder, 'patches'), '--out', patches])
  expect([drawn.code, drawn.out], drawn.notes).toEqual([0, expect.stringContaining('2 pieces')])
  // Patches are in it as they are.
  const opened = await open('patches.scarp.zip')
  expect(opened.records.patches.map(({ width, height }) => [width, height])).toEqual([
    [32, 32],
    [32, 32],
  ])
  const stranger = await open('patches.scarp.zip')
  stranger.records.patches = stranger.records.patches.map(({ drawn: _, ...patch }) => patch)
  await save('stranger.scarp.zip', stranger)
  await writeFile(
    join(folder, 'none.zip'),
    Buffer.from(await (await zipFiles([{ name: 'a', bytes: 'b' }])).arrayBuffer()),
  )
  const cases: [string, string][] = [
    ['patches.scarp.zip', 'was drawn from another run'],
    ['stranger.scarp.zip', 'holds no piece of a run'],
    ['none.zip', 'is no project archive'],
  ]
  for (const [name, message] of cases) {
    const { code, notes } = await scarp(refine('run', 'x', '--verdicts', join(folder, name)))
    expect([code, notes], name).toEqual([2, expect.stringContaining(message)])
  }
  const again = await scarp(['archive', '--run', join(folder, 'patches'), '--out', patches])
  expect([again.code, again.notes]).toEqual([2, expect.stringContaining('is there already')])
}, 200_000)

test('a round of a run of patches learns from windows of them', async () => {
  const { code, notes } = await scarp(refine('patches', 'patches-next', '--cells', '2'))
  expect(code, notes).toBe(0)
  const { cells } = JSON.parse(await readFile(join(folder, 'patches-next/report.json'), 'utf8'))
  expect(cells).toBe(2)
}, 200_000)
