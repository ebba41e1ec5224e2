import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  changedPixels,
  diffMasks,
  isDiffOf,
  type MaskStep,
  recoverMask,
  revertInPlace,
  wholeChange,
} from './maskDiff'

describe('mask diff', () => {
  const pixel = fc.constantFrom(0, 1, 255)
  const pair = fc.integer({ min: 0, max: 200 }).chain(length =>
    fc.tuple(
      fc.uint8Array({ minLength: length, maxLength: length }),
      fc.array(pixel, { minLength: length, maxLength: length }).map(values => Uint8Array.from(values)),
    ),
  )

  test('a diff taken back gives the earlier mask, and its own reverse the later one again', () => {
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const diff = diffMasks(before, after)
        const mask = after.slice()
        const back = revertInPlace(mask, diff)
        expect(mask).toEqual(before)
        expect(revertInPlace(mask, back)).toEqual(diff)
        expect(mask).toEqual(after)
      }),
    )
  })

  test('counts exactly the pixels that differ, in ascending runs that do not overlap', () => {
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const diff = diffMasks(before, after)
        expect(changedPixels(diff)).toBe(before.filter((value, index) => value !== after[index]).length)
        for (let run = 1; run < diff.start.length; run++) {
          expect(diff.start[run]!).toBeGreaterThanOrEqual(diff.start[run - 1]! + diff.length[run - 1]!)
        }
      }),
    )
  })

  test('a stroke costs one run a row, not one entry a pixel', () => {
    const before = new Uint8Array(100 * 100)
    const after = before.slice()
    for (let row = 10; row < 20; row++) after.fill(1, row * 100 + 5, row * 100 + 25)
    expect(diffMasks(before, after).start.length).toBe(10)
    const runs = diffMasks(Uint8Array.of(0, 0, 1, 0, 0, 0), Uint8Array.of(1, 1, 0, 1, 255, 0))
    expect([[...runs.start], [...runs.length]]).toEqual([
      [0, 2, 3, 4],
      [2, 1, 1, 1],
    ])
  })

  test('refuses a mask that is not the one the diff leads to, and leaves it alone', () => {
    const diff = diffMasks(Uint8Array.of(0, 0, 1), Uint8Array.of(0, 1, 1))
    const other = Uint8Array.of(0, 255, 1)
    expect(() => revertInPlace(other, diff)).toThrowError(
      expect.objectContaining({
        code: 'bad-argument',
        message: 'The mask changed in another way since this step (pixel 1): reload the patch and try again.',
      }),
    )
    const two = diffMasks(new Uint8Array(3), Uint8Array.of(1, 0, 1))
    const half = Uint8Array.of(1, 0, 0)
    expect(() => revertInPlace(half, two)).toThrowError(/pixel 2/)
    expect(half).toEqual(Uint8Array.of(1, 0, 0))
    expect(other).toEqual(Uint8Array.of(0, 255, 1))
    expect(() => diffMasks(new Uint8Array(2), new Uint8Array(3))).toThrowError(
      expect.objectContaining({ code: 'shape-mismatch' }),
    )
  })

  test('a whole change names every pixel, the same before and after included', () => {
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const change = wholeChange(before, after)
        expect(changedPixels(change)).toBe(before.length)
        const mask = after.slice()
        revertInPlace(mask, change)
        expect(mask).toEqual(before)
      }),
    )
  })
})

describe('recover mask', () => {
  const action = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('paint'), at: fc.nat(30), value: fc.constantFrom(0, 1, 255) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('undo'), at: fc.nat(30), value: fc.constant(0) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('redo'), at: fc.nat(30), value: fc.constant(0) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('save'), at: fc.nat(30), value: fc.constant(0) }) },
  )

  test('whenever the tab dies, the stored mask and the strokes on record lead to the mask on screen', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), actions => {
        const mask = new Uint8Array(40)
        let stored = { mask: mask.slice(), through: 0 }
        let steps: MaskStep[] = []
        let sequence = 0
        const top = () => steps.filter(step => !step.undone).at(-1)?.sequence ?? 0
        const save = () => {
          stored = { mask: mask.slice(), through: top() }
        }
        for (const { kind, at, value } of actions) {
          if (kind === 'save') save()
          if (kind === 'paint') {
            // Steps are removed only once the mask was stored without them.
            if (steps.some(step => step.undone)) save()
            steps = steps.filter(step => !step.undone)
            const before = mask.slice()
            mask.fill(value, at, at + 10)
            steps.push({ sequence: ++sequence, kind: 'stroke', undone: false, diff: diffMasks(before, mask) })
          }
          if (kind === 'undo' || kind === 'redo') {
            const step = kind === 'undo' ? steps.findLast(s => !s.undone) : steps.find(s => s.undone)
            if (!step?.diff) continue
            step.undone = kind === 'undo'
            const { start, length, before, after } = step.diff
            const values = step.undone ? before : after
            for (let run = 0; run < start.length; run++) {
              mask.fill(values[run]!, start[run]!, start[run]! + length[run]!)
            }
          }
          const shuffled = [...steps].reverse()
          expect(recoverMask(stored.mask.slice(), stored.through, shuffled)).toEqual(mask)
        }
      }),
      { numRuns: 150 },
    )
  })

  test('verdicts change no pixel', () => {
    const whole = diffMasks(new Uint8Array(4).fill(254), Uint8Array.of(0, 1, 0, 1))
    const verdict = { sequence: 1, kind: 'verdict', undone: false, diff: whole }
    expect(recoverMask(new Uint8Array(4), 0, [verdict])).toEqual(new Uint8Array(4))
    expect(recoverMask(new Uint8Array(4), 0, [{ ...verdict, remask: true }])).toEqual(
      Uint8Array.of(0, 1, 0, 1),
    )
    const bare = { sequence: 1, kind: 'stroke' }
    for (const [undone, through] of [
      [true, 1],
      [false, 0],
    ] as const) {
      expect(recoverMask(new Uint8Array(4), through, [{ ...bare, undone }])).toEqual(new Uint8Array(4))
    }
  })
})

describe('a diff from anywhere', () => {
  const sound = diffMasks(Uint8Array.of(0, 0, 1, 255), Uint8Array.of(1, 1, 1, 0))

  test('is of a mask where its runs ascend within it', () => {
    expect(isDiffOf(sound, 4)).toBe(true)
    expect(isDiffOf(diffMasks(new Uint8Array(4), new Uint8Array(4)), 4)).toBe(true)
  })

  test.each([
    ['ends beyond it', { length: Uint32Array.of(2, 2) }],
    ['has an empty run', { length: Uint32Array.of(2, 0) }],
    ['goes back', { start: Uint32Array.of(3, 0) }],
    ['overlaps', { start: Uint32Array.of(0, 1) }],
    ['lacks a value', { after: Uint8Array.of(1) }],
    ['holds another value before', { before: Uint8Array.of(0, 7) }],
    ['holds another value after', { after: Uint8Array.of(2, 0) }],
  ])('is of none where it %s', (_, change) => {
    expect(isDiffOf({ ...sound, ...change }, 4)).toBe(false)
  })
})
