import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { openScene, SCENE, sceneMask } from '../cells.testing'
import { commandById } from '../commandList'
import { summarisePatch } from '../patches/actions'
import { patchById } from '../patches/selectors'
import { loadMask, loadPixels, showMask } from '../review/masks'
import { redo, undo } from '../review/undoRedo'
import { giveVerdict } from '../review/verdicts'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord, SIDE } from '../studio.testing'
import type { StateChange } from '../studioState'
import { refreshSelected, selectPatch, showInspector, showViewMode } from '../view/actions'
import { applyCleanUp, previewCleanUp } from './cleanUp'
import { clearFillPreview, confirmLargeFill, fillAt, previewFill } from './fill'
import { type CleanUpKind, editPreferences, initialEditSlice } from './slice'
import {
  actAtCrosshair,
  addVertex,
  beginStroke,
  closePolygon,
  crosshairOf,
  fillShape,
  moveCrosshair,
  pickAt,
  pointAt,
} from './tools'

async function opened(disk: Disk = emptyDisk([patchRecord('t1'), patchRecord('t2')])) {
  const studio = openStudio(disk)
  await openProject(studio)
  return { studio, disk }
}

const state = (studio: Studio) => studio.store.getState()
const mask = (studio: Studio, id = 't1') => [...(studio.pixels.masks.get(id) ?? [])]
const at = (column: number, row: number) => ({ column: column + 0.5, row: row + 0.5 })

function dab(studio: Studio, column: number, row: number, radius = 0.5) {
  studio.store.change({ edit: { tool: 'brush', brushRadius: radius } })
  const stroke = beginStroke(studio)
  stroke?.moveTo(at(column, row))
  stroke?.finish()
}

test('a polygon by keyboard alone sets what it encloses, as one step', async () => {
  const { studio } = await opened()
  commandById('class-ignore').run(studio)
  commandById('polygon').run(studio)
  const act = () => commandById('crosshair-act').run(studio)
  act() // shows the crosshair in the middle: (4, 4)
  moveCrosshair(studio, -3, -3)
  act()
  moveCrosshair(studio, 2, 0)
  act()
  moveCrosshair(studio, 0, 2)
  act()
  moveCrosshair(studio, -2, 0)
  act()
  expect(state(studio).edit.draft?.vertices).toHaveLength(4)
  act()
  expect(state(studio).edit.draft).toBeNull()
  const ignored = mask(studio).flatMap((value, index) => (value === 255 ? [index] : []))
  expect(ignored).toEqual([1, 2].flatMap(row => [row * SIDE + 1, row * SIDE + 2]))
  expect(state(studio).review.history).toHaveLength(1)
})

test('how one edits survives a reload; damaged fields fall back one by one', async () => {
  const { studio, disk } = await opened()
  const slope = { on: true, minimum: 15, maximum: 60 }
  const {
    edit: { clamps },
  } = state(studio)
  studio.store.change({ edit: { paintClass: 255, protectedClasses: [1], fillBy: 'band', cleanUpArea: 25 } })
  studio.store.change({ edit: { clamps: { ...clamps, slope }, crosshair: at(1, 1) } })
  const { studio: again } = await opened(disk)
  expect(state(again)).toMatchObject({
    edit: {
      paintClass: 255,
      protectedClasses: [1],
      fillBy: 'band',
      cleanUpArea: 25,
      clamps: { slope, elevation: clamps.elevation },
      crosshair: null,
    },
  })
  const saved = (value: unknown) =>
    editPreferences.read({ getItem: () => JSON.stringify(value), setItem: () => undefined })
  expect(
    saved({ paintClass: 7, clampIndex: 'none', clamps: { slope: { ...slope, maximum: 1 } }, fillBand: 40 }),
  ).toEqual(saved({}))
  expect(saved('no object')).toEqual(saved({}))
})

