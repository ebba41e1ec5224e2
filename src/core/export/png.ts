import { zlibSync } from 'fflate'
import { joined } from '../foundation/bytes'

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)

/**
 * A picture as a PNG of 8 bits a channel, without colour management or text. The same pixels give the same bytes.
 *
 * @param rgb [height, width, 3]
 */
export function encodePng(rgb: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set([8, TRUE_COLOUR, 0, 0, 0], 8)
  return joined([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('IDAT', zlibSync(filtered(rgb, width * 3, height), { level: 9 })),
    chunk('IEND', new Uint8Array(0)),
  ])
}

const TRUE_COLOUR = 2

/** Bytes of a pixel. */
const STEP = 3

/** Each row as its difference from what Paeth's rule expects of its neighbours (PNG, filter 4), which suits photographs. */
function filtered(rgb: Uint8Array, stride: number, height: number): Uint8Array {
  const out = new Uint8Array((stride + 1) * height)
  for (let row = 0; row < height; row++) {
    const from = row * stride
    const to = row * (stride + 1) + 1
    out[to - 1] = 4
    for (let i = 0; i < stride; i++) {
      const left = i < STEP ? 0 : rgb[from + i - STEP]!
      const above = row === 0 ? 0 : rgb[from + i - stride]!
      const corner = i < STEP || row === 0 ? 0 : rgb[from + i - stride - STEP]!
      out[to + i] = rgb[from + i]! - paeth(left, above, corner)
    }
  }
  return out
}

function paeth(left: number, above: number, corner: number): number {
  const expected = left + above - corner
  const byLeft = Math.abs(expected - left)
  const byAbove = Math.abs(expected - above)
  const byCorner = Math.abs(expected - corner)
  if (byLeft <= byAbove && byLeft <= byCorner) return left
  return byAbove <= byCorner ? above : corner
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i)
  bytes.set(data, 8)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}

/** CRC-32 of ISO 3309, as PNG has it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
  return (crc ^ 0xffff_ffff) >>> 0
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb8_8320 ^ (c >>> 1) : c >>> 1
  return c
})
