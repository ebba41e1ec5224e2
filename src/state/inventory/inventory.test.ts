import { expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { eventually } from '../../core/foundation/eventually.testing'
import { labelComponents } from '../../core/masks/components'
import { landslideAttributes } from '../../core/masks/landslideAttributes'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { inventoryTable } from '../../worker/files/inventoryTable'
import { landslidesOverCells } from '../../worker/files/landslides'
import type { FilesApi } from '../../worker/protocol'
import { openScene, SCENE } from '../cells.testing'
import { beginEdit } from '../edit/beginEdit'
import { findLandslides, selectedLandslide, selectLandslide, selectLandslideAt } from '../review/landslides'
import { setThreshold } from '../review/threshold'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord, SIDE } from '../studio.testing'
import { selectPatch } from '../view/actions'
import {
  activateRow,
  clearInventoryFilter,
  filterInventory,
  jumpToRow,
  moveRow,
  openInventory,
  selectAllRows,
  selectedText,
  setInventoryHeight,
  showColumns,
  sortBy,
  toggleArea,
} from './actions'
import { lookAtInventory, readInventory } from './readTable'
import { rowsShown } from './selectors'

type Asked = FilesApi['inventoryTable']['request']

/** Has the studio's worker answer as the real one does. @returns what was asked of it for the table */
function withWorker(studio: Studio): Asked[] {
  const asked: Asked[] = []
  const blank = new Float32Array(SIDE * SIDE)
  const picture = { width: 1, height: 1, rgba: new Uint8ClampedArray(4), range: [] }
  studio.files = {
    call: async (
      method: string,
      request: Asked & FilesApi['landslides']['request'],
      options?: { signal?: AbortSignal },
    ) => {
      if (method === 'inventoryTable') {
        asked.push(request)
        return inventoryTable(studio.storage, request, { signal: options?.signal })
      }
      if (method !== 'landslides') return picture
      const { patchId, mask, beside } = request
      if (beside) return landslidesOverCells(studio.storage, [{ patchId, mask }, ...beside])
      const surroundings = { elevation: blank, slope: blank, probability: null, pixelSize: null }
      return landslideAttributes(labelComponents(mask, SIDE, SIDE), surroundings)
    },
    terminate: () => undefined,
  } as never
  return asked
}

/** Landslides of 2, 4 and 1 pixels on t1, of 3 on t2; a source patch with a label. */
function someLandslides(): Disk {
  const predictedBy = ['m']
  const disk = emptyDisk([
    patchRecord('t1', { predictedBy }),
    patchRecord('t2', { predictedBy }),
    patchRecord('s3', { hasLabel: true, domain: 'source' }),
    patchRecord('t4'),
  ])
  const probability = (...pixels: number[]) =>
    Float32Array.from({ length: SIDE * SIDE }, (_, at) => (pixels.includes(at) ? 1 : 0.2))
  disk.probabilities.set('t1/ensemble', probability(0, 1, 20, 21, 28, 29, 63))
  disk.probabilities.set('t2/ensemble', probability(40, 41, 42))
  return disk
}

async function open(disk = someLandslides()): Promise<{ studio: Studio; asked: Asked[] }> {
  const studio = openStudio(disk)
  const asked = withWorker(studio)
  await openProject(studio)
  return { studio, asked }
}

async function opened(disk?: Disk): Promise<{ studio: Studio; asked: Asked[] }> {
  const made = await open(disk)
  openInventory(made.studio, true)
  await settled(made.studio)
  return made
}

/** Nothing is read any more. */
async function settled(studio: Studio): Promise<void> {
  lookAtInventory(studio)
  await eventually(() => {
    const { shell, inventory } = studio.store.getState()
    expect(shell.jobs.inventory).toBeUndefined()
    expect(inventory.status).not.toBe('none')
  })
}

const ids = (studio: Studio) => {
  const { table, rows } = rowsShown(studio)
  const { values, codes } = table.texts.id!
  return [...rows].map(row => values[codes[row]!])
}
const inventoryOf = (studio: Studio) => studio.store.getState().inventory

/** Paints a pixel of the patch on screen. */
function paint(studio: Studio, index: number): void {
  const edit = beginEdit(studio, 'scene')!
  edit.paint({ starts: [index], lengths: [1] }, 1)
  edit.finish()
}

test('reads every mask once, largest landslides first; labels and patches without a mask have none', async () => {
  const { studio, asked } = await open()
  expect(asked).toEqual([])
  openInventory(studio, true)
  await settled(studio)
  expect(ids(studio)).toHaveLength(4)
  sortBy(studio, 'pixels')
  expect(ids(studio)).toEqual(['t1-2', 't2-1', 't1-1', 't1-3'])
  sortBy(studio, 'pixels')
  expect(ids(studio)).toEqual(['t1-3', 't1-1', 't2-1', 't1-2'])
  sortBy(studio, 'id')
  expect(ids(studio)).toEqual(['t1-1', 't1-2', 't1-3', 't2-1'])
  expect(inventoryOf(studio)).toMatchObject({ count: 4, status: 'read', stale: 0, error: null })
  expect(asked).toEqual([{ patchIds: ['t1', 't2'], only: ['patch/t1', 'patch/t2'], threshold: 0.5 }])
})

