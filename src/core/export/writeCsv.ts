import { throwIfAborted } from '../foundation/appError'
import { csvRow } from '../foundation/csv'
import { layerInLonLat } from './layerInLonLat'
import { storable, storedValue } from './storedValue'
import { isPoint, type VectorLayer, type VectorWriteOptions } from './vectorLayer'

/** Characters of a chunk, about. */
const CHUNK = 2 ** 18

/**
 * A layer's attributes as CSV (RFC 4180), UTF-8 with a header, for spreadsheets: shapes do not fit their cells and stay in
 * the other files. Points get columns `lon` and `lat` of WGS 84, or `column` and `row` where the raster has no coordinate
 * system; landslides have the place of each among their attributes. Texts that a spreadsheet would run are guarded
 * (`csvRow`).
 *
 * @throws AppError as `layerInLonLat` for points; `aborted`
 */
export async function* writeCsv(
  layer: VectorLayer,
  { signal, onFeatures }: VectorWriteOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const hasPlace = layer.geometry === 'point'
  const { fields, features, crs } = hasPlace ? await layerInLonLat(layer) : layer
  const places = !hasPlace ? [] : crs === null ? ['column', 'row'] : ['lon', 'lat']
  const encoder = new TextEncoder()
  let pending = csvRow([...fields.map(({ name }) => storable(name)), ...places])
  let count = 0
  for await (const { geometry, values } of features()) {
    const place = geometry && isPoint(geometry) ? geometry : [null, null]
    pending += csvRow([...fields.map(field => storedValue(values, field)), ...(hasPlace ? place : [])])
    count++
    if (pending.length < CHUNK) continue
    throwIfAborted(signal)
    onFeatures?.(count)
    yield encoder.encode(pending)
    pending = ''
  }
  throwIfAborted(signal)
  onFeatures?.(count)
  yield encoder.encode(pending)
}
