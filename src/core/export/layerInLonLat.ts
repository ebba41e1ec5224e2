import { AppError } from '../foundation/appError'
import { bentRing, boxOf, clipRing, type Polygon } from '../scenes/polygons'
import { type PointTransform, type Projection, pointTransform, projectionOf } from '../scenes/projection'
import { rightHanded } from './ringOrder'
import { type FeatureGeometry, isPoint, type VectorLayer } from './vectorLayer'

/** Degrees by which a straight edge may bend before it is divided: 0.1 m. */
const BEND = 1e-6

/**
 * A layer in longitude and latitude of WGS 84: edges get more vertices where they bend by more than 0.1 m, and what crosses
 * the antimeridian is cut there (RFC 7946, 3.1.9). A landslide that crosses it to and fro keeps edges along it that
 * enclose nothing.
 *
 * @returns the layer itself where it is in WGS 84 already, or in no system
 * @throws AppError as `projectionOf`; while its features are read `export-failed` for one that WGS 84 has no place for
 */
export async function layerInLonLat(layer: VectorLayer): Promise<VectorLayer> {
  if (layer.crs === null || layer.crs === 'EPSG:4326') return layer
  const toLonLat = await lonLatOf({ crs: layer.crs, geoKeys: null }, `The layer "${layer.name}"`)
  return {
    ...layer,
    crs: 'EPSG:4326',
    async *features() {
      for await (const { geometry, values } of layer.features()) {
        yield { geometry: geometry && toLonLat(geometry), values }
      }
    },
  }
}

type Georeferenced = Parameters<typeof projectionOf>[0]

/**
 * Moves geometries to WGS 84, as `layerInLonLat` does.
 *
 * @param what is placed, for messages
 */
export async function lonLatOf(
  georeference: Georeferenced,
  what: string,
): Promise<(geometry: FeatureGeometry) => FeatureGeometry> {
  const [own, wgs84]: Projection[] = await Promise.all([
    projectionOf(georeference, what),
    projectionOf({ crs: 'EPSG:4326', geoKeys: null }, what),
  ])
  const project = await pointTransform(own!, wgs84!)
  const transform: PointTransform = (x, y) => {
    const place = project(x, y)
    if (Number.isNaN(place[0] + place[1])) {
      throw new AppError(
        'export-failed',
        `${what} reaches ${Math.round(x)}, ${Math.round(y)}, which has no longitude and latitude. Export a GeoPackage, which keeps its coordinates.`,
      )
    }
    return place
  }
  const beside = (x: number, y: number, before: readonly [number, number] | null) => {
    const place = transform(x, y)
    return before ? near(place, before) : place
  }
  return geometry => {
    if (isPoint(geometry)) return transform(...geometry)
    return geometry.flatMap(polygon => cut(polygon.map(ring => bentRing(ring, beside, BEND))))
  }
}

/** A place without a jump of longitude from another one. */
function near(place: readonly [number, number], other: readonly [number, number]): readonly [number, number] {
  const turns = Math.round((place[0] - other[0]) / 360)
  return turns === 0 ? place : [place[0] - 360 * turns, place[1]]
}

/** Parts of a polygon on either side of the antimeridian, with longitudes of -180 to 180. */
function cut(polygon: readonly number[][]): Polygon[] {
  const [left, , right] = boxOf(polygon.slice(0, 1))
  if (left >= -180 && right <= 180) return [rightHanded(polygon)]
  const parts: Polygon[] = []
  for (const turn of [-360, 0, 360]) {
    const window = [turn - 180, -90, turn + 180, 90] as const
    const rings = polygon
      // A hole may have begun on the other side of the line.
      .map(ring => shifted(ring, 360 * Math.round((left - ring[0]!) / 360)))
      .map(ring => shifted(clipRing(ring, window), -turn))
    if (rings[0]!.length >= 6) parts.push(rightHanded(rings.filter(ring => ring.length >= 6)))
  }
  return parts
}

function shifted(ring: readonly number[], by: number): number[] {
  return by === 0 ? [...ring] : ring.map((value, i) => (i % 2 === 0 ? value + by : value))
}
