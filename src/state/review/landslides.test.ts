import { expect, test } from 'vitest'
import { labelComponents } from '../../core/masks/components'
import { landslideAttributes } from '../../core/masks/landslideAttributes'
import { SLOPE_BAND } from '../../core/patches/bands'
import { landslidesOverCells } from '../../worker/files/landslides'
import { openScene, SCENE, sceneMask } from '../cells.testing'
import { fillShape } from '../edit/tools'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord, SIDE } from '../studio.testing'
import { selectPatch } from '../view/actions'
import {
  changeLandslide,
  findLandslides,
  landslideOutline,
  landslidesAreCurrent,
  listedLandslides,
  selectedLandslide,
  selectLandslide,
  stepLandslide,
} from './landslides'
import { loadMask } from './masks'
import { redo, undo } from './undoRedo'

/** Three landslides: 4, 2 and 1 pixels large, in this reading order: 2, 4, 1. */
const probability = () => {
  const values = new Float32Array(SIDE * SIDE)
  for (const index of [0, 1, 20, 21, 28, 29, 63]) values[index] = 1
  return values
}

async function studioWith(disk: Disk): Promise<Studio> {
  const studio = openStudio(disk)
  const blank = new Float32Array(SIDE * SIDE)
  const picture = { width: 1, height: 1, rgba: new Uint8ClampedArray(4), range: [] }
  studio.files = {
    call: async (method: string, request: { mask: Uint8Array }) =>
      method === 'landslides'
        ? landslideAttributes(labelComponents(request.mask, SIDE, SIDE), {
            elevation: blank,
            slope: blank,
            probability: null,
            pixelSize: null,
          })
        : picture,
    terminate: () => undefined,
  } as never
  await openProject(studio)
  await findLandslides(studio)
  return studio
}

function withThree(): Disk {
  const disk = emptyDisk([patchRecord('t1'), patchRecord('s2', { hasLabel: true, domain: 'source' })])
  disk.probabilities.set('t1/ensemble', probability())
  return disk
}

const sizes = (studio: Studio) => listedLandslides(studio.store.getState()).map(({ pixels }) => pixels)
const painted = (studio: Studio) =>
  [...studio.pixels.masks.get('t1')!.entries()].filter(([, value]) => value !== 0)

test('protected pixels and those out of range stay', async () => {
  const studio = await studioWith(withThree())
  const before = painted(studio)
  selectLandslide(studio, 2)
  studio.store.change({ edit: { protectedClasses: [1] } })
  changeLandslide(studio, 'background')
  expect(painted(studio)).toEqual(before)
  expect(studio.store.getState().review.history).toEqual([])
  expect(studio.store.getState().shell.notices.at(-1)?.message).toContain('The landslide stays')
  expect(studio.store.getState().review.selectedLandslide).toBe(2)

  const {
    edit: { clamps },
  } = studio.store.getState()
  studio.pixels.pixels.get('t1')!.data[SLOPE_BAND * SIDE * SIDE + 20] = 30
  const slope = { on: true, minimum: 20, maximum: 90 }
  studio.store.change({ edit: { protectedClasses: [], clamps: { ...clamps, slope } } })
  changeLandslide(studio, 'background')
  expect(painted(studio).map(([index]) => index)).toEqual([0, 1, 21, 28, 29, 63])
  expect(studio.store.getState().shell.notices.at(-1)?.message).toContain('3 of its 4 pixels stay')
  await findLandslides(studio)
  expect(studio.store.getState().review.selectedLandslide).toBeNull()
  await undo(studio)
  expect(painted(studio)).toEqual(before)
})

test('the list follows its order, and steps go round it', async () => {
  const studio = await studioWith(withThree())
  expect(sizes(studio)).toEqual([4, 2, 1])
  const visited: (number | undefined)[] = []
  for (let step = 0; step < 4; step++) {
    stepLandslide(studio, 1)
    visited.push(selectedLandslide(studio.store.getState())?.pixels)
  }
  expect(visited).toEqual([4, 2, 1, 4])
  stepLandslide(studio, -1)
  expect(selectedLandslide(studio.store.getState())?.pixels).toBe(1)
  studio.store.change({ review: { landslideOrder: 'position' } })
  expect(sizes(studio)).toEqual([2, 4, 1])
})

test('one is taken out as one step, the next is selected, and undo and redo are exact', async () => {
  const studio = await studioWith(withThree())
  const before = painted(studio)
  selectLandslide(studio, 2)
  changeLandslide(studio, 'background')
  expect(painted(studio).map(([index]) => index)).toEqual([0, 1, 63])
  expect(studio.store.getState().review.history).toHaveLength(1)
  // Until the list is made again nothing can be done to a landslide of the old one.
  expect(landslidesAreCurrent(studio.store.getState())).toBe(false)
  changeLandslide(studio, 'background')
  expect(studio.store.getState().review.history).toHaveLength(1)
  await findLandslides(studio)
  expect(selectedLandslide(studio.store.getState())?.pixels).toBe(2)
  changeLandslide(studio, 'ignore')
  expect(painted(studio)).toEqual([
    [0, 255],
    [1, 255],
    [63, 1],
  ])
  await undo(studio)
  await undo(studio)
  expect(painted(studio)).toEqual(before)
  await redo(studio)
  expect(painted(studio).map(([index]) => index)).toEqual([0, 1, 63])
})

