import type { AffineTransform } from '../../core/raster/rasterSource'
import type { PatchRecord } from '../../storage/projectStore'
import { type CoordinateSystem, coordinateSystem } from './coordinateSystem'

export type Place = readonly [number, number]

/** Box in coordinates of a system, y upwards. */
export interface Extent {
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

const NO_GEOREFERENCE = 'The file carries no georeference.'
const L4S_HAS_NONE = 'Landslide4Sense patches were released without date, place or coordinate system.'

function whyUnplaced({ georeference, scale, path }: PatchRecord): string | null {
  if (!georeference) return scale === 'l4s' && /\.h5$/i.test(path) ? L4S_HAS_NONE : NO_GEOREFERENCE
  const { transform, crs } = georeference
  if (!transform) {
    return crs
      ? `The file names ${crs} but gives no position in it.`
      : 'The file gives no position: it has no transform.'
  }
  const [, xColumn, xRow, , yColumn, yRow] = transform
  const area = xColumn * yRow - xRow * yColumn
  return Number.isFinite(area) && area !== 0 ? null : 'The transform gives the pixels no area.'
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
