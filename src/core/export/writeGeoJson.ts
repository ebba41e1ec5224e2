import { throwIfAborted } from '../foundation/appError'
import type { Polygon } from '../scenes/polygons'
import { layerInLonLat } from './layerInLonLat'
import { rightHanded } from './ringOrder'
import { storable, storedValue } from './storedValue'
import { type FeatureGeometry, isPoint, type VectorLayer, type VectorWriteOptions } from './vectorLayer'

/** Of a degree: 1 cm. */
const DECIMALS = 7

/** Characters of a chunk, about. */
const CHUNK = 2 ** 18

/**
 * For pixels, by the `crs` member of the draft before RFC 7946: GDAL and QGIS still read it, and take everything else, null
 * too, for WGS 84.
 */
const PIXELS = {
  type: 'name',
  properties: {
    name: 'ENGCRS["Pixels of a raster without a coordinate system",EDATUM["Raster"],CS[Cartesian,2],AXIS["column",east],AXIS["row",south],LENGTHUNIT["pixel",1]]',
  },
}

/**
 * A layer as GeoJSON (RFC 7946), a feature a line: longitude and latitude of WGS 84 to seven decimals, outsides counter-
 * clockwise, cut at the antimeridian. A layer without a coordinate system keeps its pixels and says so (`PIXELS`).
 *
 * @throws AppError as `layerInLonLat`; `aborted`
 */
export async function* writeGeoJson(
  layer: VectorLayer,
  { signal, onFeatures }: VectorWriteOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { name, title, fields, features, crs } = await layerInLonLat(layer)
  const encoder = new TextEncoder()
  const members = [`"name":${text(name)}`, `"description":${text(title)}`]
  if (crs === null) members.push(`"crs":${JSON.stringify(PIXELS)}`)
  let pending = `{"type":"FeatureCollection",${members.join(',')},"features":[`
  const keys = fields.map(field => text(field.name))
  let count = 0
  for await (const { geometry, values } of features()) {
    const properties = fields.map((field, i) => `${keys[i]}:${JSON.stringify(storedValue(values, field))}`)
    const place = geometry && geometry.length > 0 ? geometryText(geometry, crs !== null) : 'null'
    pending += `${count === 0 ? '' : ','}\n{"type":"Feature","properties":{${properties.join(',')}},"geometry":${place}}`
    count++
    if (pending.length < CHUNK) continue
    throwIfAborted(signal)
    onFeatures?.(count)
    yield encoder.encode(pending)
    pending = ''
  }
  throwIfAborted(signal)
  onFeatures?.(count)
  yield encoder.encode(`${pending}\n]}\n`)
}

function text(value: string): string {
  return JSON.stringify(storable(value))
}

function geometryText(geometry: FeatureGeometry, isLonLat: boolean): string {
  const position = isLonLat
    ? (x: number, y: number) => `[${rounded(x)},${rounded(y)}]`
    : (x: number, y: number) => `[${x},${y}]`
  if (isPoint(geometry)) return `{"type":"Point","coordinates":${position(...geometry)}}`
  const polygons = geometry.map((polygon: Polygon) => {
    const rings = rightHanded(polygon).map(ring => {
      const positions: string[] = []
      for (let i = 0; i < ring.length; i += 2) positions.push(position(ring[i]!, ring[i + 1]!))
      positions.push(positions[0]!)
      return `[${positions.join(',')}]`
    })
    return `[${rings.join(',')}]`
  })
  return `{"type":"MultiPolygon","coordinates":[${polygons.join(',')}]}`
}

/** Without zeros at the end. */
function rounded(degrees: number): number {
  return Number(degrees.toFixed(DECIMALS))
}
