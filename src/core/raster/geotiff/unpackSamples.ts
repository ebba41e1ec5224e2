import type { SampleArray } from '../rasterSource'
import type { SampleKind } from './tiffLayout'

/** An array for samples of a type; 64-bit integers become float64, exact up to 2^53. */
export function sampleArray(kind: SampleKind, bits: number, length: number): SampleArray {
  if (kind === 'float') return bits === 64 ? new Float64Array(length) : new Float32Array(length)
  if (bits === 64) return new Float64Array(length)
  if (kind === 'signed') {
    return bits === 8 ? new Int8Array(length) : bits === 16 ? new Int16Array(length) : new Int32Array(length)
  }
  return bits <= 8 ? new Uint8Array(length) : bits <= 16 ? new Uint16Array(length) : new Uint32Array(length)
}

/**
 * Samples of a decoded, little-endian block: [rows, width, samplesPerPixel].
 * Sample sizes other than 8, 16, 32 and 64 bits are packed most significant bit first, rows padded to bytes.
 */
export function unpackSamples(
  bytes: Uint8Array,
  kind: SampleKind,
  bits: number,
  rowSamples: number,
  rows: number,
): SampleArray {
  const length = rowSamples * rows
  const { buffer, byteOffset } = bytes
  if (bits === 8)
    return kind === 'signed' ? new Int8Array(buffer, byteOffset, length) : bytes.subarray(0, length)
  if (kind === 'float') {
    if (bits === 32) return new Float32Array(buffer, byteOffset, length)
    if (bits === 64) return new Float64Array(buffer, byteOffset, length)
    return Float32Array.from(new Uint16Array(buffer, byteOffset, length), halfToFloat)
  }
  const signed = kind === 'signed'
  if (bits === 16)
    return signed ? new Int16Array(buffer, byteOffset, length) : new Uint16Array(buffer, byteOffset, length)
  if (bits === 32)
    return signed ? new Int32Array(buffer, byteOffset, length) : new Uint32Array(buffer, byteOffset, length)
  if (bits === 64) {
    const wide = signed
      ? new BigInt64Array(buffer, byteOffset, length)
      : new BigUint64Array(buffer, byteOffset, length)
    return Float64Array.from(wide, Number)
  }
  const out = sampleArray(kind, bits, length)
  const rowBytes = Math.ceil((rowSamples * bits) / 8)
  for (let row = 0; row < rows; row++) {
    let bit = row * rowBytes * 8
    for (let i = 0; i < rowSamples; i++) {
      out[row * rowSamples + i] = bitsAt(bytes, bit, bits)
      bit += bits
    }
  }
  return out
}

function bitsAt(bytes: Uint8Array, bit: number, count: number): number {
  let value = 0
  for (let left = count; left > 0; ) {
    const offset = bit & 7
    const take = Math.min(8 - offset, left)
    const piece = (bytes[bit >> 3]! >> (8 - offset - take)) & ((1 << take) - 1)
    value = value * 2 ** take + piece
    bit += take
    left -= take
  }
  return value
}

/** IEEE 754 binary16. */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
