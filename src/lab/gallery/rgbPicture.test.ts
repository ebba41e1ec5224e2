import { gzipSync, inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { emptyPicture, encodePng, paint } from './rgbPicture'

test('a PNG holds the pixels again, with lengths and checksums as they should be', () => {
  const picture = emptyPicture(3, 2, [10, 20, 250])
  paint(picture, 2, 1, [255, 0, 7])
  paint(picture, 3, 1, [1, 1, 1])
  const png = encodePng(picture)
  expect(Array.from(png.subarray(0, 8))).toEqual([137, 80, 78, 71, 13, 10, 26, 10])
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  const chunks = new Map<string, Uint8Array>()
  for (let at = 8; at < png.length; ) {
    const length = view.getUint32(at)
    const type = String.fromCharCode(...png.subarray(at + 4, at + 8))
    chunks.set(type, png.subarray(at + 8, at + 8 + length))
    // A gzip file ends with the same checksum of its content, least byte first, and the content's length.
    const gzip = gzipSync(png.subarray(at + 4, at + 8 + length))
    expect(view.getUint32(at + 8 + length)).toBe(gzip.readUInt32LE(gzip.length - 8))
    at += 12 + length
  }
  expect([...chunks.keys()]).toEqual(['IHDR', 'IDAT', 'IEND'])
  expect(Array.from(chunks.get('IHDR')!)).toEqual([0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0])
  const lines = inflateSync(chunks.get('IDAT')!)
  const decoded: number[] = []
  for (let row = 0; row < 2; row++) {
    expect(lines[row * 10]).toBe(1)
    for (let i = 0; i < 9; i++) {
      const left = i < 3 ? 0 : decoded[row * 9 + i - 3]!
      decoded.push((lines[row * 10 + 1 + i]! + left) & 255)
    }
  }
  expect(decoded).toEqual(Array.from(picture.data))
  expect(decoded.slice(15)).toEqual([255, 0, 7])
})
