import { downloadZip } from 'client-zip'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sha256 } from '../../core/foundation/sha256'
import { blobInput } from '../../core/raster/inputFile'
import { readZipDirectory } from '../../core/raster/zipArchive'
import type { HistoryRecord } from '../../core/review/records'
import {
  patchRecordFixture,
  pixelsFixture,
  pointAuditFixture,
  roundFixture,
  sceneFixture,
  scenePieceFixture,
  strokeFixture,
  verdictFixture,
} from '../../core/review/records.testing'
import { currentVerdicts, type Verdict } from '../../core/review/verdict'
import { openByteStore } from '../byteStore'
import { openProjectStore } from '../openProjectStore'
import type { ProjectStore, StoreCall } from '../projectStore'
import { editText, forged, tampered } from './archive.testing'
// Written by schema 4: verdicts "undone" and "lost" are in its list alone, "standing" in the history too.
import earlierArchive from './earlierVersion.scarp.zip?url'
// Written by the code that first wrote archives (acd0773): of each kind of record and file at least one.
import firstArchive from './firstVersion.scarp.zip?url'

const [HERE, THERE] = ['scarp-archive-here', 'scarp-archive-there']
const OPTIONS = { unsaved: [], includeUnfinished: true }
const ID = patchRecordFixture().id

beforeEach(async () => {
  for (const name of [HERE, THERE]) await (await openProjectStore({ name })).clear()
})
afterEach(async () => {
  for (const name of [HERE, THERE]) await (await openProjectStore({ name })).clear()
})

async function filled(): Promise<ProjectStore> {
  const store = await openProjectStore({ name: HERE })
  await store.updateProject({ name: 'Wenchuan', threshold: 0.6 })
  await store.putPatch(patchRecordFixture(), pixelsFixture())
  await store.putPatch(patchRecordFixture({ id: 'b~ü.2', order: 1, hasLabel: false }), {
    ...pixelsFixture(),
    label: null,
  })
  await store.writeProbability(ID, 'ensemble', Float32Array.of(0, 0.25, 0.5, 0.75, 1, Number.NaN))
  await store.putHistory([strokeFixture()])
  await store.putHistory([verdictStep(2, verdictFixture())])
  await store.writeMask(ID, Uint8Array.of(0, 1, 255, 0, 1, 1))
  await store.writeModel('round-1-segformer', {
    'manifest.json': Uint8Array.of(1),
    'weights.safetensors': Uint8Array.of(2, 3),
  })
  await store.putRound(roundFixture())
  await store.putPointAudit(pointAuditFixture())
  return store
}

const verdictStep = (sequence: number, verdictAfter: Verdict): HistoryRecord => {
  return { sequence, kind: 'verdict', patchId: ID, verdictBefore: null, verdictAfter, undone: false }
}

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer())
const save = async (store: ProjectStore) => (await store.saveArchive(OPTIONS, {})).blob
const digest = async (blob: Blob) => sha256(await bytesOf(blob))

test('a project goes out and comes back equal, under another name and again', async () => {
  const here = await filled()
  const archive = await save(here)
  const there = await openProjectStore({ name: THERE })
  expect(await there.inspectArchive(blobInput('a.zip', archive))).toMatchObject({
    name: 'Wenchuan',
    patches: 2,
    verdicts: 1,
    steps: 2,
    rounds: 1,
  })
  await there.openArchive(blobInput('a.zip', archive), {})
  const again = await openProjectStore({ name: THERE })
  expect(await digest(await save(again))).toBe(await digest(archive))
  expect(await again.patches()).toEqual(await here.patches())
  expect(await again.readPixels('b~ü.2')).toEqual(await here.readPixels('b~ü.2'))
  expect(await again.readMask(ID)).toEqual(await here.readMask(ID))
  expect(await again.history()).toEqual(await here.history())
  expect(await again.pointAudits()).toEqual([pointAuditFixture()])
  expect(await again.readModel('round-1-segformer')).toEqual(await here.readModel('round-1-segformer'))
  // A second one over it, and the project can be worked on and emptied as any other.
  await again.openArchive(blobInput('a.zip', archive), {})
  const third = await openProjectStore({ name: THERE })
  await third.putHistory([strokeFixture({ sequence: 3 })])
  expect(await digest(await save(third))).not.toBe(await digest(archive))
  await third.clear()
  await third.putPatch(patchRecordFixture(), pixelsFixture())
  expect(await (await openProjectStore({ name: THERE })).readPixels(ID)).toEqual(pixelsFixture())
})