test('a mask that was painted is read again, it alone; what is looked at is not', async () => {
  const { studio, asked } = await opened()
  await selectPatch(studio, 't2')
  await settled(studio)
  expect(asked).toHaveLength(1)
  paint(studio, 0)
  await settled(studio)
  expect(asked.slice(1)).toEqual([{ patchIds: ['t1', 't2'], only: ['patch/t2'], threshold: 0.5 }])
  sortBy(studio, 'id')
  expect(ids(studio)).toEqual(['t1-1', 't1-2', 't1-3', 't2-1', 't2-2'])
})

test('the threshold makes masks that nobody touched again', async () => {
  const { studio, asked } = await opened()
  setThreshold(studio, 0.1)
  await settled(studio)
  expect(asked).toHaveLength(2)
  expect(ids(studio)).toHaveLength(2)
})

test('while something else runs it says what is out of date, and reads it afterwards', async () => {
  const { studio, asked } = await opened()
  let end: () => void = () => undefined
  const terms = { again: () => undefined, work: null }
  const job = studio.jobs.run('predict', () => new Promise<void>(done => (end = done)), terms)
  await selectPatch(studio, 't1')
  paint(studio, 5)
  lookAtInventory(studio)
  expect(inventoryOf(studio).stale).toBe(1)
  expect(asked).toHaveLength(1)
  end()
  await job
  await settled(studio)
  expect(asked).toHaveLength(2)
  expect(inventoryOf(studio).stale).toBe(0)
})

test('one that failed says why, leaves the rows, and is read when asked', async () => {
  const { studio, asked } = await opened()
  const { call } = studio.files
  studio.files.call = async () => {
    throw new AppError('storage-failed', 'The disk is gone.')
  }
  await selectPatch(studio, 't1')
  paint(studio, 5)
  await settled(studio)
  expect(inventoryOf(studio)).toMatchObject({ status: 'failed', count: 4, stale: 1 })
  expect(inventoryOf(studio).error).toContain('The disk is gone.')
  // Not again by itself, which would fail for ever.
  lookAtInventory(studio)
  studio.files.call = call
  expect(asked).toHaveLength(1)
  await readInventory(studio)
  expect(inventoryOf(studio)).toMatchObject({ status: 'read', error: null, stale: 0 })
})

test('cancelled, or closed meanwhile, it stays as it was until it is asked for', async () => {
  const { studio } = await open()
  const { call } = studio.files
  let called = false
  studio.files.call = ((method: string, request: never, { signal }: { signal: AbortSignal }) => {
    if (method !== 'inventoryTable') return call(method as never, request)
    called = true
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(new AppError('aborted', 'Cancelled.')))
    })
  }) as never
  openInventory(studio, true)
  lookAtInventory(studio)
  await eventually(() => expect(called).toBe(true))
  openInventory(studio, false)
  await eventually(() => expect(inventoryOf(studio).status).toBe('cancelled'))
  studio.files.call = call
  openInventory(studio, true)
  await settled(studio)
  expect(inventoryOf(studio)).toMatchObject({ status: 'read', count: 4 })
})

test('a key moves the active row with one change of the state, held at both ends; Shift selects up to there', async () => {
  const { studio, asked } = await opened()
  sortBy(studio, 'id')
  moveRow(studio, 1)
  expect(inventoryOf(studio).active).toBe('patch/t1#1')
  let changes = 0
  studio.store.subscribe(() => changes++)
  moveRow(studio, 1)
  expect(changes).toBe(1)
  moveRow(studio, 9, true)
  expect(inventoryOf(studio)).toMatchObject({ active: 'patch/t2#1', anchor: 'patch/t1#2' })
  expect(changes).toBe(2)
  showColumns(studio, new Set(['raster', 'id', 'pixels', 'area_m2']))
  expect(selectedText(studio)).toBe(
    'id\tpixels\tarea_m2\traster\nt1-2\t4\t\tt1\nt1-3\t1\t\tt1\nt2-1\t3\t\tt2',
  )
  moveRow(studio, -9)
  expect(inventoryOf(studio)).toMatchObject({ active: 'patch/t1#1', anchor: null })
  selectAllRows(studio)
  expect(selectedText(studio).split('\n')).toHaveLength(5)
  // Nothing of this reads or shows anything.
  expect(asked).toHaveLength(1)
})

test('what is filtered is counted; a bar more or less of the histogram', async () => {
  const { studio } = await opened()
  toggleArea(studio, 2)
  expect(ids(studio).sort()).toEqual(['t1-1', 't1-2', 't2-1'])
  toggleArea(studio, 1)
  expect(ids(studio)).toHaveLength(4)
  // The bars are those of all sizes.
  expect(rowsShown(studio).bins.map(({ count }) => count)).toEqual([1, 3])
  toggleArea(studio, 2)
  expect(ids(studio)).toEqual(['t1-3'])
  clearInventoryFilter(studio)
  filterInventory(studio, { text: 't2' })
  expect(rowsShown(studio).totals).toEqual({ count: 1, area: 0, withoutArea: 1, pixels: 3 })
})

