import type { Polygon } from '../polygons'

/** A .shp of polygon records, as the description of the format has it; boxes are left at 0, which no reader here looks at. */
export function writeShapefile(records: readonly Polygon[], type = 5): Uint8Array<ArrayBuffer> {
  const contents = records.map(rings => {
    const points = rings.reduce((sum, ring) => sum + ring.length / 2, 0)
    const view = new DataView(new ArrayBuffer(44 + 4 * rings.length + 16 * points))
    view.setInt32(0, type, true)
    view.setInt32(36, rings.length, true)
    view.setInt32(40, points, true)
    let point = 0
    for (const [part, ring] of rings.entries()) {
      view.setInt32(44 + 4 * part, point, true)
      for (const [i, value] of ring.entries()) {
        view.setFloat64(44 + 4 * rings.length + 16 * point + 8 * i, value, true)
      }
      point += ring.length / 2
    }
    return new Uint8Array(view.buffer)
  })
  const bytes = new Uint8Array(100 + contents.reduce((sum, content) => sum + 8 + content.length, 0))
  const view = new DataView(bytes.buffer)
  view.setInt32(0, 9994)
  view.setInt32(24, bytes.length / 2)
  view.setInt32(28, 1000, true)
  view.setInt32(32, type, true)
  let at = 100
  for (const [i, content] of contents.entries()) {
    view.setInt32(at, i + 1)
    view.setInt32(at + 4, content.length / 2)
    bytes.set(content, at + 8)
    at += 8 + content.length
  }
  return bytes
}
