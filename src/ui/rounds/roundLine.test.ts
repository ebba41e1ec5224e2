import { expect, test } from 'vitest'
import { roundFixture } from '../../storage/recordFixtures'
import { describeRound, roundLine } from './roundLine'

const metrics = (f1: number | null) => ({ ...roundFixture().networks[0]!.heldOut!, f1 })
const parent = roundFixture({ ensembleHeldOut: metrics(0.517), heldOutPatchIds: ['h'] })

test('a line says score, change and pixels, and each only where it means something', () => {
  const round = roundFixture({ index: 2, ensembleHeldOut: metrics(0.504), heldOutPatchIds: ['h'] })
  const line = roundLine(round, parent)
  expect(line).toEqual({ f1: '0.504', change: '−0.013', changed: '3.0 %' })
  expect(describeRound(round, line, true)).toBe(
    'Round 2, in use, held-out F1 0.504, −0.013 against its parent, 3.0 % of target pixels changed, 1 network',
  )
  const elsewhere = roundFixture({ ensembleHeldOut: metrics(0.9), heldOutPatchIds: ['other'], target: null })
  expect(roundLine(elsewhere, parent)).toMatchObject({ change: null, changed: null })
  const unscored = roundFixture({ ensembleHeldOut: null })
  expect(describeRound(unscored, roundLine(unscored, null), false)).toContain('no held-out score')
})
