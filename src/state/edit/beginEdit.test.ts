import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { SLOPE_BAND } from '../../core/patches/bands'
import { openScene, SCENE, type SceneValues, sceneMask } from '../cells.testing'
import { loadMask } from '../review/masks'
import { countSteps } from '../review/selectors'
import { redo, undo } from '../review/undoRedo'
import { giveVerdict } from '../review/verdicts'
import type { Studio } from '../studio'
import { selectPatch, showViewMode } from '../view/actions'
import { beginStroke, fillShape } from './tools'

const values: SceneValues = {
  // The networks give no number where there is no data.
  probability: index => (index % 29 === 0 ? Number.NaN : ((index * 7) % 16) / 16),
  band: (index, band) => (band === SLOPE_BAND ? index % 23 : 0),
  valid: index => index % 29 !== 0,
}

const state = (studio: Studio) => studio.store.getState()

/** Paints a line of the scene's pixels; `at` is the place of the patch on screen in the scene. */
async function stroke(studio: Studio, line: readonly [number, number][], radius: number, at = [0, 0]) {
  studio.store.change({ edit: { tool: 'brush', brushRadius: radius } })
  const painting = beginStroke(studio)
  expect(painting).not.toBeNull()
  for (const [column, row] of line) painting?.moveTo({ column: column - at[0]!, row: row - at[1]! })
  await new Promise<void>(resolve => painting?.finish(resolve))
  await studio.laying
}

async function readAll(studio: Studio): Promise<void> {
  for (const patch of state(studio).patches.list) await loadMask(studio, patch)
}

async function both(change: (studio: Studio) => Promise<void>) {
  const cells = await openScene('cells', values)
  const whole = await openScene('whole', values)
  for (const { studio } of [cells, whole]) {
    await readAll(studio)
    await change(studio)
  }
  return { cells, whole }
}

const LINE: [number, number][] = [
  [5.3, 6.1],
  [8.2, 7.9],
  [11.6, 9.4],
]

const kinds = (studio: Studio) => state(studio).review.history.filter(step => !step.undone).length

test('a stroke over the corner of four cells is what it is on one patch, as one step', async () => {
  const { cells, whole } = await both(studio => stroke(studio, LINE, 2.7))
  const painted = sceneMask(whole.studio, whole.disk)
  expect(sceneMask(cells.studio, cells.disk)).toEqual(painted)
  const before = await both(async () => undefined)
  const unpainted = sceneMask(before.whole.studio, before.whole.disk)
  expect(painted).not.toEqual(unpainted)

  const { history } = state(cells.studio).review
  expect(history.map(({ patchId }) => patchId).sort()).toEqual(['c1', 'c2', 'c3', 'c4'])
  expect(countSteps(history, false)).toBe(1)
  await undo(cells.studio)
  await readAll(cells.studio)
  expect(kinds(cells.studio)).toBe(0)
  expect(sceneMask(cells.studio, cells.disk)).toEqual(unpainted)
  await redo(cells.studio)
  expect(kinds(cells.studio)).toBe(4)
  expect(sceneMask(cells.studio, cells.disk)).toEqual(painted)

  await cells.studio.writes.settled()
  const entries = cells.disk.audit?.map(({ kind, detail }) => [kind, detail])
  expect(entries?.slice(0, 4).map(([kind]) => kind)).toEqual(['edit', 'edit', 'edit', 'edit'])
  expect(entries?.slice(4)).toEqual([
    ['undo', 'Took back an edit of 4 cells (steps 1 to 4)'],
    ['redo', 'Redid an edit of 4 cells (steps 1 to 4)'],
  ])
})

test('a reload keeps it, and undo still takes it back as one', async () => {
  const { studio, disk } = await openScene('cells', values)
  await readAll(studio)
  const before = sceneMask(studio, disk)
  await stroke(studio, LINE, 2)
  const painted = sceneMask(studio, disk)
  await studio.writes.settled()
  studio.close()

  const again = await openScene('cells', values, disk)
  await readAll(again.studio)
  expect(sceneMask(again.studio, disk)).toEqual(painted)
  await undo(again.studio)
  await readAll(again.studio)
  expect(sceneMask(again.studio, disk)).toEqual(before)
  await redo(again.studio)
  expect(sceneMask(again.studio, disk)).toEqual(painted)
})

test('undo goes back over a verdict on one of the cells, then over the whole stroke', async () => {
  const { studio, disk } = await openScene('cells', values)
  await readAll(studio)
  const before = sceneMask(studio, disk)
  await selectPatch(studio, 'c4')
  await giveVerdict(studio, 'accepted')
  await selectPatch(studio, 'c1')
  await stroke(studio, LINE, 2)
  expect(state(studio).review.verdicts).toEqual({})
  await selectPatch(studio, 'c2')
  await giveVerdict(studio, 'rejected')
  await undo(studio)
  expect(state(studio).review.verdicts).toEqual({})
  await undo(studio)
  await readAll(studio)
  expect(sceneMask(studio, disk)).toEqual(before)
  expect(Object.keys(state(studio).review.verdicts)).toEqual(['c4'])
  await studio.writes.settled()
  const withdrawn = disk.audit?.filter(({ kind }) => kind === 'verdict-withdrawn')
  expect(withdrawn?.map(({ patchId }) => patchId)).toEqual(['c4'])
})

