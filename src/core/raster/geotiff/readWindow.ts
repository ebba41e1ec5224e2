import { AppError, throwIfAborted, withReason } from '../../foundation/appError'
import { yieldToEventLoop } from '../../foundation/job'
import type { InputFile } from '../inputFile'
import type { PixelWindow, SampleArray } from '../rasterSource'
import { type BlockDecoder, decodeBlock } from './decodeBlock'
import type { SampleKind, TiffLayout } from './tiffLayout'

/** Bytes decoded between two looks at the event loop. */
const PAUSE_BYTES = 4 * 2 ** 20

/**
 * Reads a window of a TIFF image, block by block: memory is the result and one block.
 *
 * @param fill the value of pixels in blocks that were never written (sparse files).
 * @returns one row-major [window.height, window.width] array a band.
 * @throws AppError `file-malformed` naming the block, `aborted`.
 */
export async function readWindow(
  file: InputFile,
  layout: TiffLayout,
  decoder: BlockDecoder,
  window: PixelWindow,
  bands: readonly number[],
  fill: number,
  signal: AbortSignal,
): Promise<SampleArray[]> {
  const { blockWidth, blockHeight, bitsPerSample: bits, sampleKind } = layout
  const out = bands.map(() => sampleArray(sampleKind, bits, window.width * window.height))
  const across = Math.ceil(layout.width / blockWidth)
  const down = Math.ceil(layout.height / blockHeight)
  const firstColumn = Math.floor(window.column / blockWidth)
  const lastColumn = Math.floor((window.column + window.width - 1) / blockWidth)
  const firstRow = Math.floor(window.row / blockHeight)
  const lastRow = Math.floor((window.row + window.height - 1) / blockHeight)
  let sincePause = 0
  for (let blockRow = firstRow; blockRow <= lastRow; blockRow++) {
    // Tiles are stored whole; the last strip only as far as the image goes.
    const rows = layout.tiled ? blockHeight : Math.min(blockHeight, layout.height - blockRow * blockHeight)
    for (let blockColumn = firstColumn; blockColumn <= lastColumn; blockColumn++) {
      const position = blockRow * across + blockColumn
      if (layout.planar) {
        for (let i = 0; i < bands.length; i++) {
          const samples = await block(bands[i]! * across * down + position, rows)
          copy(samples, 1, 0, blockColumn, blockRow, rows, out[i]!)
        }
      } else {
        const samples = await block(position, rows)
        for (let i = 0; i < bands.length; i++) {
          copy(samples, layout.bandCount, bands[i]!, blockColumn, blockRow, rows, out[i]!)
        }
      }
    }
  }
  return out

  async function block(index: number, rows: number): Promise<SampleArray | null> {
    throwIfAborted(signal)
    const offset = layout.offsets[index]!
    const byteCount = layout.byteCounts[index]!
    if (byteCount === 0) return null
    const stored = await file.slice(offset, offset + byteCount)
    try {
      const bytes = await decodeBlock(layout, decoder, stored, rows)
      sincePause += bytes.length
      if (sincePause > PAUSE_BYTES) {
        sincePause = 0
        await yieldToEventLoop()
      }
      const rowSamples = blockWidth * (layout.planar ? 1 : layout.bandCount)
      return unpackSamples(bytes, sampleKind, bits, rowSamples, rows)
    } catch (thrown) {
      if (thrown instanceof AppError) throw thrown
      const sentence = `"${file.path}" is damaged in block ${index}. Copy or download it again.`
      throw new AppError('file-malformed', withReason(sentence, thrown), { cause: thrown })
    }
  }

  function copy(
    samples: SampleArray | null,
    stride: number,
    offset: number,
    blockColumn: number,
    blockRow: number,
    rows: number,
    plane: SampleArray,
  ): void {
    const left = blockColumn * blockWidth
    const top = blockRow * blockHeight
    const x0 = Math.max(left, window.column)
    const x1 = Math.min(left + blockWidth, window.column + window.width)
    const y0 = Math.max(top, window.row)
    const y1 = Math.min(top + rows, window.row + window.height)
    for (let y = y0; y < y1; y++) {
      let to = (y - window.row) * window.width + (x0 - window.column)
      if (!samples) {
        plane.fill(fill, to, to + x1 - x0)
        continue
      }
      let from = ((y - top) * blockWidth + (x0 - left)) * stride + offset
      for (let x = x0; x < x1; x++, from += stride) plane[to++] = samples[from]!
    }
  }
}

/** An array for samples of a type; 64-bit integers become float64, exact up to 2^53. */
function sampleArray(kind: SampleKind, bits: number, length: number): SampleArray {
  if (kind === 'float') return bits === 64 ? new Float64Array(length) : new Float32Array(length)
  if (bits === 64) return new Float64Array(length)
  if (kind === 'signed') {
    return bits === 8 ? new Int8Array(length) : bits === 16 ? new Int16Array(length) : new Int32Array(length)
  }
  return bits <= 8 ? new Uint8Array(length) : bits <= 16 ? new Uint16Array(length) : new Uint32Array(length)
}

/**
 * Samples of a decoded, little-endian block: [rows, width, samplesPerPixel].
 * Samples of fewer than 16 bits, other than 8, are packed most significant bit first, rows padded to bytes.
 */
function unpackSamples(
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
    return new Float64Array(buffer, byteOffset, length)
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
