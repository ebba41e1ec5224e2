import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { currentVerdicts, makesLabel, maskHash, type Verdict } from './verdict'

describe('mask hash', () => {
  test('equals SHA-256 of the bytes, also of a view into a larger buffer', async () => {
    const view = Uint8Array.of(9, 0, 1, 255, 9).subarray(1, 4)
    expect(await maskHash(view)).toBe(createHash('sha256').update(view).digest('hex'))
    expect(await maskHash(view)).not.toBe(await maskHash(Uint8Array.of(0, 0, 255)))
  })
})

test.each([
  ['accepted', true],
  ['corrected', true],
  ['label-corrected', true],
  ['rejected', false],
  ['unsure', false],
] as const)('a patch that is %s is learned from: %s', (kind, learned) => {
  expect(makesLabel({ kind })).toBe(learned)
})

describe('current verdicts', () => {
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
    expect(currentVerdicts(steps)).toEqual({ a: second, b: other })
    steps[2]!.undone = true
    expect(currentVerdicts(steps)).toEqual({ a: first, b: other })
    expect(currentVerdicts([...steps, { patchId: 'b', undone: false, verdictAfter: null }] as never)).toEqual(
      {
        a: first,
      },
    )
  })
})
