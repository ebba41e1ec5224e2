import { expect, test } from 'vitest'
import type { Verdict } from './verdict'
import { verdictsInForce } from './verdictsInForce'

const verdict = (id: string, patchId: string): Verdict => ({
  id,
  patchId,
  kind: 'accepted',
  threshold: 0.7,
  roundId: null,
  modelIds: [],
  maskHash: '',
  at: '2026-01-01T00:00:00.000Z',
})

test('the last step that stands decides; undone and withdrawn verdicts are out', () => {
  const [first, second, other] = [verdict('1', 'a'), verdict('2', 'a'), verdict('3', 'b')]
  const steps = [
    { patchId: 'a', undone: false, verdictAfter: first },
    { patchId: 'b', undone: false, verdictAfter: other },
    { patchId: 'a', undone: false, verdictAfter: second },
    { patchId: 'a', undone: false },
  ]
  expect(verdictsInForce(steps)).toEqual({ a: second, b: other })
  steps[2]!.undone = true
  expect(verdictsInForce(steps)).toEqual({ a: first, b: other })
  expect(verdictsInForce([...steps, { patchId: 'b', undone: false, verdictAfter: null }] as never)).toEqual({
    a: first,
  })
})
