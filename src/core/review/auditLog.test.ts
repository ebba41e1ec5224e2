import { expect, test } from 'vitest'
import { type AuditEntry, auditCsv, auditLines, auditOfUnusedVerdicts, editText } from './auditLog'
import { verdictFixture } from './records.testing'
import type { Verdict } from './verdict'

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
  reviewer: null,
}

test('CSV quotes what would break a row, and disarms what a spreadsheet would run', () => {
  const [header, row, formula, end] = auditCsv([entry, { ...entry, detail: '=1+1' }]).split('\r\n')
  expect(header).toBe(
    'at,kind,patchId,verdict,verdictId,supersedes,threshold,roundId,modelIds,maskHash,reviewer,detail',
  )
  expect(row).toBe('2026-01-01T00:00:00.000Z,verdict,t1,accepted,v1,,0.5,,a b,ff,,"fresh, ""steep"" scar"')
  expect(formula?.endsWith(",'=1+1")).toBe(true)
  expect(end).toBe('')
})

test.each([
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@sum', "'@sum"],
  ['\tx', "'\tx"],
  ['\rx', `"'\rx"`],
  ['1=1', '1=1'],
  ['a,b', '"a,b"'],
  ['a\nb', '"a\nb"'],
  ['', ''],
])('%j is the CSV cell %j', (detail, cell) => {
  expect(auditCsv([{ ...entry, detail }])).toContain(`,ff,,${cell}\r\n`)
})

test('JSON Lines hold each entry whole, its keys in one order', () => {
  const [line, again, end] = auditLines([entry, entry]).split('\n')
  expect(again).toBe(line)
  expect(Object.keys(JSON.parse(line ?? ''))).toEqual(auditCsv([]).trim().split(','))
  expect(JSON.parse(line ?? '')).toEqual(entry)
  expect(line?.startsWith('{"at":')).toBe(true)
  expect(end).toBe('')
})

test('an edit is counted by the class that pixels were set to', () => {
  const diff = {
    start: Uint32Array.of(0, 5, 9),
    length: Uint32Array.of(2, 1, 3),
    before: Uint8Array.of(0, 1, 1),
    after: Uint8Array.of(1, 0, 255),
  }
  expect(editText(diff, 7)).toBe('Edited 6 pixels: 2 to landslide, 1 to background, 3 to ignore (step 7)')
})

test('verdicts that neither a standing step nor the log holds become entries that say so', () => {
  const verdict = (id: string, change: Partial<Verdict> = {}) => verdictFixture({ id, ...change })
  const [first, second, undone, lost] = [
    verdict('first'),
    verdict('second'),
    verdict('undone', { kind: 'label-corrected', agreement: { kept: 1, added: 2, removed: 3, pixels: 9 } }),
    verdict('lost', { kind: 'unsure', threshold: 0.3, note: 'cloud' }),
  ]
  const { patchId } = first
  const history = [
    { patchId, undone: false, verdictBefore: null, verdictAfter: first },
    { patchId, undone: false, verdictBefore: first, verdictAfter: second },
    { patchId, undone: true, verdictBefore: second, verdictAfter: undone },
  ]
  const given = [first, second, undone, lost, verdict('v1')]
  const entries = auditOfUnusedVerdicts(given, history, [entry])
  expect(entries.map(({ verdictId }) => verdictId)).toEqual(['undone', 'lost'])
  expect(entries[0]?.detail).toBe(
    'Label corrected, not current: taken back, or not saved with a step; landslide pixels kept 1, added 2, removed 3 of 9',
  )
  expect(entries[1]).toEqual({
    ...{ at: lost.at, kind: 'verdict', patchId, verdict: 'unsure', verdictId: 'lost', supersedes: null },
    ...{ threshold: 0.3, roundId: null, modelIds: ['starter'], maskHash: 'ff', reviewer: null },
    detail: 'Unsure, not current: taken back, or not saved with a step; note: cloud',
  })
  expect(auditOfUnusedVerdicts(given, history, [entry, ...entries])).toEqual([])
})
