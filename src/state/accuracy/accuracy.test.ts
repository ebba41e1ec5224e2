import { expect, test } from 'vitest'
import { eventually } from '../../core/foundation/eventually.testing'
import { pointAuditFixture } from '../../core/review/records.testing'
import { isAvailable, whyOff } from '../command'
import { commandById } from '../commandList'
import { paneState } from '../layers/panes'
import { selectLandslideAt } from '../review/landslides'
import { openProject } from '../session/openProject'
import { commandAt } from '../shell/keymap'
import { searchStudio } from '../shell/palette'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { deleteAudit, duplicateAudit, enterAudit, leaveAudit, lookAtPoint, renameAudit } from './actions'
import { answerPoint, goToPoint, redoAnswer, undoAnswer, writePointNote } from './answers'
import { beginPointAudit, countMap, expectedPrecision } from './draw'
import { accuracyNow, auditablePatches, isAuditing, markedPixel, pointsAgainstMap } from './selectors'

/** Three points on three of the four patches. */
const audit = () =>
  pointAuditFixture({
    reviewer: null,
    strata: [
      { stratum: 'landslide', pixels: 100, area: null },
      { stratum: 'not-landslide', pixels: 156, area: null },
    ],
    points: [
      { number: 1, patchId: 't2', column: 1, row: 2, stratum: 'not-landslide', mapped: false },
      { number: 2, patchId: 't1', column: 7, row: 0, stratum: 'landslide', mapped: true },
      { number: 3, patchId: 't3', column: 5, row: 5, stratum: 'landslide', mapped: true },
    ],
    answers: {},
  })

const predicted = (id: string) => patchRecord(id, { predictedBy: ['a', 'b'] })

function diskWith(...pointAudits: ReturnType<typeof audit>[]): Disk {
  return { ...emptyDisk(['t1', 't2', 't3', 't4'].map(predicted)), pointAudits }
}

/** A studio with the files worker's calls answered by `answer`. */
async function opened(disk: Disk, answer: (method: string, request: never) => unknown = () => undefined) {
  const studio = openStudio(disk)
  const call = studio.files.call
  studio.files.call = (async (method: string, request: never, options: never) =>
    answer(method, request) ?? call(method as never, request, options)) as never
  await openProject(studio)
  return studio
}

const accuracy = (studio: Studio) => studio.store.getState().accuracy

test('points are answered one by one, on disk as they are, and the end shows what came of them', async () => {
  const disk = diskWith(audit())
  const studio = await opened(disk)
  enterAudit(studio, 'audit-1')
  expect(studio.store.getState().view.selectedId).toBe('t2')
  expect(markedPixel(studio.store.getState())).toMatchObject({ column: 1, row: 2 })
  answerPoint(studio, 'landslide')
  expect(accuracy(studio).point).toBe(2)
  expect(studio.store.getState().view.selectedId).toBe('t1')
  await studio.writes.settled()
  expect(disk.pointAudits![0]!.answers).toEqual({
    1: { answer: 'landslide', at: '2026-01-01T00:00:00.000Z' },
  })
  writePointNote(studio, ' in shadow ')
  answerPoint(studio, 'cannot-tell')
  expect(accuracy(studio).note).toBe('')
  answerPoint(studio, 'not-landslide')
  expect(studio.store.getState().shell.dialog).toBe('audit-summary')
  expect(accuracy(studio).askedId).toBe('audit-1')
  await studio.writes.settled()
  expect(disk.pointAudits![0]!.answers[2]).toMatchObject({ answer: 'cannot-tell', note: 'in shadow' })
  expect(disk.audit!.map(({ kind, detail }) => [kind, detail])).toEqual([
    ['point-audit', 'First audit: all 3 points answered, cannot tell 1'],
  ])
  // An answer that is changed afterwards ends nothing again.
  goToPoint(studio, 1)
  answerPoint(studio, 'not-landslide')
  await studio.writes.settled()
  expect(disk.audit).toHaveLength(1)
  studio.close()
})