test('undo takes the last point of a polygon back before it takes back steps', async () => {
  const { studio } = await opened()
  dab(studio, 0, 0)
  studio.store.change({ edit: { tool: 'polygon' } })
  addVertex(studio, at(1, 1))
  addVertex(studio, at(5, 1))
  await undo(studio)
  expect(state(studio).edit.draft?.vertices).toHaveLength(1)
  await undo(studio)
  expect(state(studio).edit.draft).toBeNull()
  expect(mask(studio)[0]).toBe(1)
  await undo(studio)
  expect(mask(studio)[0]).toBe(0)
})

test('subtracting clears to background, and Alt turns add and subtract round', async () => {
  const { studio } = await opened()
  const whole = [at(-2, -2), at(12, -2), at(12, 12), at(-2, 12)]
  fillShape(studio, whole, false)
  expect(new Set(mask(studio))).toEqual(new Set([1]))
  studio.store.change({ edit: { subtract: true, tool: 'polygon' } })
  for (const vertex of whole) addVertex(studio, vertex, true)
  expect(state(studio).edit.draft?.subtract).toBe(false)
  closePolygon(studio)
  fillShape(studio, whole, true)
  expect(new Set(mask(studio))).toEqual(new Set([0]))
})

test('clamps and protected classes hold brush, shapes and fill', async () => {
  const { studio } = await opened()
  // The probability rises from left to right by 1/8 a column; the mask is landslide from column 4.
  studio.store.change({
    edit: {
      clamps: { ...state(studio).edit.clamps, probability: { on: true, minimum: 0.25, maximum: 0.375 } },
    },
  })
  dab(studio, 3, 3, 40)
  const rows = mask(studio).map((value, index) => [index % SIDE, value])
  expect(rows.every(([column, value]) => value === ([2, 3].includes(column!) || column! >= 4 ? 1 : 0))).toBe(
    true,
  )
  await undo(studio)
  studio.store.change({ edit: { fillBy: 'mask' } })
  fillAt(studio, at(2, 0))
  expect(mask(studio).filter(value => value === 1)).toHaveLength(6 * SIDE)
  await undo(studio)
  fillAt(studio, at(0, 0))
  expect(state(studio).shell.notices.at(-1)?.message).toContain('clamped')

  studio.store.change({
    edit: {
      clamps: { ...state(studio).edit.clamps, probability: { on: false, minimum: 0, maximum: 1 } },
      protectedClasses: [1],
      paintClass: 255,
    },
  })
  dab(studio, 3, 3, 40)
  expect(mask(studio).filter(value => value === 255)).toHaveLength(4 * SIDE)
  expect(mask(studio).filter(value => value === 1)).toHaveLength(4 * SIDE)
})

test('a fill by probability takes the connected pixels within the tolerance', async () => {
  const { studio } = await opened()
  studio.store.change({ edit: { fillBy: 'probability', fillTolerance: 0.125 } })
  fillAt(studio, at(2, 5))
  confirmLargeFill(studio)
  expect(mask(studio).slice(0, SIDE)).toEqual([0, 1, 1, 1, 1, 1, 1, 1])
})

test('a fill takes what is alike in its spectrum, is outlined first, and asks where it is large', async () => {
  const { studio } = await opened()
  const data = studio.pixels.pixels.get('t1')!.data
  const area = SIDE * SIDE
  // Two columns of another ground, and a pixel of it that nothing connects.
  const scar = (index: number) => index % SIDE < 2 || index === area - 1
  for (let band = 0; band < 12; band++) {
    for (let index = 0; index < area; index++)
      data[band * area + index] = scar(index) ? 900 : 300 + (index % 3)
  }
  studio.store.change({ edit: { tool: 'fill' } })
  previewFill(studio, at(1, 3))
  expect(state(studio).edit.fillPreview).toMatchObject({ patchId: 't1', pixels: 2 * SIDE, more: false })
  expect(studio.pixels.fillPreview).toMatch(/^M/)
  expect(state(studio).review.history).toHaveLength(0)
  fillAt(studio, at(1, 3))
  expect(mask(studio).map((value, index) => value === 1 && index % SIDE < 4)).toEqual(
    Array.from({ length: area }, (_, index) => index % SIDE < 2),
  )
  expect(state(studio).edit.fillPreview).toBeNull()

  studio.store.change({ edit: { paintClass: 255 } })
  fillAt(studio, at(4, 3))
  expect(state(studio)).toMatchObject({
    shell: { dialog: 'large-fill' },
    edit: { largeFill: { share: 47 / 64 } },
  })
  expect(state(studio).review.history).toHaveLength(1)
  confirmLargeFill(studio)
  expect(state(studio).shell.dialog).toBeNull()
  expect(mask(studio).filter(value => value === 255)).toHaveLength(47)
  // Once another patch is on screen, what was asked is no longer meant.
  fillAt(studio, at(0, 0), true)
  fillAt(studio, at(4, 3), true)
  expect(state(studio).shell.dialog).toBe('large-fill')
  await selectPatch(studio, 't2')
  confirmLargeFill(studio)
  expect(state(studio).review.history).toHaveLength(3)
  previewFill(studio, null)
  clearFillPreview(studio)
})

