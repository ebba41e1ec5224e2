import { deflateSync } from 'node:zlib'
import type { RgbPicture } from './rgbPicture'

const SIGNATURE = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10)
/** Bits per sample, colour type "truecolour", deflate, adaptive filters, no interlace. */
const HEADER_END = [8, 2, 0, 0, 0]
/** Filter type "sub": each byte less the one of the pixel to its left. */
const SUB = 1

/** A picture as a PNG file (ISO/IEC 15948): 8-bit truecolour without transparency. */
export function encodePng({ width, height, data }: RgbPicture): Uint8Array {
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header.set(HEADER_END, 8)
  const line = width * 3
  const filtered = new Uint8Array((line + 1) * height)
  for (let row = 0; row < height; row++) {
    const begin = row * (line + 1) + 1
    filtered[begin - 1] = SUB
    for (let i = 0; i < line; i++) {
      filtered[begin + i] = data[row * line + i]! - (i < 3 ? 0 : data[row * line + i - 3]!)
    }
  }
  const chunks = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(filtered)),
    chunk('IEND', new Uint8Array()),
  ]
  return Buffer.concat([SIGNATURE, ...chunks])
}

/** Length, type, content, and the checksum of type and content. */
function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + content.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, content.length)
  bytes.set(new TextEncoder().encode(type), 4)
  bytes.set(content, 8)
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, 8 + content.length)))
  return bytes
}

/** CRC-32 of ISO 3309, as PNG takes it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})
