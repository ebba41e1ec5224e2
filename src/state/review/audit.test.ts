import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { eventually } from '../../core/foundation/eventually.testing'
import { roundFixture } from '../../core/review/records.testing'
import { beginStroke } from '../edit/tools'
import { runEnsemble, startEngine } from '../models/predict'
import { drawAudit } from '../patches/actions'
import { exportProject } from '../patches/exportMasks'
import { importFiles } from '../patches/files'
import { resumeRound, startRound } from '../rounds/runRound'
import { joinSession } from '../session/joinSession'
import { openProject, reloadProject, reopenProject } from '../session/openProject'
import { tabHub } from '../session/tabs.testing'
import type { Studio } from '../studio'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { exportAudit } from './audit'
import { saveThreshold, setThreshold } from './threshold'
import { redo, undo } from './undoRedo'
import { bulkAccept, clearVerdict, giveVerdict, reacceptMasks } from './verdicts'

async function opened(
  disk = emptyDisk([patchRecord('t1'), patchRecord('t2')]),
  engineCall?: Parameters<typeof openStudio>[1],
) {
  const studio = openStudio(disk, engineCall)
  await openProject(studio)
  studio.store.change({ review: { autoAdvance: false } })
  const kinds = async () => {
    await studio.writes.settled()
    return (disk.audit ?? []).map(entry => entry.kind)
  }
  return { disk, studio, kinds }
}

function paint(studio: Studio): void {
  studio.store.change({ edit: { tool: 'brush', brushRadius: 0.5 } })
  const stroke = beginStroke(studio)
  stroke?.moveTo({ column: 0.5, row: 0.5 })
  stroke?.finish()
}

test('every verdict, its replacement, its undoing and its clearing is logged, and nothing is taken out', async () => {
  const { disk, studio, kinds } = await opened()
  await giveVerdict(studio, 'accepted')
  await giveVerdict(studio, 'rejected')
  await undo(studio)
  await redo(studio)
  await clearVerdict(studio)
  expect(await kinds()).toEqual(['verdict', 'verdict', 'undo', 'redo', 'verdict-cleared'])
  const [first, second] = disk.audit!
  expect(first).toMatchObject({ patchId: 't1', verdict: 'accepted', threshold: 0.5, supersedes: null })
  expect(second).toMatchObject({ verdict: 'rejected', supersedes: first!.verdictId })
  expect(second!.maskHash).toHaveLength(64)
  expect(second!.at).toBe('2026-01-01T00:00:00.000Z')
})

test('a bulk accept logs each patch, and a settled threshold is logged once', async () => {
  const { studio, kinds } = await opened()
  await bulkAccept(studio, ['t1', 't2'])
  for (const threshold of [0.6, 0.7, 0.8]) setThreshold(studio, threshold)
  await new Promise(resolve => setTimeout(resolve, 250))
  expect(await kinds()).toEqual(['bulk-accept', 'bulk-accept', 'threshold'])
})

test('a stroke is logged with what it changed, and stays there when it is undone and replaced', async () => {
  const { disk, studio, kinds } = await opened()
  paint(studio)
  await undo(studio)
  paint(studio)
  expect(await kinds()).toEqual(['edit', 'undo', 'edit'])
  expect(disk.audit!.map(({ patchId, detail }) => `${patchId}: ${detail}`)).toEqual([
    't1: Edited 1 pixel: 1 to landslide (step 1)',
    't1: Took back an edit (step 1)',
    't1: Edited 1 pixel: 1 to landslide (step 2)',
  ])
})

test('painting over a verdict is logged as what withdrew it, and a later undo of the stroke as an edit', async () => {
  const { disk, studio, kinds } = await opened()
  await giveVerdict(studio, 'accepted')
  paint(studio)
  await undo(studio)
  expect(await kinds()).toEqual(['verdict', 'edit', 'verdict-withdrawn', 'undo'])
  const [given, , withdrawn, undone] = disk.audit!
  expect(withdrawn).toMatchObject({ patchId: 't1', verdictId: given!.verdictId, verdict: 'accepted' })
  expect(withdrawn!.detail).toBe('Accepted withdrawn by an edit')
  expect(undone).toMatchObject({ verdictId: given!.verdictId, detail: 'Took back an edit (step 2)' })
})