/** The project with a scene: one of its cells is judged, another removed. */
async function withScene(): Promise<ProjectStore> {
  const here = await filled()
  await here.putScene(sceneFixture())
  for (const column of [0, 1, 2]) await here.putPatch(scenePieceFixture(column), pixelsFixture())
  const [, CELL, OTHER] = PIECES
  await here.putHistory([strokeFixture({ sequence: 3, patchId: CELL })])
  await here.writeMask(CELL!, Uint8Array.of(0, 1, 1, 0, 0, 0), 3)
  await here.writeProbability(CELL!, 'ensemble', new Float32Array(6).fill(0.5))
  await here.updatePatch(OTHER!, { removed: true })
  return here
}
const PIECES = [0, 1, 2].map(column => scenePieceFixture(column).id)

test('a scene goes out with its margins and removed cells, and comes back equal', async () => {
  const here = await withScene()
  const archive = await save(here)
  const there = await openProjectStore({ name: THERE })
  // Margins are no patches that a person knows.
  expect(await there.inspectArchive(blobInput('a.zip', archive))).toMatchObject({ patches: 4 })
  expect(await there.openArchive(blobInput('a.zip', archive), {})).toEqual({ notes: [] })
  const again = await openProjectStore({ name: THERE })
  expect(await digest(await save(again))).toBe(await digest(archive))
  expect(await again.scenes()).toEqual([sceneFixture()])
  expect(await again.scenePieces('scene_1')).toEqual(await here.scenePieces('scene_1'))
  expect(await again.readPixels(PIECES[0]!)).toEqual(pixelsFixture())
  expect(await again.readMask(PIECES[1]!)).toEqual(await here.readMask(PIECES[1]!))
  expect((await again.patches()).map(({ id }) => id)).toContain(PIECES[1])
  // Small copies are no part of it: they are made of the pixels as it is opened.
  const members = await readZipDirectory(blobInput('a.zip', archive), 1000)
  expect(members.filter(({ name }) => name.includes('reduced'))).toEqual([])
  const { filesFolder } = await again.project()
  expect(await (await openByteStore(filesFolder!)).list(['reduced'])).toEqual(PIECES.slice(1).sort())
})

test('a scene whose cell is damaged on the disk is in the archive without it, to be completed', async () => {
  const here = await withScene()
  await (await openByteStore(HERE)).remove(['pixels', PIECES[1]!])
  const { blob, notes } = await here.saveArchive(OPTIONS, {})
  expect(notes).toEqual([
    'Left out, since their pixels are gone or damaged: S2A_T33TWM r00c01. Remove these patches and add their files again.',
    'The scene "S2A_T33TWM" has 2 of its 3 pieces: add its files again to complete it.',
  ])
  await (await openProjectStore({ name: THERE })).openArchive(blobInput('a.zip', blob), {})
  const there = await openProjectStore({ name: THERE })
  expect((await there.scenes()).map(({ complete }) => complete)).toEqual([false])
  expect((await there.scenePieces('scene_1')).map(({ id }) => id)).toEqual([PIECES[0], PIECES[2]])
})

test('what is cut or gone on the disk is said at its patch, and left out of an archive, which then opens', async () => {
  const here = await filled()
  const bytes = await openByteStore(HERE)
  await bytes.write(['masks', ID], () => [Uint8Array.of(0, 1)])
  await bytes.write(['probabilities', ID, 'ensemble'], () => [Uint8Array.of(0, 1)])
  await bytes.write(['masks', 'removed-before'], () => [Uint8Array.of(0, 1)])
  await bytes.remove(['pixels', 'b~ü.2'])
  await expect(here.readMask(ID)).rejects.toThrow(
    `The mask of patch "${ID}" is damaged: open an archive that was saved before, or remove the patch and add it again.`,
  )
  await expect(here.readProbability(ID, 'ensemble')).rejects.toThrow('is damaged: predict it again.')
  await expect(here.readPixels('b~ü.2')).rejects.toThrow('are gone: remove it and add it again.')
  expect(await here.readPixels(ID)).toEqual(pixelsFixture())

  const { blob, notes } = await here.saveArchive(OPTIONS, {})
  expect(notes).toEqual([
    'Left out, since their pixels are gone or damaged: image_1. Remove these patches and add their files again.',
    'Left out, since they are damaged: the masks of image_1.',
    'Left out, since they are damaged: probabilities of image_1. Predict these patches again.',
  ])
  await (await openProjectStore({ name: THERE })).openArchive(blobInput('a.zip', blob), {})
  const there = await openProjectStore({ name: THERE })
  expect((await there.patches()).map(({ id }) => id)).toEqual([ID])
  expect(await there.readPixels(ID)).toEqual(pixelsFixture())
  expect(await there.history()).toHaveLength(2)
  expect(await there.readProbability(ID, 'ensemble')).toBeNull()
  // A stroke was recorded: the mask of the networks would stand for what was painted.
  await expect(there.readMask(ID)).rejects.toThrow(`The mask of patch "${ID}" is gone: open an archive`)

  await here.writeMask(ID, Uint8Array.of(0, 1, 255, 0, 1, 1))
  await here.writeProbability(ID, 'ensemble', new Float32Array(6))
  await here.removePatch('b~ü.2')
  expect((await here.saveArchive(OPTIONS, {})).notes).toEqual([])
})