test('goes to a landslide: its patch comes on screen and it is outlined', async () => {
  const { studio, asked } = await opened()
  expect(studio.store.getState().view.selectedId).toBe('t1')
  const before = studio.store.getState().review.landslideRequest
  const row = (id: string) => rowsShown(studio).table.texts.id!.values.indexOf(id)
  await jumpToRow(studio, row('t2-1'))
  let state = studio.store.getState()
  expect(state.view.selectedId).toBe('t2')
  expect(selectedLandslide(state)).toMatchObject({ number: 1, pixels: 3 })
  expect(state.review.landslideRequest).toBe(before + 1)
  await jumpToRow(studio, row('t1-3'))
  state = studio.store.getState()
  expect(state.view.selectedId).toBe('t1')
  expect(selectedLandslide(state)).toMatchObject({ number: 3, pixels: 1 })
  expect(state.inventory.active).toBe('patch/t1#3')
  expect(asked).toHaveLength(1)
})

test('what is chosen on the image or in the list is the active row', async () => {
  const { studio } = await opened()
  await findLandslides(studio)
  selectLandslide(studio, 2)
  expect(inventoryOf(studio).active).toBe('patch/t1#2')
  const before = studio.store.getState().review.landslideRequest
  expect(await selectLandslideAt(studio, { column: 7.4, row: 7.9 }, { bring: false })).toBe(true)
  expect(inventoryOf(studio).active).toBe('patch/t1#3')
  expect(studio.store.getState().review.landslideRequest).toBe(before)
  expect(await selectLandslideAt(studio, { column: 5, row: 5 }, { bring: false })).toBe(false)
  expect(await selectLandslideAt(studio, { column: -3, row: 90 }, { bring: false })).toBe(false)
  expect(inventoryOf(studio).active).toBe('patch/t1#3')
})

test('numbers move when a mask changes: the active row stays with its landslide', async () => {
  const { studio } = await opened()
  const row = rowsShown(studio).table.texts.id!.values.indexOf('t1-3')
  activateRow(studio, row)
  await selectPatch(studio, 't1')
  paint(studio, 5)
  await settled(studio)
  expect(inventoryOf(studio).active).toBe('patch/t1#4')
})

test('a landslide over cells of a scene is one row, found from any of them', async () => {
  // Across the border of c1 and c2, and one on c4.
  const pixels = new Set([7, 8, 9, 10 * SCENE + 12])
  const { studio, disk } = await openScene('cells', {
    probability: index => (pixels.has(index) ? 0.9 : 0.1),
  })
  disk.patches = disk.patches.map(patch => ({ ...patch, predictedBy: ['m'] }))
  studio.store.change({ patches: { list: disk.patches } })
  const grid = { crs: 'EPSG:32633', transform: [4e5, 10, 0, 5e6, 0, -10], width: SCENE, height: SCENE }
  const window = { column: 0, row: 0, width: SCENE, height: SCENE }
  disk.scenes = [
    { id: 's', name: 'event', area: null, window, recipe: { grid, elevation: [] } } as unknown as SceneRecord,
  ]
  withWorker(studio)
  openInventory(studio, true)
  await settled(studio)
  sortBy(studio, 'id')
  const { table, rows, totals } = rowsShown(studio)
  expect(ids(studio)).toEqual(['event-1', 'event-2'])
  expect(totals.area).toBe(400)
  await jumpToRow(studio, rows[1]!)
  expect(studio.store.getState().view.selectedId).toBe('c4')
  await jumpToRow(studio, rows[0]!)
  expect(studio.store.getState().view.selectedId).toBe('c1')
  expect(selectedLandslide(studio.store.getState())).toMatchObject({ pixels: 3, cells: 2 })
  const first = inventoryOf(studio).active
  activateRow(studio, rows[1]!)
  await selectPatch(studio, 'c2')
  expect(await selectLandslideAt(studio, { column: 0, row: 0 }, { bring: false })).toBe(true)
  expect(inventoryOf(studio).active).toBe(first)
  expect(table.rasters).toHaveLength(1)
})

test('height, columns and order are kept, sound ones only', async () => {
  const disk = someLandslides()
  const { studio } = await open(disk)
  openInventory(studio, true)
  setInventoryHeight(studio, 5000)
  sortBy(studio, 'slope_mean_deg')
  showColumns(studio, new Set())
  showColumns(studio, new Set(['lat', 'id']))
  const again = inventoryOf((await open(disk)).studio)
  expect(again).toMatchObject({
    open: true,
    height: 900,
    columns: ['id', 'lat'],
    sort: { column: 'slope_mean_deg', descending: true },
  })
  disk.preferences.set('scarp.inventory', JSON.stringify({ height: 3, columns: ['x'], sort: 4, open: true }))
  expect(inventoryOf((await open(disk)).studio)).toMatchObject({ open: true, height: null })
})