test('a bulk undo logs each patch; accepting again under another threshold says so', async () => {
  const { disk, studio, kinds } = await opened()
  await bulkAccept(studio, ['t1', 't2'])
  await undo(studio)
  await redo(studio)
  setThreshold(studio, 0.75)
  saveThreshold(studio)
  await reacceptMasks(studio, ['t1'])
  expect(await kinds()).toEqual([
    ...['bulk-accept', 'bulk-accept', 'undo', 'undo', 'redo', 'redo', 'threshold', 're-accept'],
  ])
  expect(disk.audit!.at(-1)).toMatchObject({ patchId: 't1', threshold: 0.75 })
  expect(disk.audit!.at(-1)!.detail).toBe('Accepted, was accepted, one of many at once')
})

test('no entry reaches the disk before the step that it tells of', async () => {
  const { disk, studio } = await opened()
  await bulkAccept(studio, ['t2'])
  const early: string[] = []
  const { appendAudit } = studio.storage
  studio.storage.appendAudit = async entries => {
    for (const { kind, verdictId } of entries) {
      const steps = [...disk.history.values()]
      const told =
        kind === 'undo'
          ? steps.some(step => step.undone)
          : kind === 'verdict-withdrawn'
            ? steps.some(step => step.verdictAfter === null)
            : kind === 'edit'
              ? steps.some(step => step.kind === 'stroke')
              : steps.some(step => step.verdictAfter?.id === verdictId)
      if (!told) early.push(kind)
    }
    await appendAudit(entries)
  }
  await giveVerdict(studio, 'accepted')
  paint(studio)
  await undo(studio)
  await bulkAccept(studio, ['t1'])
  await studio.writes.settled()
  expect(disk.audit!.map(({ kind }) => kind)).toEqual([
    ...['bulk-accept', 'verdict', 'edit', 'verdict-withdrawn', 'undo'],
  ])
  expect(early).toEqual([])
})

test('a tab that only follows logs nothing: the one that acts does', async () => {
  const { disk, studio, kinds } = await opened()
  const follower = openStudio(disk)
  await openProject(follower)
  follower.store.change({ session: { access: 'read-only' } })
  await giveVerdict(studio, 'accepted')
  await studio.writes.settled()
  await reloadProject(follower, 'all')
  expect(follower.store.getState().review.verdicts.t1?.kind).toBe('accepted')
  await giveVerdict(follower, 'rejected')
  drawAudit(follower, 7, 3)
  expect(follower.store.getState().session.pendingWrites).toBe(0)
  await follower.writes.settled()
  expect(await kinds()).toEqual(['verdict'])
})

test('rounds and predictions are logged where they run, once each', async () => {
  const models = [{ id: 'm', family: 'segformer', canPredict: true, current: true, source: 'starter' }]
  let failure: AppError | null = null
  const disk = emptyDisk([patchRecord('t1'), patchRecord('s2', { hasLabel: true, domain: 'source' })])
  const { studio, kinds } = await opened(disk, async method => {
    if (method === 'start') return { backend: 'webgpu', canTrain: true }
    if (method === 'models') return { models, damaged: [] }
    if (failure) throw failure
    if (method === 'predict') return { patchIds: ['t1'], maskThreshold: 0.5, normalisation: [] }
    return roundFixture({ id: 'r1', verdictIds: ['v'] })
  })
  await startEngine(studio)
  await runEnsemble(studio)
  await startRound(studio)
  failure = new AppError('paused', 'Paused.')
  disk.unfinished = { index: 2, curves: {}, finished: [], saved: null } as never
  await startRound(studio)
  await resumeRound(studio)
  failure = new AppError('aborted', 'Cancelled.')
  disk.unfinished = null
  await runEnsemble(studio)
  expect(await kinds()).toEqual([
    ...['prediction', 'round-started', 'round-finished', 'round-started', 'round-ended'],
    ...['round-started', 'round-ended', 'prediction'],
  ])
  const details = disk.audit!.map(({ detail }) => detail)
  expect(details[0]).toBe('Prediction ended; maps by m')
  expect(details[1]).toMatch(/^Round started: segformer.*, 60 steps, seed 1$/)
  expect(details[2]).toBe('Round 1 finished, 1 verdict')
  expect(details[5]).toBe('Round resumed')
  expect(disk.audit![2]).toMatchObject({ roundId: 'r1', modelIds: ['round-1-segformer'] })
})

