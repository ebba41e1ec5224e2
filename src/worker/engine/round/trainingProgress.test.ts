import { describe, expect, test } from 'vitest'
import type { UnfinishedRound } from '../../../core/review/records'
import { addToCurve, createSaveClock, createTrainingPace } from './trainingProgress'

describe('live curve', () => {
  const loss = (step: number) =>
    ({ kind: 'loss', family: 'segformer', step, steps: 2000, loss: step }) as const

  test('a long curve is thinned, and steps that are taken again replace those of before', () => {
    let curves: UnfinishedRound['curves'] = {}
    for (let step = 1; step <= 2000; step++) curves = addToCurve(curves, loss(step))
    const drawn = curves.segformer!.losses
    expect(drawn.length).toBeLessThanOrEqual(300)
    expect(drawn[0]).toEqual([1, 1])
    expect(drawn.at(-1)).toEqual([2000, 2000])
    const again = addToCurve(curves, loss(1000)).segformer!.losses
    expect(again.at(-1)).toEqual([1000, 1000])
    expect(again.every(([step], i) => i === 0 || step > again[i - 1]![0])).toBe(true)
  })
})

describe('save clock', () => {
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
})

describe('training pace', () => {
  test('seconds a step come from the last ten seconds, at most once a second, and start again for each network', () => {
    let now = 0
    const pace = createTrainingPace(() => now)
    const step = (milliseconds: number, family: 'segformer' | 'swin-unet' = 'segformer') => {
      now += milliseconds
      return pace.step(family)
    }
    // The first step compiles: it is the mark that others are measured from.
    expect(step(9000)).toBeNull()
    expect(step(1000)).toBe(1)
    expect(step(500)).toBeNull()
    expect(step(500)).toBeCloseTo(2 / 3)
    expect(step(20_000)).toBe(20)
    expect(step(2000, 'swin-unet')).toBeNull()
    expect(step(2000, 'swin-unet')).toBe(2)
  })
})
