import { expect, test } from 'vitest'
import { randomStream } from './random'

const take = (count: number, next: () => number) => Array.from({ length: count }, next)

test('the same seed and stream repeat, another seed or stream does not', () => {
  const first = take(8, randomStream(7, 'crop', 1).uniform)
  expect(take(8, randomStream(7, 'crop', 1).uniform)).toEqual(first)
  expect(take(8, randomStream(8, 'crop', 1).uniform)).not.toEqual(first)
  expect(take(8, randomStream(7, 'crop', 2).uniform)).not.toEqual(first)
  expect(take(8, randomStream(7, 'flip', 1).uniform)).not.toEqual(first)
})

test('first draws of neighbouring seeds do not march together', () => {
  const draws = take(
    200,
    (() => {
      let seed = 0
      return () => randomStream(seed++, 'x').uniform()
    })(),
  )
  const mean = draws.reduce((a, b) => a + b) / draws.length
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.08)
  expect(new Set(draws.map(d => Math.floor(d * 10))).size).toBe(10)
})

test('normal has mean 0 and variance 1, integers stay within their ends', () => {
  const random = randomStream(1, 'moments')
  const values = take(20_000, random.normal)
  const mean = values.reduce((a, b) => a + b) / values.length
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length
  expect(Math.abs(mean)).toBeLessThan(0.03)
  expect(Math.abs(variance - 1)).toBeLessThan(0.05)
  expect(values.every(Number.isFinite)).toBe(true)
  const integers = take(500, () => random.integer(2, 5))
  expect(new Set(integers)).toEqual(new Set([2, 3, 4, 5]))
})

test('a copy gives the numbers that follow, and each runs by itself', () => {
  const random = randomStream(11, 'copy')
  take(5, () => random.uniform())
  const copy = random.copy()
  const following = take(20, () => random.uniform())
  expect(take(20, () => copy.uniform())).toEqual(following)
})

test('shuffle keeps every item and leaves its input alone', () => {
  const items = [1, 2, 3, 4, 5, 6, 7, 8]
  const shuffled = randomStream(3, 'shuffle').shuffle(items)
  expect(shuffled).not.toEqual(items)
  expect([...shuffled].sort((a, b) => a - b)).toEqual(items)
  expect(items).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  expect(() => randomStream(3, 'pick').pick([])).toThrow(RangeError)
})
