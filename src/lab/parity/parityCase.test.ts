import { expect, test } from 'vitest'
import { formulaValues } from './parityCase'

test('the generator gives the fixtures’ published test vector', () => {
  expect([...formulaValues('abc', [2, 2], -1, 1)]).toEqual(
    [0.08029437065124512, 0.3404896557331085, 0.460250586271286, -0.0819384753704071].map(Math.fround),
  )
})
