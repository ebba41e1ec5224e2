import { AppError, toAppError } from '../foundation/appError'
import type { AffineTransform, Georeference, RasterSource } from '../raster/rasterSource'
import type { SceneGrid } from './scene'

/** A full product has 10,980 x 10,980; four of them side by side fit. */
const MAX_PIXELS = 2 ** 29

/** The opened file of one band, and where it lies. */
export interface OpenedBand {
  name: string
  path: string
  /** Of the file's bands, from 0. */
  band: number
  raster: RasterSource
  georeference: Georeference | null
}

/** A transform with its system, as a raster that can be read on a scene's grid has it: north up. */
interface Place {
  crs: string
  transform: AffineTransform
}

/** Geographic systems are numbered from 4001 on; a few projected ones are among them. */
function isInDegrees({ crs, geoKeys }: Georeference, [x, column]: AffineTransform): boolean {
  if (geoKeys?.GTModelTypeGeoKey === 2) return true
  const code = Number(/^EPSG:(\d+)$/.exec(crs ?? '')?.[1] ?? Number.NaN)
  return code >= 4000 && code < 5000 && Math.abs(column) < 0.5 && Math.abs(x) <= 540
}

const WEB_MERCATOR = new Set(['EPSG:3857', 'EPSG:900913', 'EPSG:102100', 'EPSG:3785'])
const EARTH_RADIUS = 6_378_137

/** UTM on WGS 84, as Sentinel-2's tiles are: "EPSG:32633". */
function utmOf(longitude: number, latitude: number): string {
  const zone = Math.min(60, Math.max(1, Math.floor(((((longitude + 180) % 360) + 360) % 360) / 6) + 1))
  return `EPSG:${(latitude < 0 ? 32700 : 32600) + zone}`
}

/** The system of a Sentinel-2 tile by its name: "T33TWM" lies in zone 33, north. */
export function crsOfTile(tile: string | null): string | null {
  const [, zone, band] = /^T(\d{2})([C-X])/.exec(tile ?? '') ?? []
  if (!zone || !band || Number(zone) < 1 || Number(zone) > 60) return null
  return `EPSG:${(band < 'N' ? 32700 : 32600) + Number(zone)}`
}

/**
 * Where a raster lies, if a scene can lie there.
 *
 * @returns null where it does not say.
 * @throws AppError `file-unsupported` with the command that mends it: degrees, Web Mercator, feet, rotated, a system without
 * EPSG code.
 */
function placeOf(
  path: string,
  georeference: Georeference | null,
  width: number,
  height: number,
): Place | null {
  const transform = georeference?.transform
  if (!georeference || !transform) return null
  const name = path.split('/').at(-1)!
  const refuse = (what: string, fix: string) =>
    new AppError('file-unsupported', `"${path}" ${what}. Warp it first: ${fix}`)
  const warp = (crs: string) => `gdalwarp -t_srs ${crs} -tr 10 10 -r near "${name}" "utm_${name}"`
  const [x, xColumn, xRow, y, yColumn, yRow] = transform
  if (!transform.every(Number.isFinite) || xColumn === 0 || yRow === 0 || xRow !== 0 || yColumn !== 0) {
    throw refuse('is rotated', `gdalwarp -r near "${name}" "north_${name}"`)
  }
  if (xColumn < 0 || yRow > 0) throw refuse('is not north-up', `gdalwarp -r near "${name}" "north_${name}"`)
  const [middleX, middleY] = [x + (xColumn * width) / 2, y + (yRow * height) / 2]
  if (isInDegrees(georeference, transform)) {
    throw refuse('is in degrees, so its pixels are not square on the ground', warp(utmOf(middleX, middleY)))
  }
  const { crs, geoKeys } = georeference
  if (crs !== null && WEB_MERCATOR.has(crs)) {
    const latitude = (Math.atan(Math.sinh(middleY / EARTH_RADIUS)) * 180) / Math.PI
    const longitude = ((middleX / EARTH_RADIUS) * 180) / Math.PI
    throw refuse('is in Web Mercator, whose metres are none on the ground', warp(utmOf(longitude, latitude)))
  }
  const unit = geoKeys?.ProjLinearUnitsGeoKey
  if (typeof unit === 'number' && unit !== 9001 && unit !== 32767) {
    throw refuse('has coordinates in another unit than metres', warp('EPSG:326<zone>'))
  }
  if (crs === null) {
    if (!geoKeys || Object.keys(geoKeys).length === 0) return null
    throw refuse('has a coordinate system without EPSG code', warp('EPSG:326<zone>'))
  }
  return { crs, transform }
}

/** Whether two bands of one product lie as one: the same corner, to a hundredth of a 10 m pixel. */
function sameCorner(a: Place, b: Place): boolean {
  const tolerance = 0.01 * Math.min(a.transform[1], b.transform[1])
  return (
    a.crs === b.crs &&
    Math.abs(a.transform[0] - b.transform[0]) <= tolerance &&
    Math.abs(a.transform[3] - b.transform[3]) <= tolerance
  )
}

