/** Bands of Landslide4Sense. */
export const BANDS = 14

/**
 * Head of a little-endian TIFF without a place on Earth: one strip of uint16, pixel-interleaved, follows it.
 *
 * @param {number} side pixels
 * @returns {Uint8Array}
 */
export function tiffHeader(side) {
  const entries = 10
  const bitsAt = 8 + 2 + entries * 12 + 4
  const formatAt = bitsAt + BANDS * 2
  const dataAt = formatAt + BANDS * 2
  const bytes = new Uint8Array(dataAt)
  const view = new DataView(bytes.buffer)
  view.setUint16(0, 0x4949, true)
  view.setUint16(2, 42, true)
  view.setUint32(4, 8, true)
  view.setUint16(8, entries, true)
  const [SHORT, LONG] = [3, 4]
  const tags = [
    [256, LONG, 1, side],
    [257, LONG, 1, side],
    [258, SHORT, BANDS, bitsAt],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 1],
    [273, LONG, 1, dataAt],
    [277, SHORT, 1, BANDS],
    [278, LONG, 1, side],
    [279, LONG, 1, side * side * BANDS * 2],
    [339, SHORT, BANDS, formatAt],
  ]
  tags.forEach(([tag, type, count, value], index) => {
    const at = 10 + index * 12
    view.setUint16(at, tag, true)
    view.setUint16(at + 2, type, true)
    view.setUint32(at + 4, count, true)
    view.setUint32(at + 8, value, true)
  })
  for (let band = 0; band < BANDS; band++) {
    view.setUint16(bitsAt + band * 2, 16, true)
    view.setUint16(formatAt + band * 2, 1, true)
  }
  return bytes
}
