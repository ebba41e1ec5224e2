import type { AffineTransform, Georeference } from '../../core/raster/rasterSource'
import type { PatchRecord } from '../../core/review/records'

type LengthUnit = 'metre' | 'degree' | 'foot'

interface CoordinateSystem {
  /** Rasters with the same key are drawn together. */
  key: string
  title: string
  /** Unit of the coordinates; null where nothing says it. */
  unit: LengthUnit | null
}

/** Codes of the GeoTIFF registry's units (OGC 19-008r4, annex G): EPSG's own. */
const LINEAR_UNITS: Readonly<Record<number, LengthUnit>> = { 9001: 'metre', 9002: 'foot', 9003: 'foot' }

const MODEL_PROJECTED = 1

const MODEL_GEOGRAPHIC = 2

/** EPSG's geographic systems of two dimensions lie in this range of codes; their unit is the degree. */
const GEOGRAPHIC = { from: 4001, to: 4999 }

/** Projected systems in metres that need no table: UTM on WGS 84 and ETRS89, Web Mercator, Europe's LAEA, Britain. */
const METRIC = (code: number) =>
  (code >= 32601 && code <= 32660) ||
  (code >= 32701 && code <= 32760) ||
  (code >= 25828 && code <= 25838) ||
  [3857, 3034, 3035, 27700, 2056, 21781, 2154, 31287].includes(code)

/** The coordinate system of a georeference; rasters with a transform and no named system share one by their keys. */
export function coordinateSystem({ crs, geoKeys }: Georeference): CoordinateSystem {
  const unit = unitOf(crs, geoKeys)
  if (crs) return { key: crs, title: crs, unit }
  if (geoKeys) {
    const citation = geoKeys.GTCitationGeoKey ?? geoKeys.PCSCitationGeoKey ?? geoKeys.GeogCitationGeoKey
    const title =
      typeof citation === 'string' && citation.trim() ? citation.trim() : 'Custom coordinate system'
    return { key: `keys:${JSON.stringify(geoKeys)}`, title, unit }
  }
  return { key: 'unnamed', title: 'Unnamed coordinates', unit: null }
}

function unitOf(crs: string | null, geoKeys: Georeference['geoKeys']): LengthUnit | null {
  const code = Number(crs?.replace(/^EPSG:/, ''))
  const geographic = code >= GEOGRAPHIC.from && code <= GEOGRAPHIC.to
  if (geographic || geoKeys?.GTModelTypeGeoKey === MODEL_GEOGRAPHIC) return 'degree'
  const stored = geoKeys?.ProjLinearUnitsGeoKey
  if (typeof stored === 'number' && LINEAR_UNITS[stored]) return LINEAR_UNITS[stored]
  if (METRIC(code)) return 'metre'
  // A user-defined projection without a unit is in metres by the GeoTIFF standard; a code of EPSG's has its own.
  const userDefined = geoKeys?.GTModelTypeGeoKey === MODEL_PROJECTED && crs === null && stored === undefined
  return userDefined ? 'metre' : null
}

type Place = readonly [number, number]

/** Box in coordinates of a system, y upwards. */
interface Extent {
  left: number
  bottom: number
  right: number
  top: number
}

export interface PlacedPatch {
  patch: PatchRecord
  transform: AffineTransform
  /** Outer corners in the order of the raster: top left, top right, bottom right, bottom left. */
  corners: readonly [Place, Place, Place, Place]
}

export interface PlacedGroup {
  system: CoordinateSystem
  placed: readonly PlacedPatch[]
  extent: Extent
  /** Side of the smallest pixel, in units of the system: what the map's own coordinates count in. */
  pixel: number
}

export interface Placement {
  /** Most rasters first. */
  groups: readonly PlacedGroup[]
  /** Patches that have no place, by reason, in their order. */
  unplaced: readonly { reason: string; patches: readonly PatchRecord[] }[]
}

