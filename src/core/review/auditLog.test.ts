import { expect, test } from 'vitest'
import { type AuditEntry, auditCsv, auditLines } from './auditLog'

const entry: AuditEntry = {
  detail: 'fresh, "steep" scar',
  at: '2026-01-01T00:00:00.000Z',
  kind: 'verdict',
  patchId: 't1',
  verdict: 'accepted',
  verdictId: 'v1',
  supersedes: null,
  threshold: 0.5,
  roundId: null,
  modelIds: ['a', 'b'],
  maskHash: 'ff',
}

test('CSV quotes what would break a row, and disarms what a spreadsheet would run', () => {
  const [header, row, formula, end] = auditCsv([entry, { ...entry, detail: '=1+1' }]).split('\r\n')
  expect(header).toBe(
    'at,kind,patchId,verdict,verdictId,supersedes,threshold,roundId,modelIds,maskHash,detail',
  )
  expect(row).toBe('2026-01-01T00:00:00.000Z,verdict,t1,accepted,v1,,0.5,,a b,ff,"fresh, ""steep"" scar"')
  expect(formula?.endsWith(",'=1+1")).toBe(true)
  expect(end).toBe('')
})

test('JSON Lines hold each entry whole, its keys in one order', () => {
  const [line, end] = auditLines([entry]).split('\n')
  expect(JSON.parse(line ?? '')).toEqual(entry)
  expect(line?.startsWith('{"at":')).toBe(true)
  expect(end).toBe('')
})