test('the last of the list gives way to the one before it, the only one to none', async () => {
  const studio = await studioWith(withThree())
  for (const left of [[4, 2], [4], []]) {
    stepLandslide(studio, -1)
    if (left.length < 2) selectLandslide(studio, listedLandslides(studio.store.getState()).at(-1)!.number)
    changeLandslide(studio, 'background')
    await findLandslides(studio)
    expect(sizes(studio)).toEqual(left)
    expect(selectedLandslide(studio.store.getState())?.pixels).toBe(left.at(-1))
  }
})

test('a label is listed and not changed', async () => {
  const disk = withThree()
  const studio = await studioWith(disk)
  studio.store.change({ view: { selectedId: 's2' } })
  studio.pixels.masks.set('s2', Uint8Array.from(probability()))
  await findLandslides(studio)
  expect(sizes(studio)).toEqual([4, 2, 1])
  selectLandslide(studio, 1)
  changeLandslide(studio, 'background')
  expect(studio.store.getState().review.history).toEqual([])
})

test.each([
  // On all four cells, and two that touch by a corner where the four meet.
  ['over four cells', [6 * SCENE + 7, 7 * SCENE + 7, 7 * SCENE + 8, 8 * SCENE + 7, 8 * SCENE + 8], 4],
  ['touching by a corner', [6 * SCENE + 6, 7 * SCENE + 7, 8 * SCENE + 8, 8 * SCENE + 9], 2],
])('a landslide %s is one, and is taken out and brought back as one', async (_, indices, over) => {
  const values = { probability: (index: number) => Number([...indices, 20, 255].includes(index)) }
  const { studio, disk } = await openScene('cells', values)
  listLandslides(studio)
  const before = sceneMaskOf(indices, [20, 255])
  for (const id of ['c1', 'c4']) {
    await selectPatch(studio, id)
    await findLandslides(studio)
    expect(sizes(studio)).toEqual([indices.length, 1])
    expect(listedLandslides(studio.store.getState())[0]!.cells).toBe(over)
    const { number } = listedLandslides(studio.store.getState())[0]!
    selectLandslide(studio, number)
    const outline = landslideOutline(studio)
    expect(outline?.path.length).toBeGreaterThan(indices.length)

    changeLandslide(studio, 'background')
    await studio.laying
    const { history } = studio.store.getState().review
    const steps = history.filter(step => !step.undone)
    expect(steps).toHaveLength(over)
    await readScene(studio)
    expect(sceneMask(studio, disk)).toEqual(sceneMaskOf([], [20, 255]))
    expect(landslidesAreCurrent(studio.store.getState())).toBe(false)
    await findLandslides(studio)
    expect(sizes(studio)).toEqual([1])
    await undo(studio)
    await readScene(studio)
    expect(sceneMask(studio, disk)).toEqual(before)
  }
})

test('the list is made again when the mask of a cell beside changes', async () => {
  const { studio } = await openScene('cells', { probability: index => Number(index === 7 * SCENE + 7) })
  listLandslides(studio)
  await findLandslides(studio)
  expect(sizes(studio)).toEqual([1])
  expect(landslidesAreCurrent(studio.store.getState())).toBe(true)
  await selectPatch(studio, 'c4')
  fillShape(studio, rectangle(0, 0, 2, 2), false)
  await selectPatch(studio, 'c1')
  await findLandslides(studio)
  expect(sizes(studio)).toEqual([5])
  // Far from the border of the cell that is looked at.
  await selectPatch(studio, 'c4')
  fillShape(studio, rectangle(2, 2, 4, 4), false)
  await selectPatch(studio, 'c1')
  expect(landslidesAreCurrent(studio.store.getState())).toBe(false)
  await findLandslides(studio)
  expect(sizes(studio)).toEqual([9])
})

function rectangle(left: number, top: number, right: number, bottom: number) {
  return [
    { column: left, row: top },
    { column: right, row: top },
    { column: right, row: bottom },
    { column: left, row: bottom },
  ]
}

function sceneMaskOf(...indices: number[][]): number[] {
  return Array.from({ length: SCENE * SCENE }, (_, index) => Number(indices.flat().includes(index)))
}

async function readScene(studio: Studio): Promise<void> {
  for (const patch of studio.store.getState().patches.list) await loadMask(studio, patch)
}

/** The files worker's own answer, on what the studio's storage holds. */
function listLandslides(studio: Studio): void {
  const { call } = studio.files
  studio.files.call = (async (
    method: string,
    request: { patchId: string; mask: Uint8Array; beside?: { patchId: string; mask: Uint8Array }[] },
  ) =>
    method === 'landslides'
      ? landslidesOverCells(studio.storage, [request, ...(request.beside ?? [])])
      : call(method as never, request as never)) as typeof call
}
