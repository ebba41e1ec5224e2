import { z } from '../../core/foundation/schema'
import { LANDSLIDE_FIELDS } from '../../core/inventory/fields'
import { NO_FILTER, type SortColumn, type TableFilter, type TableSort } from '../../core/inventory/tableRows'
import { preferences } from '../preferences'

/** What a column of the table shows: an attribute, or the scene or patch that a landslide lies on. */
export type TableColumn = SortColumn

/** All columns, in their order. */
export const TABLE_COLUMNS: readonly TableColumn[] = [...LANDSLIDE_FIELDS.map(({ name }) => name), 'raster']

/** The landslides of the whole event as a table; its rows lie in the `PixelCache`. */
export interface InventorySlice {
  /** The table lies under the stage. */
  open: boolean
  /** CSS pixels; null: as the style sheet has it. */
  height: number | null
  /** Raised whenever the rows in the cache changed. */
  revision: number
  /** Landslides in the table. */
  count: number
  /** What is to be said of ground that several masks show, a sentence each. */
  remarks: readonly string[]
  /** "none": not read yet. "read": as it was at the last look; `stale` says what changed since. */
  status: 'none' | 'read' | 'failed' | 'cancelled'
  /** Why it could not be read. */
  error: string | null
  /** Masks that changed since they were read, or were never read, counted as the rasters that they make. */
  stale: number
  columns: readonly TableColumn[]
  sort: TableSort
  filter: TableFilter
  /** Key of the row that keys act on (`rowKey`); null: none. */
  active: string | null
  /** Key of the row at the other end of the selected ones; null: the active one alone is selected. */
  anchor: string | null
}

export const initialInventorySlice: InventorySlice = {
  open: false,
  height: null,
  revision: 0,
  count: 0,
  remarks: [],
  status: 'none',
  error: null,
  stale: 0,
  columns: [
    'id',
    'area_m2',
    'relief_m',
    'slope_mean_deg',
    'length_m',
    'confidence',
    'verdict',
    'p_mean',
    'disagreement',
    'raster',
  ],
  sort: { column: 'area_m2', descending: true },
  filter: NO_FILTER,
  active: null,
  anchor: null,
}

/** Lower, no row is in sight; higher, no image. CSS pixels. */
export const HEIGHT_LIMITS = { lowest: 160, highest: 900 } as const

const column = z.enum(TABLE_COLUMNS as [TableColumn, ...TableColumn[]])

export const inventoryPreferences = preferences<InventorySlice>('scarp.inventory', initialInventorySlice, {
  open: z.boolean(),
  height: z.int().min(HEIGHT_LIMITS.lowest).max(HEIGHT_LIMITS.highest).nullable(),
  revision: null,
  count: null,
  remarks: null,
  status: null,
  error: null,
  stale: null,
  columns: z.array(column).min(1).max(TABLE_COLUMNS.length),
  sort: z.object({ column, descending: z.boolean() }),
  filter: null,
  active: null,
  anchor: null,
})
