import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { addConfusion, confusion, emptyConfusion, scores } from './metrics'

test('pixels labelled 255 are left out, a predicted 255 counts as background', () => {
  const counts = confusion([1, 1, 0, 0, 1, 255, 255], [1, 0, 1, 0, 255, 1, 0])
  expect(counts).toEqual({ truePositive: 1, falsePositive: 1, falseNegative: 2, trueNegative: 2 })
  expect(scores(counts)).toMatchObject({ precision: 1 / 2, recall: 1 / 3, f1: 2 / 5, iou: 1 / 4 })
})

test('0/0 is null, never 0 or 1', () => {
  expect(scores(emptyConfusion())).toMatchObject({ precision: null, recall: null, f1: null, iou: null })
  expect(scores(confusion([0, 0], [1, 0]))).toMatchObject({ precision: null, recall: 0, f1: 0, iou: 0 })
})

test('counts pool before they are scored', () => {
  const pooled = addConfusion(confusion([1, 1], [1, 1]), confusion([1, 1], [0, 0]))
  expect(scores(pooled).precision).toBe(0.5)
})

test('masks of different size are refused', () => {
  expect(() => confusion([1], [1, 0])).toThrow(RangeError)
})

const shared = process.env.SCARP_SHARED ?? '../shared'
const folder = join(shared, 'parity/metrics')
const present = existsSync(join(folder, 'case.json'))

interface FixtureSet {
  name: string
  tp: number
  fp: number
  fn: number
  tn: number
  exact: Record<'precision' | 'recall' | 'f1' | 'iou', number | null>
}

describe.runIf(present)(
  `parity with segmentation_models_pytorch (${present ? 'found' : `${folder} absent`})`,
  () => {
    test('counts and scores equal on every set', () => {
      const sets: FixtureSet[] = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')).sets
      const tensors = readTensors(readFileSync(join(folder, 'input.safetensors')))
      expect(sets.length).toBeGreaterThan(5)
      for (const set of sets) {
        const counts = confusion(tensors(`${set.name}/prediction`), tensors(`${set.name}/label`))
        expect(counts, set.name).toEqual({
          truePositive: set.tp,
          falsePositive: set.fp,
          falseNegative: set.fn,
          trueNegative: set.tn,
        })
        const metrics = scores(counts)
        for (const key of ['precision', 'recall', 'f1', 'iou'] as const) {
          const expected = set.exact[key]
          if (expected === null) expect(metrics[key], `${set.name} ${key}`).toBeNull()
          else expect(metrics[key], `${set.name} ${key}`).toBeCloseTo(expected, 12)
        }
      }
    })
  },
)

/** Just enough of safetensors for a file of U8 tensors; the core's reader belongs to a later folder. */
function readTensors(bytes: Uint8Array): (name: string) => Uint8Array {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
  const header: Record<string, { data_offsets: [number, number] }> = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + length)),
  )
  return name => {
    const [begin, end] = header[name]!.data_offsets
    return bytes.subarray(8 + length + begin, 8 + length + end)
  }
}