test('cells that are not in memory are read, and what was painted meanwhile is laid', async () => {
  const { studio, disk } = await openScene('cells', values)
  const whole = await openScene('whole', values)
  await stroke(whole.studio, LINE, 2.7)
  expect(studio.pixels.masks.get('c4')).toBeUndefined()
  studio.store.change({ edit: { tool: 'brush', brushRadius: 2.7 } })
  const painting = beginStroke(studio)!
  const laid: string[] = []
  painting.onLaid = ({ patch }) => laid.push(patch.id)
  for (const [column, row] of LINE) painting.moveTo({ column, row })
  painting.finish()
  // Until it is laid, nothing else is painted, and undo waits.
  expect(beginStroke(studio)).toBeNull()
  const undone = undo(studio)
  await studio.laying
  expect([...new Set(laid)].sort()).toEqual(['c2', 'c3', 'c4'])
  expect(studio.laying).toBeNull()
  await undone
  expect(kinds(studio)).toBe(0)
  await redo(studio)
  expect(sceneMask(studio, disk)).toEqual(sceneMask(whole.studio, whole.disk))
})

test('a cell that cannot be read is left, which is said; the others are painted', async () => {
  const { studio } = await openScene('cells', values)
  const { readPixelWindow } = studio.storage
  studio.storage.readPixelWindow = (id, ...rest) =>
    id === 'c4'
      ? Promise.reject(new AppError('storage-failed', 'The file is gone.'))
      : readPixelWindow(id, ...rest)
  await stroke(studio, LINE, 2)
  expect(
    state(studio)
      .review.history.map(({ patchId }) => patchId)
      .sort(),
  ).toEqual(['c1', 'c2', 'c3'])
  const said = state(studio).shell.notices.at(-1)?.message
  expect(said).toContain('Nothing was painted on c4')
  expect(said).toContain('The file is gone.')
})

test('limits hold on every cell as on one patch', async () => {
  for (const shape of ['stroke', 'polygon']) {
    const { cells, whole } = await both(async studio => {
      const {
        edit: { clamps },
      } = state(studio)
      const slope = { on: true, minimum: 5, maximum: 15 }
      const probability = { on: true, minimum: 0.2, maximum: 0.9 }
      studio.store.change({
        edit: { clamps: { ...clamps, slope, probability }, protectedClasses: [255] },
      })
      // Only what the clamps need is read of the others.
      for (const id of ['c2', 'c3', 'c4']) studio.pixels.pixels.delete(id)
      if (shape === 'stroke') await stroke(studio, LINE, 4)
      else {
        const corners = [
          { column: 1.5, row: 2 },
          { column: 15, row: 3.5 },
          { column: 9, row: 15.5 },
        ]
        fillShape(studio, corners, false)
        await studio.laying
      }
    })
    expect(sceneMask(cells.studio, cells.disk)).toEqual(sceneMask(whole.studio, whole.disk))
    expect(kinds(cells.studio)).toBeGreaterThan(2)
  }
})

test('points count from the cell on screen, and off the map only that cell changes', async () => {
  const { studio, disk } = await openScene('cells')
  await readAll(studio)
  await selectPatch(studio, 'c4')
  await stroke(studio, LINE, 2, [8, 8])
  const painted = sceneMask(studio, disk)
  expect(painted[6 * SCENE + 5]).toBe(1)
  expect(painted[9 * SCENE + 11]).toBe(1)
  await undo(studio)
  showViewMode(studio, 'single')
  await stroke(studio, LINE, 2, [8, 8])
  expect(state(studio).review.history.map(({ patchId }) => patchId)).toEqual(['c4'])
})

test('a margin and a cell that was removed are not painted', async () => {
  const { studio } = await openScene('cells')
  const [, second, third] = state(studio).patches.list
  const list = state(studio).patches.list.filter(({ id }) => id !== 'c2')
  const margin = { ...third!, cell: { ...third!.cell!, margin: true as const } }
  studio.store.change({
    patches: { list: list.map(one => (one.id === 'c3' ? margin : one)), removed: [second!] },
  })
  await stroke(studio, LINE, 3)
  expect(state(studio).review.history.map(({ patchId }) => patchId)).toEqual(['c1', 'c4'])
})

test('an abandoned stroke leaves every cell as it was', async () => {
  const { studio, disk } = await openScene('cells', values)
  await readAll(studio)
  const before = sceneMask(studio, disk)
  studio.store.change({ edit: { tool: 'brush', brushRadius: 3 } })
  const painting = beginStroke(studio)!
  for (const [column, row] of LINE) painting.moveTo({ column, row })
  expect(sceneMask(studio, disk)).not.toEqual(before)
  painting.abandon()
  expect(sceneMask(studio, disk)).toEqual(before)
  expect(kinds(studio)).toBe(0)
})
