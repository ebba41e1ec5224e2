import type { Box } from '../scenes/polygons'
import { boxOf } from '../scenes/polygons'
import { type FeatureGeometry, isPoint } from './vectorLayer'

const LITTLE_ENDIAN = 1
const WKB_POINT = 1
const WKB_POLYGON = 3
const WKB_MULTI_POLYGON = 6
const POINT_BYTES = 16
/** Magic, version, flags, system. */
const HEADER_BYTES = 8
const ENVELOPE_BYTES = 32
const WITH_ENVELOPE = 1 << 1

/**
 * A geometry as GeoPackage stores it (OGC 12-128r18, 2.1.3): its header, little-endian, with the envelope in x and y of
 * polygons, then ISO well-known binary. Rings are closed here.
 *
 * @param system `srs_id` of the table
 */
export function geometryBlob(
  geometry: FeatureGeometry,
  system: number,
): { blob: Uint8Array<ArrayBuffer>; box: Box } {
  const point = isPoint(geometry)
  const box: Box = point ? [...geometry, ...geometry] : boxOf(geometry.flat())
  let bytes = HEADER_BYTES
  if (point) bytes += 5 + POINT_BYTES
  else {
    bytes += ENVELOPE_BYTES + 9
    for (const polygon of geometry) {
      bytes += 9
      for (const ring of polygon) bytes += 4 + (ring.length / 2 + 1) * POINT_BYTES
    }
  }
  const view = new DataView(new ArrayBuffer(bytes))
  view.setUint16(0, 0x4750)
  view.setUint8(3, LITTLE_ENDIAN | (point ? 0 : WITH_ENVELOPE))
  view.setInt32(4, system, true)
  let at = HEADER_BYTES
  const double = (value: number) => {
    view.setFloat64(at, value, true)
    at += 8
  }
  const uint32 = (value: number) => {
    view.setUint32(at, value, true)
    at += 4
  }
  const begin = (type: number) => {
    view.setUint8(at++, LITTLE_ENDIAN)
    uint32(type)
  }
  if (point) {
    begin(WKB_POINT)
    geometry.forEach(double)
  } else {
    const [left, bottom, right, top] = box
    for (const value of [left, right, bottom, top]) double(value)
    begin(WKB_MULTI_POLYGON)
    uint32(geometry.length)
    for (const polygon of geometry) {
      begin(WKB_POLYGON)
      uint32(polygon.length)
      for (const ring of polygon) {
        uint32(ring.length / 2 + 1)
        for (const value of ring) double(value)
        double(ring[0]!)
        double(ring[1]!)
      }
    }
  }
  return { blob: new Uint8Array(view.buffer), box }
}