/** "EPSG:32633, 600000, 5100000" */
function describePlace({ crs, transform }: Place): string {
  return `${crs}, upper left ${round(transform[0])}, ${round(transform[3])}`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

interface BandsOnGrid {
  /** Null where none of them says where it lies. */
  grid: SceneGrid | null
  /** Size of the grid where it has no place. */
  width: number
  height: number
  /** Those that nest in the grid, with the side of their pixels in those of the grid. */
  bands: (OpenedBand & { factor: number })[]
  refused: { band: OpenedBand; message: string }[]
}

/**
 * The grid of the finest bands, and which of the others nest in it: the same corner and coordinate system, pixels a whole
 * number of times as large, ceil(size / factor) of them. Where bands lie apart, the place that most of them share is right.
 *
 * @param bands not empty.
 * @throws AppError as `placeOf` where that holds for half of the bands; `file-too-large`.
 */
export function putOnGrid(bands: readonly OpenedBand[]): BandsOnGrid {
  const refused: BandsOnGrid['refused'] = []
  const misplaced: AppError[] = []
  const placed = bands.flatMap(band => {
    const { width, height } = band.raster
    try {
      return [{ band, place: placeOf(band.path, band.georeference, width, height) }]
    } catch (thrown) {
      const error = toAppError(thrown)
      misplaced.push(error)
      refused.push({ band, message: error.message })
      return []
    }
  })
  if (misplaced.length >= bands.length / 2) throw misplaced[0]!
  const places = placed.flatMap(({ place }) => (place ? [place] : []))
  const votes = places.map(place => places.filter(other => sameCorner(place, other)).length)
  const shared = places[votes.indexOf(Math.max(...votes))] ?? null
  const together = placed.filter(({ band, place }) => {
    if (!place || !shared || sameCorner(place, shared)) return true
    const what =
      place.crs === shared.crs
        ? 'it is of another tile. Take'
        : 'it is of another tile, or was warped apart from them. Take'
    const message =
      `"${band.path}" lies elsewhere (${describePlace(place)}) than the other bands ` +
      `(${describePlace(shared)}): ${what} ${band.name} of their product.`
    refused.push({ band, message })
    return false
  })
  const finest = together.reduce((best, next) => (isFiner(next, best) ? next : best))
  const { width, height } = finest.band.raster
  if (width * height > MAX_PIXELS) {
    throw new AppError(
      'file-too-large',
      `"${finest.band.path}" has ${width} x ${height} pixels; a scene has at most ${MAX_PIXELS}. Cut it into parts: ` +
        'gdal_translate -srcwin.',
    )
  }
  const fitting: BandsOnGrid['bands'] = []
  for (const { band, place } of together) {
    const factor = factorOf(band.raster, place, finest.band.raster, finest.place)
    if (factor !== null) fitting.push({ ...band, factor })
    else {
      const message =
        `"${band.path}" has ${band.raster.width} x ${band.raster.height} pixels, which do not nest in the ` +
        `${width} x ${height} of "${finest.band.path}". Warp it onto that grid: gdalwarp -tr and -te.`
      refused.push({ band, message })
    }
  }
  const grid = finest.place && { ...finest.place, width, height }
  return { grid, width, height, bands: fitting, refused }
}

interface Placed {
  band: OpenedBand
  place: Place | null
}

/** By pixels, not by side of a pixel, which not all may have; a band with a place before one without. */
function isFiner(a: Placed, b: Placed): boolean {
  const [ofA, ofB] = [a.band.raster, b.band.raster]
  return ofA.width !== ofB.width ? ofA.width > ofB.width : a.place !== null && b.place === null
}

/** How many pixels of the grid are one of the band's, along a row; null where they do not nest. */
function factorOf(
  band: RasterSource,
  place: Place | null,
  finest: RasterSource,
  ofGrid: Place | null,
): number | null {
  const factor =
    place && ofGrid
      ? Math.round(place.transform[1] / ofGrid.transform[1])
      : Math.round(finest.width / band.width)
  if (factor < 1) return null
  if (band.width !== Math.ceil(finest.width / factor) || band.height !== Math.ceil(finest.height / factor))
    return null
  if (!place || !ofGrid) return factor
  // What the pixels' sizes leave at the far corner: a twentieth of a pixel of the grid at most.
  const offRight = Math.abs(place.transform[1] - factor * ofGrid.transform[1]) * band.width
  const offDown = Math.abs(place.transform[5] - factor * ofGrid.transform[5]) * band.height
  return offRight <= 0.05 * ofGrid.transform[1] && offDown <= 0.05 * -ofGrid.transform[5] ? factor : null
}
