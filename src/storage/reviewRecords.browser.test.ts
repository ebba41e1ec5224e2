import { expect, test } from 'vitest'
import type { AuditEntry } from '../core/review/auditLog'
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
