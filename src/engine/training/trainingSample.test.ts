import { expect, test } from 'vitest'
import { createSampler } from './trainingSample'

const ids = ['a', 'b', 'c', 'd', 'e']

test('every patch comes once per turn, and the order changes from turn to turn', () => {
  const sampler = createSampler(ids, 1, 'source')
  const turns = [0, 1, 2, 3].map(() => sampler.next(5))
  for (const turn of turns) expect([...turn].sort()).toEqual(ids)
  expect(new Set(turns.map(String)).size).toBeGreaterThan(1)
})

test('a draw may run over the end of a turn', () => {
  expect(createSampler(['a'], 1, 'source').next(3)).toEqual(['a', 'a', 'a'])
  const sampler = createSampler(ids, 2, 'source')
  const drawn = [...sampler.next(3), ...sampler.next(3), ...sampler.next(4)]
  expect([...drawn.slice(0, 5)].sort()).toEqual(ids)
  expect([...drawn.slice(5)].sort()).toEqual(ids)
})

test('a seed repeats, domains of one seed differ, nothing to draw from is refused', () => {
  const draw = (seed: number, stream: string) => createSampler(ids, seed, stream).next(40)
  expect(draw(3, 'source')).toEqual(draw(3, 'source'))
  expect(draw(3, 'source')).not.toEqual(draw(3, 'target'))
  expect(draw(3, 'source')).not.toEqual(draw(4, 'source'))
  expect(() => createSampler([], 1, 'target')).toThrow(RangeError)
})

test.each([0, 1, 5, 7, 10, 23])('after %i draws it continues where another stopped', drawn => {
  const through = createSampler(ids, 4, 'source')
  through.next(drawn)
  expect(createSampler(ids, 4, 'source', drawn).next(12)).toEqual(through.next(12))
})
