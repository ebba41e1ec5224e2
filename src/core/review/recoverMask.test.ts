import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffMasks } from './maskDiff'
import { type MaskStep, recoverMask } from './recoverMask'

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
  const mask = recoverMask(new Uint8Array(4), 0, [
    { sequence: 1, kind: 'verdict', undone: false, diff: whole },
  ])
  expect(mask).toEqual(new Uint8Array(4))
})