test('a corrupt archive leaves the project as it was', async () => {
  const there = await openProjectStore({ name: THERE })
  await there.putPatch(patchRecordFixture({ id: 'mine' }), pixelsFixture())
  const before = await digest(await save(there))
  const foldersBefore = await folders()
  const archive = await save(await filled())
  const whole = await bytesOf(archive)
  const flipped = whole.slice()
  flipped[Math.floor(whole.length / 3)]! ^= 0xff
  const same = (_name: string, content: Uint8Array) => content
  const bad: [string, Blob][] = [
    ['cut off', new Blob([whole.slice(0, whole.length - 200)])],
    ['one byte changed', new Blob([flipped])],
    ['a file is missing', await tampered(archive, (name, content) => (/masks/.test(name) ? null : content))],
    ['a file too many', await tampered(archive, same, [{ name: 'files/masks/x', input: 'x' }])],
    ['a path out of it', await tampered(archive, same, [{ name: 'files/../../x', input: 'x' }])],
  ]
  for (const [what, blob] of bad) {
    await expect(there.openArchive(blobInput('a.zip', blob), {}), what).rejects.toMatchObject({
      code: 'file-malformed',
    })
  }
  expect(
    await there.inspectArchive(
      blobInput('other.zip', await downloadZip([{ name: 'a.txt', input: 'x' }]).blob()),
    ),
  ).toBeNull()
  const abort = AbortSignal.abort()
  await expect(there.openArchive(blobInput('a.zip', archive), { signal: abort })).rejects.toMatchObject({
    code: 'aborted',
  })
  expect(await digest(await save(await openProjectStore({ name: THERE })))).toBe(before)
  expect(await folders()).toEqual(foldersBefore)
})

/** Of the project under test: an archive that was refused leaves none. */
async function folders(): Promise<string[]> {
  const names: string[] = []
  for await (const entry of (await navigator.storage.getDirectory()).keys()) names.push(entry)
  return names.filter(entry => entry.startsWith(`${THERE}.`)).sort()
}

test('an archive of an earlier version opens: the history is the truth, what only its list of verdicts knew is logged', async () => {
  const earlier = blobInput('earlier.zip', await (await fetch(earlierArchive)).blob())
  const there = await openProjectStore({ name: THERE })
  expect(await there.inspectArchive(earlier)).toMatchObject({ name: 'Earlier version', steps: 2 })
  await there.openArchive(earlier, {})
  const opened = await openProjectStore({ name: THERE })
  const history = await opened.history()
  expect(history.map(({ kind }) => kind)).toEqual(['stroke', 'verdict'])
  expect(currentVerdicts(history)).toMatchObject({
    [ID]: { id: 'standing', kind: 'accepted', threshold: 0.6 },
  })
  const log = await opened.auditLog()
  expect(log.map(({ kind, verdictId }) => [kind, verdictId])).toEqual([
    ['verdict', 'undone'],
    ['undo', 'undone'],
    ['verdict', 'standing'],
    ['verdict', 'lost'],
  ])
  expect(log[3]).toMatchObject({ at: '2024-05-01T12:00:01.000Z', verdict: 'corrected', modelIds: ['a', 'b'] })
  // Saved from here it is an archive of this version, and opens as well.
  const again = await save(opened)
  await opened.openArchive(blobInput('again.zip', again), {})
  expect(await (await openProjectStore({ name: THERE })).auditLog()).toEqual(log)
})

