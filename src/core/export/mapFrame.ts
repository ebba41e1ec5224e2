import type { AffineTransform, Georeference } from '../raster/rasterSource'
import type { Polygon } from '../scenes/polygons'
import { hasPlace } from './geoFields'
import { lonLatOf } from './layerInLonLat'
import { rightHanded } from './ringOrder'
import { type FeatureGeometry, isPoint } from './vectorLayer'

/** The coordinate system that layers of several rasters share. */
export interface MapFrame {
  /** null: pixels, of rasters without a coordinate system. */
  crs: string | null
  /** Whether a raster belongs to it: one without a place never lies on a map. */
  holds(georeference: Georeference | null): boolean
  /** Moves a geometry from a raster's pixels (corners; x is the column, y the row) into the frame. */
  place(georeference: Georeference | null, geometry: FeatureGeometry): FeatureGeometry
}

/**
 * The frames that rasters need: their own coordinate system where all share one, longitude and latitude of WGS 84 where they
 * have several or one without an EPSG code, and pixels for those without any.
 *
 * @param georeferences at least one
 * @throws AppError `file-unsupported` for a coordinate system that cannot be moved to WGS 84, where it has to be
 */
export async function mapFrames(georeferences: readonly (Georeference | null)[]): Promise<MapFrame[]> {
  const placed = georeferences.filter(isOnMap)
  const systems = new Set(placed.map(({ crs }) => crs))
  const [only = null] = systems
  const frames: MapFrame[] = []
  if (systems.size === 1 && only !== null) frames.push(ownFrame(only))
  else if (placed.length > 0) frames.push(await lonLatFrame(placed))
  if (placed.length < georeferences.length) frames.push(PIXELS)
  return frames
}

type OnMap = Georeference & { transform: AffineTransform }

function isOnMap(georeference: Georeference | null): georeference is OnMap {
  return hasPlace(georeference) && georeference.transform !== null
}

const PIXELS: MapFrame = {
  crs: null,
  holds: georeference => !isOnMap(georeference),
  place: (_, geometry) => geometry,
}

function ownFrame(crs: string): MapFrame {
  return {
    crs,
    holds: isOnMap,
    place: (georeference, geometry) => onMap((georeference as OnMap).transform, geometry),
  }
}

async function lonLatFrame(georeferences: readonly OnMap[]): Promise<MapFrame> {
  const moves = new Map<string, Awaited<ReturnType<typeof lonLatOf>>>()
  const key = ({ crs, geoKeys }: Georeference) => crs ?? JSON.stringify(geoKeys)
  for (const georeference of georeferences) {
    if (moves.has(key(georeference))) continue
    moves.set(
      key(georeference),
      await lonLatOf(georeference, `A raster in ${georeference.crs ?? 'its own system'}`),
    )
  }
  return {
    crs: 'EPSG:4326',
    holds: isOnMap,
    place: (georeference, geometry) => {
      const { transform } = georeference as OnMap
      return moves.get(key(georeference as OnMap))!(onMap(transform, geometry))
    },
  }
}

/** Pixel corners on the map, as GDAL computes them; outsides counter-clockwise whichever way the raster lies. */
function onMap(transform: AffineTransform, geometry: FeatureGeometry): FeatureGeometry {
  const [x0, xColumn, xRow, y0, yColumn, yRow] = transform
  const move = (ring: readonly number[]): number[] => {
    const out = new Array<number>(ring.length)
    for (let i = 0; i < ring.length; i += 2) {
      out[i] = x0 + ring[i]! * xColumn + ring[i + 1]! * xRow
      out[i + 1] = y0 + ring[i]! * yColumn + ring[i + 1]! * yRow
    }
    return out
  }
  if (isPoint(geometry)) return move(geometry) as unknown as readonly [number, number]
  return geometry.map((polygon: Polygon) => rightHanded(polygon.map(move)))
}