const { clamps } = initialEditSlice
const probable = { ...clamps, probability: { on: true, minimum: 0.3, maximum: 1 } }

test.each<[string, StateChange, StateChange]>([
  ['a clamp', { edit: { clamps: probable } }, {}],
  ['a protected class', { edit: { protectedClasses: [0] } }, {}],
  ['the tolerance', { edit: { fillTolerance: 0.05 } }, {}],
  ['what is compared', { edit: { fillBy: 'mask' } }, {}],
  ['the band', { edit: { fillBand: 5 } }, { edit: { fillBy: 'band', fillBand: 4 } }],
  [
    'the tolerance of a band',
    { edit: { fillBandTolerance: 0.5 } },
    { edit: { fillBy: 'band', fillBand: 5 } },
  ],
  ['the spectral tolerance', { edit: { fillSpectralTolerance: 0 } }, { edit: { fillBy: 'spectrum' } }],
  ['the network', { layers: { probabilityModel: 'm' } }, {}],
])('the outline under a resting pointer follows %s', async (_what, change, before) => {
  const { studio } = await opened()
  const data = studio.pixels.pixels.get('t1')!.data
  // Every band rises from left to right, but the one that rises from top to bottom.
  for (let index = 0; index < 12 * SIDE * SIDE; index++)
    data[index] = Math.floor(index / SIDE ** 2) === 4 ? Math.floor((index % SIDE ** 2) / SIDE) : index % SIDE
  const other = Float32Array.from({ length: SIDE * SIDE }, (_, index) => (index % SIDE === 5 ? 1 : 0))
  studio.pixels.probabilities.set('t1/m', other)
  studio.store.change({ edit: { tool: 'fill', fillBy: 'probability', fillTolerance: 0.5 } })
  studio.store.change(before)
  const outlined = () => studio.pixels.fillPreview
  previewFill(studio, at(5, 5))
  const first = outlined()
  const { fillPreview } = state(studio).edit
  previewFill(studio, at(5, 5))
  expect(state(studio).edit.fillPreview).toBe(fillPreview)
  studio.store.change(change)
  previewFill(studio, at(5, 5))
  const followed = outlined()
  clearFillPreview(studio)
  previewFill(studio, at(5, 5))
  expect(followed).toBe(outlined())
  expect(followed).not.toBe(first)
})

test('a pick takes the class into the hand and counts the connected pixels', async () => {
  const { studio } = await opened()
  pickAt(studio, at(6, 2))
  expect(state(studio)).toMatchObject({ edit: { paintClass: 1, picked: { pixels: 4 * SIDE } } })
  expect(studio.pixels.picked).toMatch(/^M/)
})

test('a clean-up is shown first, applied as one step, and refused once the mask is another', async () => {
  const { studio } = await opened()
  dab(studio, 0, 0)
  const before = mask(studio)
  studio.store.change({ edit: { cleanUpArea: 5 } })
  previewCleanUp(studio, 'minimum-area')
  expect(state(studio).edit.cleanUp?.pixels).toBe(1)
  expect(mask(studio)).toEqual(before)
  await undo(studio)
  await redo(studio)
  applyCleanUp(studio)
  expect(mask(studio)).toEqual(before)
  previewCleanUp(studio, 'minimum-area')
  applyCleanUp(studio)
  expect(mask(studio)[0]).toBe(0)
  expect(state(studio).review.history).toHaveLength(2)
  await undo(studio)
  expect(mask(studio)).toEqual(before)
})

