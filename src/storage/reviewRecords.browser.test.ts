import { expect, test } from 'vitest'
import type { AuditEntry } from '../core/review/auditLog'
import { pointAuditFixture } from '../core/review/records.testing'
import { openProjectStore } from './openProjectStore'

const entry = (detail: string): AuditEntry => ({
  at: '2026-01-01T00:00:00.000Z',
  kind: 'verdict',
  patchId: 't1',
  verdict: 'accepted',
  verdictId: 'v1',
  supersedes: null,
  threshold: 0.5,
  roundId: null,
  modelIds: ['m'],
  maskHash: 'ff',
  reviewer: null,
  detail,
})

test('the log keeps what is added in its order, for whoever opens the project next', async () => {
  const store = await openProjectStore({ name: 'scarp-audit-test' })
  await store.clear()
  await store.appendAudit([entry('first'), entry('second')])
  await store.appendAudit([entry('third')])
  const again = await openProjectStore({ name: 'scarp-audit-test' })
  expect(await again.auditLog()).toEqual([entry('first'), entry('second'), entry('third')])
  await expect(again.appendAudit([entry('fourth'), { ...entry('bad'), threshold: 7 }])).rejects.toMatchObject(
    {
      code: 'storage-failed',
      message: expect.stringMatching(/^The record of log entry \S+ is damaged \(threshold: /),
    },
  )
  expect(await again.auditLog()).toHaveLength(3)
  await again.clear()
})

test('a point audit keeps its draw whatever is answered, and goes when it is removed', async () => {
  const store = await openProjectStore({ name: 'scarp-audit-test' })
  await store.clear()
  const audit = pointAuditFixture()
  await store.putPointAudit(audit)
  await store.putPointAudit(pointAuditFixture({ id: 'earlier', at: '2024-05-01T00:00:00.000Z' }))
  const answered = { ...audit, name: 'Renamed', answers: { 2: { answer: 'landslide', at: '2024' } as const } }
  await store.putPointAudit(answered)
  const again = await openProjectStore({ name: 'scarp-audit-test' })
  expect((await again.pointAudits()).map(({ id }) => id)).toEqual(['earlier', 'audit-1'])
  expect((await again.pointAudits())[1]).toEqual(answered)
  for (const change of [
    { seed: 8 },
    { points: [audit.points[0]!] },
    { points: [audit.points[0]!, { ...audit.points[1]!, column: 1 }] },
    { strata: [{ ...audit.strata[0]!, pixels: 9 }, audit.strata[1]!] },
  ]) {
    await expect(again.putPointAudit({ ...audit, ...change, answers: {} })).rejects.toMatchObject({
      code: 'bad-argument',
    })
  }
  await expect(
    again.putPointAudit({ ...audit, answers: { 3: { answer: 'landslide', at: '2024' } } }),
  ).rejects.toMatchObject({ code: 'storage-failed', message: expect.stringContaining('answers: of a point') })
  expect((await again.pointAudits())[1]).toEqual(answered)
  await again.removePointAudit('audit-1')
  await again.removePointAudit('audit-1')
  expect((await again.pointAudits()).map(({ id }) => id)).toEqual(['earlier'])
  await again.clear()
  expect(await again.pointAudits()).toEqual([])
})