test('undo takes back answers and what they replaced, over a reload too; redo brings them again', async () => {
  const disk = diskWith(audit())
  const studio = await opened(disk)
  let minute = 0
  studio.now = () => new Date(Date.UTC(2026, 0, 1, 0, minute++))
  enterAudit(studio, 'audit-1')
  answerPoint(studio, 'landslide')
  writePointNote(studio, 'first')
  answerPoint(studio, 'landslide')
  goToPoint(studio, 2)
  expect(accuracy(studio).note).toBe('first')
  writePointNote(studio, 'second')
  answerPoint(studio, 'cannot-tell')
  const answers = () => accuracy(studio).list[0]!.answers
  expect(answers()[2]).toMatchObject({ answer: 'cannot-tell', note: 'second' })
  undoAnswer(studio)
  expect(answers()[2]).toMatchObject({ answer: 'landslide', note: 'first' })
  expect(accuracy(studio)).toMatchObject({ point: 2, note: 'first' })
  redoAnswer(studio)
  expect(answers()[2]).toMatchObject({ answer: 'cannot-tell', note: 'second' })
  undoAnswer(studio)
  undoAnswer(studio)
  expect(Object.keys(answers())).toEqual(['1'])
  answerPoint(studio, 'not-landslide')
  expect(accuracy(studio).undone).toEqual([])
  await studio.writes.settled()
  studio.close()

  const again = await opened(disk, method => (method === 'mapAtPoints' ? { classes: [0, 1, 1] } : undefined))
  expect(isAuditing(again.store.getState())).toBe(true)
  await eventually(() => expect(accuracy(again).mapped).toMatchObject({ auditId: 'audit-1' }))
  expect(accuracy(again)).toMatchObject({ openId: 'audit-1', point: 3 })
  expect(again.store.getState().view.selectedId).toBe('t3')
  undoAnswer(again)
  expect(Object.keys(accuracy(again).list[0]!.answers)).toEqual(['1'])
  expect(accuracy(again).point).toBe(2)
  await again.writes.settled()
  expect(Object.keys(disk.pointAudits![0]!.answers)).toEqual(['1'])
  again.close()
})

test('a note that is written after the answer is kept with it when another point is gone to', async () => {
  const disk = diskWith(audit())
  const studio = await opened(disk)
  enterAudit(studio, 'audit-1')
  answerPoint(studio, 'landslide')
  goToPoint(studio, 1)
  writePointNote(studio, 'a road?')
  goToPoint(studio, 3)
  expect(accuracy(studio).list[0]!.answers).toMatchObject({ 1: { answer: 'landslide', note: 'a road?' } })
  goToPoint(studio, 1)
  leaveAudit(studio)
  enterAudit(studio, 'audit-1')
  goToPoint(studio, 1)
  expect(accuracy(studio).note).toBe('a road?')
  studio.close()
})

test('while an audit is open nothing shows or changes the map, and its keys are its own', async () => {
  const studio = await opened(diskWith(audit()))
  const state = () => studio.store.getState()
  const can = (id: string) => isAvailable(state(), commandById(id))
  expect([can('toggle-mask'), can('accept'), can('mode-map')]).toEqual([true, true, true])
  expect([can('answer-landslide'), commandAt({}, 'n')?.id]).toEqual([false, 'note'])
  expect(whyOff(state(), commandById('answer-landslide'))).toBe('No audit is open.')
  enterAudit(studio, 'audit-1')
  const off = [
    ...[
      'toggle-mask',
      'toggle-probability',
      'next-overlay',
      'accept',
      'note',
      'mode-map',
      'mode-sheet',
      'brush',
    ],
    ...['next-landslide', 'run-ensemble', 'threshold-up', 'minimap', 'audit-log', 'export', 'next-patch'],
  ]
  expect(off.filter(can)).toEqual([])
  expect(whyOff(state(), commandById('toggle-mask'))).toBe('Leave the audit first: it hides the map.')
  await eventually(() => expect(state().view.loading).toBe(false))
  expect(await selectLandslideAt(studio, { column: 7, row: 0 }, { bring: false })).toBe(false)
  const on = ['answer-landslide', 'base-swir', 'reset-stretch', 'zoom-in', 'mode-swipe', 'inspect', 'palette']
  expect(on.filter(id => commandById(id).where === undefined)).toEqual([])
  expect(['l', 'n', 'u', 'Backspace'].map(key => commandAt({}, key, true)?.id)).toEqual([
    'answer-landslide',
    'answer-not-landslide',
    'answer-cannot-tell',
    'previous-point',
  ])
  expect(searchStudio(state(), 't1').filter(({ kind }) => kind === 'patch')).toEqual([])
  for (const pane of ['first', 'second'] as const)
    expect(paneState(state(), pane).layers).toMatchObject({ showMask: false, showProbability: false })
  // Something else selects a patch: the point stays.
  await selectPatch(studio, 't4')
  expect(state().view.selectedId).toBe('t2')
  leaveAudit(studio)
  expect(paneState(state(), 'first').layers.showMask).toBe(true)
  expect(searchStudio(state(), 't1').filter(({ kind }) => kind === 'patch')).toHaveLength(1)
  studio.close()
})

test('figures are of the map as it is now, and say where it changed or is gone', async () => {
  const answered = pointAuditFixture({
    ...audit(),
    answers: Object.fromEntries(
      [1, 2, 3].map(number => [number, { answer: 'landslide' as const, at: '2026' }]),
    ),
  })
  let classes: (0 | 1 | null)[] = [0, 1, 1]
  const studio = await opened(diskWith(answered), method =>
    method === 'mapAtPoints' ? { classes } : undefined,
  )
  enterAudit(studio, 'audit-1')
  const state = () => studio.store.getState()
  await eventually(() => expect(accuracyNow(state(), answered)).not.toBeNull())
  expect(accuracyNow(state(), answered)).toMatchObject({ counted: 3, users: { value: 1 } })
  const numbers = () =>
    Object.values(pointsAgainstMap(state(), answered)).map(list => list.map(({ number }) => number))
  expect(numbers()).toEqual([[1], [], []])
  classes = [1, 0, null]
  studio.store.change({ review: { threshold: 0.9 } })
  await eventually(() => expect(numbers()).toEqual([[2], [1, 2], [3]]))
  studio.close()
})

