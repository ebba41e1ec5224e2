import { expect, test } from 'vitest'
import { beginStroke } from '../edit/tools'
import { diffBytes, STROKE_BUDGET_BYTES, StrokeCache } from '../pixelCache'
import { openProject } from '../session/openProject'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { redo, undo } from './undoRedo'

const SIDE = 2048
const STROKES = 500

/** Numbers 0..1, the same every time. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

async function opened(cache: StrokeCache) {
  const disk = emptyDisk([patchRecord('t1', { width: SIDE, height: SIDE })])
  const probability = new Float32Array(SIDE * SIDE).map((_, index) => (index % 7) / 7)
  disk.probabilities.set('t1/ensemble', probability)
  const studio = openStudio(disk)
  Object.assign(studio.pixels, { strokes: cache })
  studio.storage.readPixels = async () => ({ data: new Float32Array(0), valid: null, label: null })
  await openProject(studio)
  return { studio, disk }
}

async function digest(bytes: Uint8Array): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', bytes.slice())
  return Buffer.from(hash).toString('hex')
}

test.each([
  ['in memory', STROKE_BUDGET_BYTES],
  ['mostly on disk', 20_000],
])(
  '500 strokes on 2048 x 2048 are undone and redone bit for bit, %s',
  async (_, budget) => {
    const cache = new StrokeCache(budget)
    const { studio, disk } = await opened(cache)
    const random = numbers(7)
    const shown = () => studio.pixels.masks.get('t1')!
    const first = await digest(shown())
    for (let stroke = 0; stroke < STROKES; stroke++) {
      studio.store.change({
        edit: {
          tool: 'brush',
          brushRadius: 1 + random() * 30,
          paintClass: ([0, 1, 255] as const)[Math.floor(random() * 3)]!,
        },
      })
      const painting = beginStroke(studio)!
      let [column, row] = [random() * SIDE, random() * SIDE]
      for (let point = 0; point < 6; point++) {
        painting.moveTo({ column, row })
        column += (random() - 0.5) * 160
        row += (random() - 0.5) * 160
      }
      painting.finish()
    }
    await studio.writes.settled()
    const last = await digest(shown())
    expect(last).not.toBe(first)
    const {
      review: { history, historyBytes },
    } = studio.store.getState()
    expect(history.length).toBeGreaterThan(STROKES * 0.98)
    expect(cache.bytes).toBeLessThanOrEqual(budget)
    expect(historyBytes).toBeGreaterThan(0)
    const total = [...disk.history.values()].reduce((sum, { diff }) => sum + (diff ? diffBytes(diff) : 0), 0)
    console.log(`${history.length} strokes: ${total} bytes of differences, ${cache.bytes} of them in memory`)
    for (const _step of history) await undo(studio)
    expect(await digest(shown())).toBe(first)
    for (const _step of history) await redo(studio)
    expect(await digest(shown())).toBe(last)
  },
  120_000,
)
