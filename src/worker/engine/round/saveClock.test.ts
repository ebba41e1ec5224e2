import { expect, test } from 'vitest'
import { createSaveClock } from './saveClock'

test('saves are due after the time given, stretched where saving is slow, but never past 45 seconds', async () => {
  let now = 0
  const clock = createSaveClock(20, () => now)
  const save = (seconds: number) =>
    clock.around(async () => {
      now += seconds * 1000
    })
  now = 19_999
  expect(clock.due()).toBe(false)
  now = 20_000
  expect(clock.due()).toBe(true)
  await save(0.5)
  now += 20_000
  expect(clock.due()).toBe(true)
  await save(3)
  now += 29_999
  expect(clock.due()).toBe(false)
  now += 1
  expect(clock.due()).toBe(true)
  await save(30)
  now += 45_000
  expect(clock.due()).toBe(true)
})

test('a save that failed starts the time anew too', async () => {
  let now = 30_000
  const clock = createSaveClock(20, () => now)
  now = 60_000
  await expect(clock.around(() => Promise.reject(new Error('full')))).rejects.toThrow('full')
  expect(clock.due()).toBe(false)
})
