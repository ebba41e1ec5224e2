import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { pacedCount } from './pacedCount'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('tells at once of the first and of none, and in between once a pause', () => {
  const shown: number[] = []
  const count = pacedCount(value => shown.push(value), 100)
  for (let value = 1; value <= 1000; value++) count(value)
  expect(shown).toEqual([1])
  vi.advanceTimersByTime(100)
  expect(shown).toEqual([1, 1000])
  for (let value = 999; value >= 0; value--) count(value)
  expect(shown).toEqual([1, 1000, 0])
  vi.advanceTimersByTime(1000)
  expect(shown).toEqual([1, 1000, 0])
})
