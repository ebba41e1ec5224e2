import { LANDSLIDE_FIELDS } from '../../core/inventory/fields'
import { firstPixelOf, valueAt } from '../../core/inventory/inventoryTable'
import { NO_FILTER, type TableFilter } from '../../core/inventory/tableRows'
import { patchById } from '../patches/selectors'
import { selectLandslideAt } from '../review/landslides'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import { setMapSystem, showPatch, showViewMode } from '../view/actions'
import { lookAtInventory } from './readTable'
import { rowsShown, selectedRange } from './selectors'
import {
  HEIGHT_LIMITS,
  type InventorySlice,
  inventoryPreferences,
  TABLE_COLUMNS,
  type TableColumn,
} from './slice'

type Holder = Pick<Studio, 'store'>

function set({ store }: Holder, change: Partial<InventorySlice>): void {
  store.change({ inventory: inventoryPreferences.sound(change) })
}

/** Opens the table under the stage, where it is read unless it is up to date, or closes it. */
export function openInventory(studio: Studio, open: boolean): void {
  const { status, count } = studio.store.getState().inventory
  if (!open) {
    set(studio, { open })
    // Nobody waits for it any more.
    studio.jobs.cancel('inventory')
    return
  }
  const again = status === 'failed' || status === 'cancelled'
  set(studio, { open, ...(again && { status: count > 0 ? 'read' : 'none', error: null }) })
  lookAtInventory(studio)
}

/** CSS pixels, within limits; null: as high as it was at first. Remembered. */
export function setInventoryHeight(studio: Holder, height: number | null): void {
  const { lowest, highest } = HEIGHT_LIMITS
  set(studio, {
    height: height === null ? null : Math.round(Math.min(highest, Math.max(lowest, height))),
  })
}

/** Shows these columns, in the order of all; the last one stays. */
export function showColumns(studio: Holder, columns: ReadonlySet<TableColumn>): void {
  const chosen = TABLE_COLUMNS.filter(column => columns.has(column))
  if (chosen.length > 0) set(studio, { columns: chosen })
}

/** Sorts by a column: texts from A and numbers from the largest first; asked for again, the other way round. */
export function sortBy(studio: Holder, column: TableColumn): void {
  const { sort } = studio.store.getState().inventory
  const type = LANDSLIDE_FIELDS.find(({ name }) => name === column)?.type ?? 'text'
  const descending = sort.column === column ? !sort.descending : type !== 'text'
  set(studio, { sort: { column, descending } })
}

export function filterInventory(studio: Holder, change: Partial<TableFilter>): void {
  const { filter } = studio.store.getState().inventory
  set(studio, { filter: { ...filter, ...change } })
}

/** Keeps the landslides of one more size, or of one less. @param from lower edge of its bin */
export function toggleArea(studio: Holder, from: number): void {
  const { areas } = studio.store.getState().inventory.filter
  const others = areas.filter(area => area !== from)
  filterInventory(studio, {
    areas: others.length < areas.length ? others : [...areas, from].sort((a, b) => a - b),
  })
}

export function clearInventoryFilter(studio: Holder): void {
  set(studio, { filter: NO_FILTER })
}

/** Makes a row the one that keys act on. @param extend keeps what is selected, and selects up to there */
export function activateRow(studio: Studio, row: number, extend = false): void {
  const { active, anchor } = studio.store.getState().inventory
  set(studio, { active: studio.pixels.inventory.keyOf(row), anchor: extend ? (anchor ?? active) : null })
}

/** Goes that many rows on from the active one, held at both ends. */
export function moveRow(studio: Studio, by: number, extend = false): void {
  const { rows } = rowsShown(studio)
  if (rows.length === 0) return
  const now = studio.pixels.inventory.rowOf(studio.store.getState().inventory.active)
  const at = now === null ? -1 : rows.indexOf(now)
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))
  activateRow(studio, rows[next]!, extend)
}

/** Selects all rows that the filter lets through. */
export function selectAllRows(studio: Studio): void {
  const { rows } = rowsShown(studio)
  const { inventory } = studio.pixels
  const [first, last] = [rows[0], rows.at(-1)]
  if (first === undefined || last === undefined) return
  set(studio, { active: inventory.keyOf(first), anchor: inventory.keyOf(last) })
}

/** The selected rows as text with a line of titles, tab after tab: what spreadsheets take. */
export function selectedText(studio: Studio): string {
  const { table, rows } = rowsShown(studio)
  const { columns } = studio.store.getState().inventory
  const { first, last } = selectedRange(studio)
  const line = (row: number) =>
    columns.map(column =>
      column === 'raster' ? table.rasters[table.raster[row]!]!.name : (valueAt(table, row, column) ?? ''),
    )
  const lines = [...rows.subarray(first, last + 1)].map(line)
  return [[...columns], ...lines]
    .map(cells => cells.map(cell => String(cell).replace(/[\t\r\n]+/g, ' ')).join('\t'))
    .join('\n')
}

/** Shows the patch or cell that a landslide begins on, brings it into view and outlines it. */
export async function jumpToRow(studio: Studio, row: number): Promise<void> {
  activateRow(studio, row)
  const { table } = studio.pixels.inventory
  const raster = table.rasters[table.raster[row]!]!
  const { column, row: line } = firstPixelOf(table, row)
  const part = raster.patches.find(
    ({ window }) =>
      column >= window.column &&
      line >= window.row &&
      column < window.column + window.width &&
      line < window.row + window.height,
  )
  const { view, ...state } = studio.store.getState()
  const patch = part && patchById({ ...state, view }, part.id)
  if (!part || !patch) {
    notify(studio.store, 'information', `${raster.name} is no longer in this project.`)
    return
  }
  const { georeference } = patch
  if (view.mode === 'sheet' || (view.mode === 'map' && !georeference?.transform))
    showViewMode(studio, 'single')
  // The map shows one coordinate system at a time.
  if (view.mapCrs !== null && view.mapCrs !== georeference?.crs) setMapSystem(studio, null)
  if (!(await showPatch(studio, patch.id))) return
  const pixel = { column: column - part.window.column, row: line - part.window.row }
  const found = await selectLandslideAt(studio, pixel, { bring: true })
  if (!found) {
    notify(studio.store, 'information', 'This landslide is no longer on the mask: update the table.')
  }
}

/** `jumpToRow` of the active row. */
export function jumpToActive(studio: Studio): void {
  const row = studio.pixels.inventory.rowOf(studio.store.getState().inventory.active)
  if (row !== null) void jumpToRow(studio, row)
}
