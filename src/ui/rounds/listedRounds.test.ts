import { expect, test } from 'vitest'
import { listedRounds } from './listedRounds'

const rounds = Array.from({ length: 3000 }, (_, index) => ({ id: `round-${index + 1}` }))
const ids = (count: number, inUse?: string) => listedRounds(rounds, count, inUse).map(({ id }) => id)

test('of thousands of rounds the latest are listed, and the one in use', () => {
  expect(ids(2)).toEqual(['round-3000', 'round-2999'])
  expect(ids(2, 'round-2999')).toEqual(['round-3000', 'round-2999'])
  expect(ids(2, 'round-7')).toEqual(['round-3000', 'round-2999', 'round-7'])
})

test('few rounds are all listed', () => {
  expect(listedRounds(rounds.slice(0, 2), 30, 'round-1').map(({ id }) => id)).toEqual(['round-2', 'round-1'])
  expect(ids(4000)).toHaveLength(3000)
})
