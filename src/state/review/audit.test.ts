import { expect, test } from 'vitest'
import { exportProject } from '../patches/files'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { selectPatch } from '../view/actions'
import { exportAudit } from './audit'
import { setThreshold } from './threshold'
import { redo, undo } from './undoRedo'
import { bulkAccept, clearVerdict, giveVerdict } from './verdicts'

async function opened() {
  const disk = emptyDisk([patchRecord('t1'), patchRecord('t2')])
  const studio = openStudio(disk)
  await openProject(studio)
  studio.store.change({ review: { autoAdvance: false } })
  const kinds = async () => {
    await studio.writes.settled()
    return (disk.audit ?? []).map(entry => entry.kind)
  }
  return { disk, studio, kinds }
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

test('a tab that only follows logs nothing: the one that acts does', async () => {
  const { studio, kinds } = await opened()
  studio.store.change({ session: { access: 'read-only' } })
  studio.store.change({
    review: { history: [{ sequence: 1, kind: 'verdict', patchId: 't1', undone: false }] },
  })
  expect(await kinds()).toEqual([])
})

test('rounds and imports are logged', async () => {
  const { studio, kinds } = await opened()
  const round = { kind: 'round' as const, progress: null, cancelling: false }
  const record = { id: 'r1', index: 1, at: 'now', networks: [], verdictIds: [], ensembleHeldOut: null }
  studio.store.change({ shell: { jobs: { round } } })
  studio.store.change({ rounds: { list: [record] as never } })
  studio.store.change({ shell: { jobs: {} } })
  studio.store.change({ shell: { jobs: { round } } })
  studio.store.change({ shell: { jobs: {} } })
  studio.store.change({ patches: { importOutcome: { added: 2, remarks: [], refused: [] } } })
  expect(await kinds()).toEqual(['round-started', 'round-finished', 'round-started', 'round-ended', 'import'])
})

test('an export is logged by the name of its file', async () => {
  const { disk, studio } = await opened()
  studio.files.call = (async () => ({ fileName: 'masks.zip', blob: new Blob(), notes: [] })) as never
  await exportProject(studio, { format: 'geotiff', scope: 'all', includeProbability: false })
  await studio.writes.settled()
  expect(disk.audit?.at(-1)).toMatchObject({ kind: 'export', detail: 'masks.zip: masks of 2 patches' })
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
