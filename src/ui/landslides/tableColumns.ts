import { LANDSLIDE_FIELDS, type LandslideField } from '../../core/inventory/fields'
import { type InventoryTable, valueAt } from '../../core/inventory/inventoryTable'
import { TABLE_COLUMNS, type TableColumn } from '../../state/inventory/slice'

/** A column of the landslides table as it is drawn. */
export interface DrawnColumn {
  id: TableColumn
  /** "Area". */
  title: string
  /** "m²"; null: none, or the numbers say it themselves. */
  unit: string | null
  /** What it holds, a sentence without a full stop. */
  detail: string
  /** CSS pixels. */
  width: number
  isNumber: boolean
  /** Texts that end in what tells them apart are cut in the middle. */
  isName: boolean
  /** null: not known. */
  text(table: InventoryTable, row: number): string | null
}

const NAMES: ReadonlySet<TableColumn> = new Set([
  'id',
  'raster',
  'src_id',
  'dmg_src_id',
  'dem_source',
  'models',
])

/** Wide enough for their titles and what they usually hold; the others take `usualWidth`. */
const WIDTHS: Readonly<Partial<Record<TableColumn, number>>> = {
  id: 120,
  raster: 124,
  models: 160,
  src_id: 160,
  dmg_src_id: 160,
  dem_source: 160,
  verdict: 108,
}

/** Shorter than the field's own where there is little room: the detail says the rest. */
const TITLES: Readonly<Partial<Record<TableColumn, string>>> = {
  area_ha: 'Area',
  slope_mean_deg: 'Slope',
  p_mean: 'Prob.',
  p_min: 'Least prob.',
}

const RASTER: DrawnColumn = {
  id: 'raster',
  title: 'Scene or patch',
  unit: null,
  detail: 'Scene or patch that it lies on',
  width: WIDTHS.raster!,
  isNumber: false,
  isName: true,
  text: (table, row) => table.rasters[table.raster[row]!]!.name,
}

const ALL: ReadonlyMap<TableColumn, DrawnColumn> = new Map(
  TABLE_COLUMNS.map(id => [
    id,
    id === 'raster' ? RASTER : drawn(LANDSLIDE_FIELDS.find(({ name }) => name === id)!),
  ]),
)

export function drawnColumn(id: TableColumn): DrawnColumn {
  return ALL.get(id)!
}

function drawn(field: LandslideField): DrawnColumn {
  const { name, type, unit, detail } = field
  const isNumber = type !== 'text'
  const title = TITLES[name] ?? field.title
  return {
    id: name,
    title,
    unit,
    detail,
    width: WIDTHS[name] ?? usualWidth({ type, title, unit }),
    isNumber,
    isName: NAMES.has(name),
    text(table, row) {
      const value = valueAt(table, row, name)
      if (name === 'verdict') return value === null ? 'Not reviewed' : capital(String(value))
      if (value === null) return null
      if (typeof value === 'number') return numberText(value, field)
      if (name === 'confidence') return capital(value)
      return name.startsWith('date_') ? value.slice(0, 10) : value
    },
  }
}

/** Of title, unit and the mark of what is sorted by. */
function usualWidth({ type, title, unit }: Pick<LandslideField, 'type' | 'title' | 'unit'>): number {
  const letters = title.length + (unit ? unit.length + 1 : 0)
  return Math.max(type === 'text' ? 100 : 76, 34 + 7 * letters)
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replaceAll('-', ' ')
}

/** As many digits as the pixels can tell apart. */
function numberText(value: number, { name, unit }: Pick<LandslideField, 'name' | 'unit'>): string {
  return value.toLocaleString('en', { minimumFractionDigits: 0, ...digits(name, unit, value) })
}

function digits(name: string, unit: string | null, value: number): Intl.NumberFormatOptions {
  const fixed = (count: number) => ({ minimumFractionDigits: count, maximumFractionDigits: count })
  if (name === 'lon' || name === 'lat') return fixed(5)
  if (unit === 'ha' || unit === null) return fixed(2)
  if (unit === 'm') return fixed(Math.abs(value) < 10 ? 1 : 0)
  return fixed(0)
}

/** "3.42 km²", "12.5 ha", "800 m²": a sum of areas with three figures. */
export function areaText(squareMetres: number): string {
  const [value, unit] =
    squareMetres >= 1e6
      ? [squareMetres / 1e6, 'km²']
      : squareMetres >= 1e4
        ? [squareMetres / 1e4, 'ha']
        : [squareMetres, 'm²']
  return `${value.toLocaleString('en', { maximumSignificantDigits: value >= 1000 ? 4 : 3 })} ${unit}`
}