test('a round that a hand-over pauses is logged as ended before the other tab gets the project', async () => {
  const disk = emptyDisk([patchRecord('t1'), patchRecord('s2', { hasLabel: true, domain: 'source' })])
  const hub = tabHub()
  let end = (_error: AppError) => {}
  const tab = async (id: string) => {
    const studio = openStudio(disk, async method => {
      if (method === 'start') return { backend: 'webgpu', canTrain: true }
      if (method === 'models') return { models: [], damaged: [] }
      if (method === 'pauseRound') end(new AppError('paused', 'Paused.'))
      if (method !== 'startRound') return null
      return new Promise((_, reject) => {
        end = reject
      })
    })
    await joinSession(studio, hub.tab(id), { joinMs: 40, answerMs: 60, forceMs: 40, handOverMs: 1000 })
    await openProject(studio)
    await startEngine(studio)
    return studio
  }
  const [first, second] = [await tab('first'), await tab('second')]
  const running = startRound(first)
  await eventually(() => expect(disk.audit).toHaveLength(1))
  second.session?.takeAnyway()
  await eventually(() => expect(hub.holder()).toBe('second'))
  expect(disk.audit?.map(({ kind }) => kind)).toEqual(['round-started', 'round-ended'])
  await running
  expect(first.store.getState().session).toMatchObject({
    access: 'read-only',
    pendingWrites: 0,
    unsaved: null,
  })
})

test('what ends because another project replaces this one is not logged into that one', async () => {
  let end = (_error: AppError) => {}
  const { studio, kinds } = await opened(
    emptyDisk([patchRecord('t1'), patchRecord('s2', { hasLabel: true, domain: 'source' })]),
    async method => {
      if (method === 'start') return { backend: 'webgpu', canTrain: true }
      if (method === 'models') return { models: [], damaged: [] }
      return new Promise((_, reject) => {
        end = reject
      })
    },
  )
  await startEngine(studio)
  const running = startRound(studio)
  await kinds()
  studio.files.restart = () => undefined
  studio.engine.restart = () => end(new AppError('worker-stopped', 'Stopped.'))
  await reopenProject(studio)
  await running
  expect(await kinds()).toEqual(['round-started'])
})

test('an import is logged with what it took and what it refused', async () => {
  const { disk, studio, kinds } = await opened()
  studio.files.call = (async (
    method: string,
    _request: unknown,
    options?: { onEvent(event: unknown): void },
  ) => {
    if (method !== 'import') return { width: 1, height: 1, rgba: new Uint8ClampedArray(4), range: [] }
    for (const path of ['a.h5', 'b.h5']) options?.onEvent({ kind: 'added', path, remarks: [] })
    options?.onEvent({ kind: 'refused', path: 'c.txt', code: 'file-unsupported', message: 'No.' })
    return {}
  }) as never
  await importFiles(studio, [{ path: 'a.h5', file: new Blob() }])
  expect(await kinds()).toEqual(['import'])
  expect(disk.audit![0]!.detail).toBe('2 patches added, 1 file refused')
})

test('an export is logged by the name of its file', async () => {
  const { disk, studio } = await opened()
  await giveVerdict(studio, 'accepted')
  const notes = ['Masks: 1 accepted.']
  studio.files.call = (async () => ({ fileName: 'masks.zip', blob: new Blob(), notes })) as never
  await exportProject(studio, {
    format: 'geotiff',
    scope: 'all',
    states: ['accepted'],
    includeProbability: false,
    includeDisagreement: false,
    mosaics: 'scene',
  })
  await studio.writes.settled()
  expect(disk.audit?.at(-1)).toMatchObject({
    kind: 'export',
    detail: 'masks.zip: 1 patch. Masks: 1 accepted.',
  })
})

test('the log goes out as a file', async () => {
  const { studio } = await opened()
  const files: [string, Blob][] = []
  studio.deliver = (name, blob) => files.push([name, blob])
  await selectPatch(studio, 't2')
  await giveVerdict(studio, 'unsure')
  await exportAudit(studio, 'csv')
  await exportAudit(studio, 'jsonl')
  expect(files.map(([name]) => name)).toEqual(['audit-log.csv', 'audit-log.jsonl'])
  expect(await files[0]![1].text()).toContain(',verdict,t2,unsure,')
  expect(JSON.parse(await files[1]![1].text())).toMatchObject({ patchId: 't2', verdict: 'unsure' })
})