test('a dab at the crosshair paints the paint class', async () => {
  const { studio } = await opened()
  studio.store.change({ edit: { tool: 'brush', brushRadius: 0.5, crosshair: at(1, 2), paintClass: 255 } })
  actAtCrosshair(studio)
  expect(mask(studio)[2 * SIDE + 1]).toBe(255)
})

test('one crosshair: the keyboard acts where the inspector reads, within whatever patch is on screen', async () => {
  const { studio } = await opened(emptyDisk([patchRecord('t1'), patchRecord('t2', { width: 2, height: 2 })]))
  expect(crosshairOf(state(studio))).toBeNull()
  showInspector(studio, true)
  expect(crosshairOf(state(studio))).toEqual(at(SIDE / 2, SIDE / 2))
  moveCrosshair(studio, 100, -2)
  expect(crosshairOf(state(studio))).toEqual(at(SIDE - 1, SIDE / 2 - 2))
  // A press says which pixel to read; one beside the patch says nothing.
  pointAt(studio, { column: 3.2, row: 5.9 })
  pointAt(studio, { column: -1, row: 5 })
  studio.store.change({ edit: { tool: 'brush', brushRadius: 0.5, paintClass: 255 } })
  actAtCrosshair(studio)
  expect(mask(studio)[5 * SIDE + 3]).toBe(255)
  await selectPatch(studio, 't2')
  expect(crosshairOf(state(studio))).toEqual(at(1, 1))
  showInspector(studio, false)
  pointAt(studio, at(0, 0))
  expect(crosshairOf(state(studio))).toBeNull()
})

test('a long list beside the patch on screen takes neither its pixels nor its mask from the brush', async () => {
  const others = Array.from({ length: 60 }, (_, index) => [
    patchRecord(`s${index + 2}`, { hasLabel: true, domain: 'source' }),
    patchRecord(`u${index + 2}`),
    patchRecord(`v${index + 2}`),
  ]).flat()
  const { studio } = await opened(emptyDisk([patchRecord('t1'), ...others]))
  dab(studio, 0, 0)
  for (const { id } of others) summarisePatch(studio, id)
  await expect.poll(() => studio.sharesWanted.size).toBe(0)
  for (const { id } of others) await loadPixels(studio, id)
  dab(studio, 1, 7)
  expect(mask(studio)[0]).toBe(1)
  expect(mask(studio)[7 * SIDE + 1]).toBe(1)
  expect(state(studio).review.history).toHaveLength(2)
  expect(state(studio).shell.notices).toEqual([])
})

test('a stroke that cannot be laid says why, and never lies on an empty mask instead of the one to come', async () => {
  const { studio } = await opened(
    emptyDisk([patchRecord('t1'), patchRecord('s1', { hasLabel: true, domain: 'source' })]),
  )
  const said = () => state(studio).shell.notices.at(-1)?.message
  studio.store.change({ edit: { tool: 'brush' } })
  studio.predictions.show(new Map([['t1', {}]]), ['a'])
  expect(beginStroke(studio)).toBeNull()
  expect(said()).toContain('still loading')
  await refreshSelected(studio)
  dab(studio, 0, 0)
  expect(mask(studio)[0]).toBe(1)
  expect(mask(studio)[7]).toBe(1)

  const loading = selectPatch(studio, 's1')
  expect(addVertex(studio, at(1, 1))).toBe(false)
  expect(said()).toContain('still loading')
  await loading
  const again = selectPatch(studio, 't1')
  fillAt(studio, at(1, 1))
  expect(said()).toContain('still loading')
  await again
})

test('an edit after a verdict takes it back whatever the tool, and an undo restores it', async () => {
  const { studio } = await opened()
  await giveVerdict(studio, 'accepted')
  await selectPatch(studio, 't1')
  fillAt(studio, at(0, 0))
  confirmLargeFill(studio)
  expect(state(studio).review.verdicts.t1).toBeUndefined()
  await undo(studio)
  expect(state(studio).review.verdicts.t1?.kind).toBe('accepted')
})