test('an audit is drawn from what was counted, kept and begun', async () => {
  const disk = diskWith()
  const patches = ['t1', 't2'].map(patchId => ({
    patchId,
    strata: { landslide: 20, 'not-landslide': 40, disagreement: 4 },
    landslides: 22,
    pixelArea: 100,
  }))
  const asked: unknown[] = []
  const studio = await opened(disk, (method, request) => {
    if (method === 'countAudited') return { patches, missing: [], sharedPixels: 0 }
    if (method !== 'drawAudited') return undefined
    asked.push(request)
    return { points: audit().points }
  })
  const ids = auditablePatches(studio.store.getState()).map(({ id }) => id)
  expect(ids).toEqual(['t1', 't2', 't3', 't4'])
  const signal = new AbortController().signal
  await countMap(studio, { patchIds: ids, disagreementFrom: 0.4 }, { signal, onProgress: () => undefined })
  await beginPointAudit(studio, { name: 'A', size: 30, precision: 0.1, seed: 5 })
  expect(asked).toMatchObject([{ seed: 5, threshold: 0.5, disagreementFrom: 0.4 }])
  expect(isAuditing(studio.store.getState())).toBe(true)
  await studio.writes.settled()
  expect(disk.pointAudits).toMatchObject([
    {
      ...{ name: 'A', seed: 5, precision: 0.1, disagreementFrom: 0.4, answers: {} },
      mapped: { pixels: 44, area: 4400 },
      strata: [
        { stratum: 'landslide', pixels: 40, area: 4000 },
        { stratum: 'not-landslide', pixels: 80, area: 8000 },
        { stratum: 'disagreement', pixels: 8, area: 800 },
      ],
    },
  ])
  expect(disk.audit!.at(-1)).toMatchObject({
    kind: 'point-audit',
    detail: expect.stringMatching(/3 points drawn, seed 5/),
  })
  studio.close()
})

test('audits are renamed, begun again by a second reviewer, and deleted; their points open with the map', async () => {
  const first = pointAuditFixture({ ...audit(), answers: { 1: { answer: 'landslide', at: '2026' } } })
  const disk = diskWith(first)
  const studio = await opened(disk)
  renameAudit(studio, 'audit-1', '  Valley ')
  const copy = duplicateAudit(studio, 'audit-1', 'B. Second')!
  expect(copy).toMatchObject({ name: 'Valley, B. Second', reviewer: 'B. Second', answers: {} })
  expect(copy.points).toEqual(first.points)
  enterAudit(studio, 'audit-1')
  await lookAtPoint(studio, 'audit-1', 3)
  expect(isAuditing(studio.store.getState())).toBe(false)
  expect(markedPixel(studio.store.getState())).toMatchObject({ patchId: 't3', column: 5, row: 5 })
  enterAudit(studio, 'audit-1')
  deleteAudit(studio, 'audit-1')
  expect(isAuditing(studio.store.getState())).toBe(false)
  await studio.writes.settled()
  expect(disk.pointAudits!.map(({ name }) => name)).toEqual(['Valley, B. Second'])
  expect(disk.audit!.map(({ detail }) => detail)).toEqual([
    'First audit: renamed Valley',
    'Valley, B. Second: the points of Valley again',
    'Valley: deleted with its answers',
  ])
  studio.close()
})

test('a read-only tab answers nothing, and a point whose patch is gone is passed over', async () => {
  const disk = diskWith(audit())
  disk.patches = disk.patches.filter(({ id }) => id !== 't2')
  const studio = await opened(disk)
  enterAudit(studio, 'audit-1')
  expect(accuracy(studio).point).toBe(2)
  goToPoint(studio, 1)
  expect(isAvailable(studio.store.getState(), commandById('answer-landslide'))).toBe(false)
  goToPoint(studio, 2)
  studio.store.change({ session: { access: 'read-only' } })
  expect(isAvailable(studio.store.getState(), commandById('answer-landslide'))).toBe(false)
  answerPoint(studio, 'landslide')
  expect(accuracy(studio).list[0]!.answers).toEqual({})
  studio.close()
})

test('the expected width is the inverse of the sample size', async () => {
  const { sampleSize } = await import('../../core/review/auditDesign')
  const pixels = { landslide: 2_000, 'not-landslide': 90_000, disagreement: 8_000 }
  for (const precision of [0.01, 0.03, 0.1]) {
    const size = sampleSize(pixels, precision)
    expect(expectedPrecision(pixels, size)).toBeLessThanOrEqual(precision)
    expect(expectedPrecision(pixels, size - 1)).toBeGreaterThan(precision)
  }
})
