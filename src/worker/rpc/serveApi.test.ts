import { expect, test, vi } from 'vitest'
import type { PacedProgress } from '../../core/foundation/job'
import { progressStream } from './serveApi'

test('sends the first at once, the newest held back one later, and nothing twice', () => {
  vi.useFakeTimers()
  try {
    const seen: PacedProgress[] = []
    const stream = progressStream(
      () => Date.now(),
      progress => seen.push(progress),
    )
    for (let done = 1; done <= 5; done++) stream.report({ label: 'a', done, total: 10 })
    expect(seen.map(p => p.done)).toEqual([1])
    vi.advanceTimersByTime(200)
    expect(seen.map(p => p.done)).toEqual([1, 5])
    stream.report({ label: 'a', done: 10, total: 10 })
    stream.flush()
    stream.flush()
    vi.advanceTimersByTime(1000)
    expect(seen.map(p => p.done)).toEqual([1, 5, 10])
  } finally {
    vi.useRealTimers()
  }
})

test('a count that falls back starts a new pace', () => {
  let clock = 0
  const seen: PacedProgress[] = []
  const stream = progressStream(
    () => clock,
    progress => seen.push(progress),
  )
  clock = 10_000
  stream.report({ label: 'first', done: 10, total: 10 })
  clock = 20_000
  stream.report({ label: 'second', done: 0, total: 4 })
  clock = 21_000
  stream.report({ label: 'second', done: 2, total: 4 })
  // Back to one that is done already: how long it took is not known.
  clock = 30_000
  stream.report({ label: 'third', done: 1, total: 4 })
  clock = 30_250
  stream.report({ label: 'third', done: 1, total: 4 })
  clock = 32_000
  stream.report({ label: 'third', done: 3, total: 4 })
  expect(seen.map(p => [p.label, p.rate, p.etaSeconds])).toEqual([
    ['first', 1, 0],
    ['second', 0, null],
    ['second', 2, 1],
    ['third', 0, null],
    ['third', 0, null],
    ['third', 1, 1],
  ])
})