/** Sorts patches by what their files say of their place: nothing is guessed and nothing is transformed. */
export function placePatches(patches: readonly PatchRecord[]): Placement {
  const groups = new Map<string, { system: CoordinateSystem; placed: PlacedPatch[] }>()
  const unplaced = new Map<string, PatchRecord[]>()
  for (const patch of patches) {
    const reason = whyUnplaced(patch)
    const { georeference } = patch
    if (reason !== null || !georeference?.transform) {
      const text = reason ?? NO_GEOREFERENCE
      unplaced.set(text, [...(unplaced.get(text) ?? []), patch])
      continue
    }
    const system = coordinateSystem(georeference)
    const group = groups.get(system.key) ?? { system, placed: [] }
    group.placed.push(place(patch, georeference.transform))
    groups.set(system.key, group)
  }
  return {
    groups: [...groups.values()]
      .map(({ system, placed }) => ({
        system,
        placed,
        extent: extentOf(placed.flatMap(({ corners }) => corners)),
        pixel: Math.min(...placed.map(({ transform }) => pixelSide(transform))),
      }))
      .sort((a, b) => b.placed.length - a.placed.length),
    unplaced: [...unplaced].map(([reason, list]) => ({ reason, patches: list })),
  }
}

const NO_GEOREFERENCE = 'The file has no georeference.'

const L4S_HAS_NONE = 'Landslide4Sense patches were released without date, place or coordinate system.'

function whyUnplaced({ georeference, scale, path }: PatchRecord): string | null {
  if (!georeference) return scale === 'l4s' && /\.h5$/i.test(path) ? L4S_HAS_NONE : NO_GEOREFERENCE
  const { transform, crs } = georeference
  if (!transform) {
    return crs ? `The file names ${crs} but gives no position in it.` : 'The file has no transform.'
  }
  const [, xColumn, xRow, , yColumn, yRow] = transform
  const area = xColumn * yRow - xRow * yColumn
  return Number.isFinite(area) && area !== 0 ? null : 'The transform gives pixels no area.'
}

function place(patch: PatchRecord, transform: AffineTransform): PlacedPatch {
  const { width, height } = patch
  const at = (column: number, row: number) => toWorld(transform, column, row)
  return { patch, transform, corners: [at(0, 0), at(width, 0), at(width, height), at(0, height)] }
}

/** Coordinates of a raster position (pixels from the outer top left corner). */
export function toWorld(transform: AffineTransform, column: number, row: number): Place {
  const [x, xColumn, xRow, y, yColumn, yRow] = transform
  return [x + column * xColumn + row * xRow, y + column * yColumn + row * yRow]
}

/** Inverse of `toWorld`; the transform must give pixels an area. */
export function toRaster(transform: AffineTransform, [x, y]: Place): { column: number; row: number } {
  const [x0, xColumn, xRow, y0, yColumn, yRow] = transform
  const area = xColumn * yRow - xRow * yColumn
  const east = x - x0
  const north = y - y0
  return {
    column: (east * yRow - north * xRow) / area,
    row: (north * xColumn - east * yColumn) / area,
  }
}

function pixelSide(transform: AffineTransform): number {
  const [, xColumn, xRow, , yColumn, yRow] = transform
  return Math.sqrt(Math.abs(xColumn * yRow - xRow * yColumn))
}

function extentOf(places: readonly Place[]): Extent {
  const extent = {
    left: Number.POSITIVE_INFINITY,
    bottom: Number.POSITIVE_INFINITY,
    right: Number.NEGATIVE_INFINITY,
    top: Number.NEGATIVE_INFINITY,
  }
  for (const [x, y] of places) {
    extent.left = Math.min(extent.left, x)
    extent.right = Math.max(extent.right, x)
    extent.bottom = Math.min(extent.bottom, y)
    extent.top = Math.max(extent.top, y)
  }
  return extent
}