test('an archive of the first version that wrote any opens whole: rasters, history, round, models, the unfinished round', async () => {
  const archive = blobInput('first.zip', await (await fetch(firstArchive)).blob())
  const store = await openProjectStore({ name: THERE })
  const summary = { name: 'First version', patches: 2, verdicts: 1, steps: 2, rounds: 1, models: 1 }
  expect(await store.inspectArchive(archive)).toMatchObject(summary)
  await store.openArchive(archive, {})
  const check = async () => {
    const opened = await openProjectStore({ name: THERE })
    expect(await opened.project()).toMatchObject({ threshold: 0.6, baseRoundId: 'round-1' })
    expect(
      (await opened.patches()).map(({ id, problems }) => [id, problems.map(({ reason }) => reason)]),
    ).toEqual([
      [ID, ['value-scale']],
      ['image_2-ff', []],
    ])
    expect(await opened.readPixels(ID)).toEqual(pixelsFixture())
    expect(await opened.readPixels('image_2-ff')).toEqual({ ...pixelsFixture(), label: null })
    expect(await opened.readMask('image_2-ff')).toEqual(Uint8Array.of(0, 1, 1, 0, 0, 255))
    expect(await opened.readProbability('image_2-ff', 'ensemble')).toEqual(
      Float32Array.of(0, 0.25, 0.5, 0.75, 1, Number.NaN),
    )
    const history = await opened.history()
    expect(history.map(({ kind }) => kind)).toEqual(['stroke', 'verdict'])
    expect(currentVerdicts(history)['image_2-ff']).toMatchObject({ kind: 'accepted', roundId: 'round-1' })
    const config = { targetStatistics: 'self', crossSensor: true }
    expect(await opened.rounds()).toMatchObject([
      { id: 'round-1', config, networks: [{ family: 'segformer' }] },
    ])
    expect(await opened.unfinishedRound()).toMatchObject({ id: 'round-2', config, saved: { step: 1 } })
    expect(await opened.readCheckpoint('round-2', 'segformer')).toEqual(Uint8Array.of(9, 9))
    expect(Object.keys((await opened.readModel('round-1-segformer'))!).sort()).toEqual([
      'manifest.json',
      'weights.safetensors',
    ])
    expect(await opened.importedModels()).toMatchObject([{ id: 'mine' }])
    expect(await opened.auditLog()).toMatchObject([{ kind: 'verdict', reviewer: null }])
    return opened
  }
  const again = await save(await check())
  await store.openArchive(blobInput('again.zip', again), {})
  await check()
})

test('an archive whose records lie is refused, whatever its hashes say', async () => {
  const there = await openProjectStore({ name: THERE })
  const archive = await save(await filled())
  const rewrite = (name: string, edit: (text: string) => string) =>
    forged(archive, files => editText(files, name, edit))
  const cases = [
    await rewrite('records/patches.json', text => text.replace('"width":3', '"width":4')),
    await rewrite('records/patches.json', text => text.replace('"width":3', '"width":"wide"')),
    await rewrite('records/project.json', () => '[]'),
    await rewrite('records/history.json', text => text.replace('$uint32', 'uint32')),
  ]
  for (const blob of cases) {
    await expect(there.openArchive(blobInput('a.zip', blob), {})).rejects.toMatchObject({
      code: 'file-malformed',
    })
  }
  expect(await there.patches()).toEqual([])
})

test('changes that are not on disk are in the archive', async () => {
  const here = await filled()
  const mask = Uint8Array.of(1, 1, 1, 1, 1, 1)
  const unsaved: StoreCall[] = [
    { method: 'putHistory', args: [[strokeFixture({ sequence: 3, undone: false })]] },
    { method: 'writeMask', args: [ID, mask, 3] },
    { method: 'putHistory', args: [[verdictStep(4, verdictFixture({ id: 'late' }))]] },
    { method: 'removeHistory', args: [[2]] },
    { method: 'updateProject', args: [{ threshold: 0.3 }] },
    { method: 'putPointAudit', args: [pointAuditFixture({ answers: {} })] },
    { method: 'putPointAudit', args: [pointAuditFixture({ id: 'audit-2' })] },
    { method: 'putPointAudit', args: [pointAuditFixture({ id: 'audit-3' })] },
    { method: 'removePointAudit', args: ['audit-3'] },
  ]
  const { blob } = await here.saveArchive({ ...OPTIONS, unsaved }, {})
  await (await openProjectStore({ name: THERE })).openArchive(blobInput('a.zip', blob), {})
  const there = await openProjectStore({ name: THERE })
  expect(await there.readMask(ID)).toEqual(mask)
  expect((await there.history()).map(({ sequence }) => sequence)).toEqual([1, 3, 4])
  expect(currentVerdicts(await there.history())[ID]?.id).toBe('late')
  expect((await there.project()).threshold).toBe(0.3)
  expect(await there.pointAudits()).toEqual([
    pointAuditFixture({ answers: {} }),
    pointAuditFixture({ id: 'audit-2' }),
  ])
})