const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('paint'),
      column: fc.nat(7),
      row: fc.nat(7),
      value: fc.constantFrom(0, 1, 255),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('undo') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('redo') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('other patch') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('verdict') }) },
)

test('whatever is painted, judged, undone and redone, a reload shows the mask that was on screen', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 25 }), async actions => {
      const { studio, disk } = await opened()
      for (const step of actions) {
        if (step.kind === 'paint' && 'value' in step) {
          studio.store.change({ edit: { paintClass: step.value as 0 | 1 | 255 } })
          dab(studio, step.column, step.row, 1.5)
        }
        if (step.kind === 'undo') await undo(studio)
        if (step.kind === 'redo') await redo(studio)
        if (step.kind === 'verdict') await giveVerdict(studio, 'accepted')
        if (step.kind === 'other patch')
          await selectPatch(studio, state(studio).view.selectedId === 't1' ? 't2' : 't1')
      }
      // The tab dies before whole masks were written: only what each step put on disk is there.
      await studio.writes.settled()
      const again = (await opened(disk)).studio
      for (const id of ['t1', 't2']) {
        await selectPatch(studio, id)
        await selectPatch(again, id)
        expect(mask(again, id)).toEqual(mask(studio, id))
      }
      expect(state(again).review.history).toEqual(state(studio).review.history)
    }),
    { numRuns: 60 },
  )
})

/** A band that is alike left of a slanting line of the scene of 16 x 16, and 40 % larger right of it. */
const slanted = {
  probability: () => 0,
  band: (index: number, band: number) =>
    band === 3 ? (Math.floor(index / SCENE) + (index % SCENE) < 20 ? 100 : 140) : 0,
}

test('a fill on the map goes on in the cells beside it, as on one patch and as one step', async () => {
  for (const inMemory of [true, false]) {
    const painted = await Promise.all(
      (['cells', 'whole'] as const).map(async as => {
        const { studio, disk } = await openScene(as, slanted)
        for (const { id } of inMemory ? state(studio).patches.list : []) {
          await Promise.all([loadPixels(studio, id), loadMask(studio, patchById(state(studio), id)!)])
        }
        studio.store.change({ edit: { tool: 'fill', fillBy: 'band', fillBand: 3, fillBandTolerance: 0.1 } })
        fillAt(studio, at(2, 3), false, true)
        expect(studio.laying === null).toBe(inMemory || as === 'whole')
        // One after another: each read may show more cells to read.
        while (studio.laying) await studio.laying
        if (as === 'cells') {
          const { history } = state(studio).review
          expect(history.map(({ patchId }) => patchId).sort()).toEqual(['c1', 'c2', 'c3', 'c4'])
          expect(new Set(history.map(({ group }) => group)).size).toBe(1)
        }
        return sceneMask(studio, disk)
      }),
    )
    expect(painted[0]).toEqual(painted[1])
    expect(painted[0]!.filter(value => value === 1)).toHaveLength(SCENE * SCENE - (11 * 12) / 2)
  }
})

test('a fill over cells is outlined whole, asked about by the size of one, and stays in its cell off the map', async () => {
  const { studio, disk } = await openScene('cells', slanted)
  for (const patch of state(studio).patches.list) {
    await Promise.all([loadPixels(studio, patch.id), loadMask(studio, patch)])
  }
  await selectPatch(studio, 'c4')
  studio.store.change({ edit: { tool: 'fill', fillBy: 'band', fillBand: 3, fillBandTolerance: 0.1 } })
  previewFill(studio, at(1, 1))
  expect(state(studio).edit.fillPreview?.pixels).toBeGreaterThan(100)
  expect(studio.pixels.fillPreview).toContain('M-8 -8H8')
  fillAt(studio, at(1, 1))
  expect(state(studio).shell.dialog).toBe('large-fill')
  expect(state(studio).edit.largeFill?.share).toBeGreaterThan(1)
  confirmLargeFill(studio)
  expect(state(studio).review.history).toHaveLength(4)
  await undo(studio)
  expect(state(studio).review.history.every(step => step.undone)).toBe(true)

  showViewMode(studio, 'single')
  await selectPatch(studio, 'c4')
  fillAt(studio, at(1, 1), false, true)
  const steps = state(studio).review.history
  expect(steps.map(({ patchId }) => patchId)).toEqual(['c4'])
  expect(sceneMask(studio, disk)[0]).not.toBe(1)
})

