import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Serial, Timers } from './scheduling'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('work runs one after another, and a failure does not stop what follows', async () => {
  const serial = new Serial()
  const done: string[] = []
  const slow = serial.run(async () => {
    await vi.advanceTimersByTimeAsync(10)
    done.push('slow')
  })
  const failing = serial.run(() => Promise.reject(new Error('no')))
  const last = serial.run(() => {
    done.push('last')
    return 7
  })
  await expect(failing).rejects.toThrow('no')
  await slow
  expect(await last).toBe(7)
  expect(done).toEqual(['slow', 'last'])
})

test('a timer is replaced by the next of its name, stopped, or finished early and then not again', () => {
  const timers = new Timers()
  const done: string[] = []
  timers.start('a', 100, () => done.push('replaced'))
  timers.start('a', 100, () => done.push('a'))
  timers.start('b', 100, () => done.push('b'))
  timers.stop('b')
  vi.advanceTimersByTime(99)
  expect(done).toEqual([])
  vi.advanceTimersByTime(1)
  expect(done).toEqual(['a'])
  timers.start('c', 100, () => done.push('c'))
  timers.finish('c')
  timers.finish('c')
  vi.advanceTimersByTime(200)
  expect(done).toEqual(['a', 'c'])
})

test('closed timers neither end nor start', () => {
  const timers = new Timers()
  const work = vi.fn()
  timers.start('a', 10, work)
  timers.close()
  timers.start('b', 10, work)
  timers.finish('b')
  vi.advanceTimersByTime(100)
  expect(work).not.toHaveBeenCalled()
  expect(vi.getTimerCount()).toBe(0)
})