/** The patch under a place: the last drawn, with `onTop` drawn after all others; null: bare ground. */
export function patchAtPlace(
  placed: readonly PlacedPatch[],
  at: Place,
  onTop: string | null,
): PlacedPatch | null {
  const under = placed.filter(({ patch, transform }) => {
    const { column, row } = toRaster(transform, at)
    return column >= 0 && row >= 0 && column < patch.width && row < patch.height
  })
  return under.find(({ patch }) => patch.id === onTop) ?? under.at(-1) ?? null
}

const known = new WeakMap<readonly PatchRecord[], Placement>()

/** `placePatches`, worked out once for a list of patches as the store holds it. */
export function placementOf(patches: readonly PatchRecord[]): Placement {
  const before = known.get(patches)
  if (before) return before
  const placement = placePatches(patches)
  known.set(patches, placement)
  return placement
}

/** The group on the map: the one chosen, else that of the selected patch, else the one with the most rasters. */
export function chooseGroup(
  { groups }: Placement,
  chosen: string | null,
  selectedId: string | null,
): PlacedGroup | null {
  return (
    groups.find(({ system }) => system.key === chosen) ??
    groups.find(({ placed }) => placed.some(({ patch }) => patch.id === selectedId)) ??
    groups[0] ??
    null
  )
}

/**
 * The map's own plane: pixels of the finest raster, x to the right and y down from the extent's top left, so that
 * coordinates of millions of metres stay exact in the GPU's single precision and the camera is that of a patch.
 */
export class MapSpace {
  readonly width: number
  readonly height: number
  private readonly extent: Extent
  private readonly unit: number

  constructor({ extent, pixel }: Pick<PlacedGroup, 'extent' | 'pixel'>) {
    this.extent = extent
    this.unit = pixel
    this.width = (extent.right - extent.left) / pixel
    this.height = (extent.top - extent.bottom) / pixel
  }

  fromWorld([x, y]: Place): [number, number] {
    return [(x - this.extent.left) / this.unit, (this.extent.top - y) / this.unit]
  }

  toWorld([x, y]: readonly [number, number]): Place {
    return [this.extent.left + x * this.unit, this.extent.top - y * this.unit]
  }

  /** Column-major 4 x 4 matrix from pixels of a raster to this plane. */
  rasterMatrix(transform: AffineTransform): number[] {
    const at = (column: number, row: number) => this.fromWorld(toWorld(transform, column, row))
    const [[x, y], [xColumn, yColumn], [xRow, yRow]] = [at(0, 0), at(1, 0), at(0, 1)]
    return [xColumn - x, yColumn - y, 0, 0, xRow - x, yRow - y, 0, 0, 0, 0, 1, 0, x, y, 0, 1]
  }

  /** Units of the coordinate system in one screen pixel. */
  unitsPerPixel(zoom: number): number {
    return this.unit / 2 ** zoom
  }
}

export interface ScaleBar {
  /** Screen pixels. */
  width: number
  label: string
}

const STEPS = [5, 2, 1]

/**
 * The longest bar of 1, 2 or 5 times a power of ten that fits: in metres or kilometres, feet or degrees as the
 * coordinates are; without a unit it says so.
 *
 * @param unitsPerPixel units of the coordinate system in one screen pixel
 */
export function scaleBar(unitsPerPixel: number, unit: LengthUnit | null, widest = 140): ScaleBar | null {
  const most = unitsPerPixel * widest
  if (!(most > 0) || !Number.isFinite(most)) return null
  const power = 10 ** Math.floor(Math.log10(most))
  const length = (STEPS.find(step => step * power <= most) ?? 1) * power
  return { width: length / unitsPerPixel, label: lengthText(length, unit) }
}

function lengthText(length: number, unit: LengthUnit | null): string {
  const plain = (value: number) => String(Number(value.toPrecision(6)))
  switch (unit) {
    case 'metre':
      return length >= 1000 ? `${plain(length / 1000)} km` : `${plain(length)} m`
    case 'foot':
      return `${plain(length)} ft`
    case 'degree':
      return `${plain(length)}°`
    case null:
      return `${plain(length)} units`
  }
}