test('cells that cannot be read keep a fill from beginning, which is said', async () => {
  const { studio } = await openScene('cells', slanted)
  const { readPixels } = studio.storage
  studio.storage.readPixels = id =>
    id === 'c2' ? Promise.reject(new AppError('storage-failed', 'The file is gone.')) : readPixels(id)
  studio.store.change({ edit: { tool: 'fill', fillBy: 'band', fillBand: 3, fillBandTolerance: 0.1 } })
  fillAt(studio, at(2, 3), false, true)
  await studio.laying
  expect(state(studio).review.history).toEqual([])
  expect(state(studio).shell.notices.at(-1)?.message).toBe('Nothing filled: The file is gone.')
  expect(studio.laying).toBeNull()
})

test('a clean-up of a cell judges landslides and holes with what lies beyond its borders', async () => {
  /** A landslide of 4 pixels over the border of c1 and c2, one of 2 there, a hole of 2, and one small in c2 alone. */
  const drawn = [6, 7, 8, 9, 3 * SCENE + 7, 3 * SCENE + 8, 2 * SCENE + 12]
  const ring = [10, 11, 12, 13].flatMap(row => [6, 7, 8, 9].map(column => row * SCENE + column))
  const hole = [12 * SCENE + 7, 12 * SCENE + 8]
  const landslide = new Set([...drawn, ...ring.filter(index => !hole.includes(index))])
  const { studio, disk } = await openScene('cells', { probability: index => Number(landslide.has(index)) })
  const clean = async (kind: CleanUpKind, id: string) => {
    await selectPatch(studio, id)
    await previewCleanUp(studio, kind)
    const pixels = state(studio).edit.cleanUp?.pixels
    applyCleanUp(studio)
    while (studio.laying) await studio.laying
    return pixels
  }
  const read = async () => {
    for (const patch of state(studio).patches.list) await loadMask(studio, patch)
    return new Set(sceneMask(studio, disk).flatMap((value, index) => (value === 1 ? [index] : [])))
  }
  studio.store.change({ edit: { cleanUpArea: 3 } })
  // Of the landslide of 4 pixels c1 has 2; the one of 2 goes whole, the small one in c2 stays.
  expect(await clean('minimum-area', 'c1')).toBe(2)
  const left = [...landslide].filter(index => !drawn.slice(4, 6).includes(index))
  expect(await read()).toEqual(new Set(left))
  expect(await clean('holes', 'c4')).toBe(2)
  expect(await read()).toEqual(new Set([...left, ...hole]))
  expect(state(studio).review.history.map(({ patchId }) => patchId)).toEqual(['c1', 'c2', 'c4', 'c3'])
  await undo(studio)
  await undo(studio)
  expect(await read()).toEqual(landslide)

  // A majority counts neighbours over the border, and changes the pixels of its cell alone.
  await clean('majority', 'c1')
  expect([...(await read())].filter(index => index % SCENE >= SIDE)).toEqual(
    [...landslide].filter(index => index % SCENE >= SIDE).sort((a, b) => a - b),
  )

  await selectPatch(studio, 'c1')
  studio.store.change({ edit: { cleanUpArea: 100 } })
  await previewCleanUp(studio, 'minimum-area')
  expect(state(studio).edit.cleanUp?.pixels).toBeGreaterThan(0)
  // A prediction, say.
  showMask(studio, 'c2', new Uint8Array(SIDE * SIDE))
  applyCleanUp(studio)
  expect(state(studio).shell.notices.at(-1)?.message).toContain('The mask changed since the preview')
})
