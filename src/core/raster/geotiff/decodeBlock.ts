import { getDecoder } from 'geotiff'
import { AppError } from '../../foundation/appError'
import { checkJpeg, checkJpegTables, checkLerc } from './blockHeaders'
import { decodeLzw, decodePackBits, inflateBounded, inflateUpTo, soundZstd } from './boundedCodecs'
import {
  ADOBE_DEFLATE,
  codecName,
  DEFLATE,
  JPEG,
  LERC,
  LZW,
  PACKBITS,
  type TiffLayout,
  UNCOMPRESSED,
  ZSTD,
} from './tiffLayout'

/** Decoders that geotiff.js makes once a file, from the file's own tables. */
export interface BlockDecoder {
  littleEndian: boolean
  /** Compression around LERC blobs: 0 none, 1 Deflate, 2 Zstandard. */
  lercCompression: number
  library: LibraryDecoder | null
  /** Undoes Zstandard around LERC blobs. */
  wrapping: LibraryDecoder | null
}

interface LibraryDecoder {
  decodeBlock(buffer: ArrayBuffer): Promise<ArrayBufferLike> | ArrayBufferLike
}

/** What the codecs of geotiff.js read from tags of their own. */
interface CodecTags {
  JPEGTables: unknown
  LercParameters: unknown
}

/**
 * Prepares decoding: geotiff.js decodes JPEG, LERC and Zstandard; the simple codecs are here, since theirs grow their
 * output without bound, and they leave 12-bit samples and predictors of big-endian files wrong.
 */
export async function blockDecoder(
  layout: TiffLayout,
  littleEndian: boolean,
  tags: CodecTags,
): Promise<BlockDecoder> {
  const { compression } = layout
  if (compression !== JPEG && compression !== LERC && compression !== ZSTD) {
    return { littleEndian, lercCompression: 0, library: null, wrapping: null }
  }
  const { JPEGTables } = tags
  if (compression === JPEG && JPEGTables !== undefined)
    checkJpegTables(Uint8Array.from(JPEGTables as number[]))
  const lercCompression = Number((tags.LercParameters as ArrayLike<number> | undefined)?.[1] ?? 0)
  const parameters = {
    tileWidth: layout.blockWidth,
    tileHeight: layout.blockHeight,
    predictor: 1,
    bitsPerSample: layout.bitsPerSample,
    planarConfiguration: layout.planar ? 2 : 1,
    samplesPerPixel: layout.bandCount,
    JPEGTables,
    // What is around LERC is undone here, where it is bounded.
    LercParameters: [0, 0],
  } as Parameters<typeof getDecoder>[1]
  const library = await loadDecoder(compression, parameters)
  const isWrapped = compression === LERC && lercCompression === LERC_ZSTD
  const wrapping = isWrapped ? await loadDecoder(ZSTD, parameters) : null
  return { littleEndian, lercCompression, library, wrapping }
}

/** A decoder that does not load says nothing about the file; JPEG's also reads the file's tables, which may be damaged. */
async function loadDecoder(
  compression: number,
  parameters: Parameters<typeof getDecoder>[1],
): ReturnType<typeof getDecoder> {
  try {
    return await getDecoder(compression, parameters)
  } catch (cause) {
    if (compression === JPEG) throw cause
    throw new AppError('internal', `The decoder for ${codecName(compression)} cannot be loaded.`, { cause })
  }
}

/** Bytes of one decoded block of `rows` rows: rows padded to whole bytes. */
function blockBytes(layout: TiffLayout, rows: number): number {
  const rowSamples = layout.blockWidth * (layout.planar ? 1 : layout.bandCount)
  return Math.ceil((rowSamples * layout.bitsPerSample) / 8) * rows
}

/**
 * Decodes one strip or tile to little-endian samples without predictor: [rows, blockWidth, bands or 1].
 *
 * @throws Error with the codec's reason where the block is damaged or too short.
 */
export async function decodeBlock(
  layout: TiffLayout,
  decoder: BlockDecoder,
  stored: Uint8Array,
  rows: number,
): Promise<Uint8Array> {
  const length = blockBytes(layout, rows)
  const bytes = await decompress(layout, decoder, stored, length, rows)
  if (bytes.length < length) throw new Error(`holds ${bytes.length} of ${length} bytes`)
  const size = layout.bitsPerSample / 8
  // Predictor 3 stores bytes in an order of its own. LERC has none, but libtiff swaps its samples before it encodes them.
  if (!decoder.littleEndian && Number.isInteger(size) && layout.predictor !== 3) swapBytes(bytes, size)
  if (layout.predictor !== 1) {
    const interleaved = layout.planar ? 1 : layout.bandCount
    undoPredictor(bytes, layout.predictor, layout.blockWidth, rows, interleaved, layout.bitsPerSample)
  }
  if (layout.yCbCr) toRgb(bytes)
  return bytes
}

async function decompress(
  layout: TiffLayout,
  decoder: BlockDecoder,
  stored: Uint8Array,
  length: number,
  rows: number,
): Promise<Uint8Array> {
  switch (layout.compression) {
    case UNCOMPRESSED:
      return stored.slice(0, length)
    case LZW:
      return decodeLzw(stored, length)
    case PACKBITS:
      return decodePackBits(stored, length)
    case ADOBE_DEFLATE:
    case DEFLATE:
      // The last strip may be stored as long as the others.
      return inflateBounded(stored, length, blockBytes(layout, layout.blockHeight))
    default: {
      if (!decoder.library) throw new Error('has no decoder')
      const sound = await soundInput(layout, decoder, stored, length, rows)
      const decoded = await decoder.library.decodeBlock(sound.slice().buffer)
      if (layout.compression === ZSTD) checkZstd(decoded, length)
      // A copy: library memory may be reused, and typed views need an aligned begin.
      return new Uint8Array(decoded).slice(0, length)
    }
  }
}

const LERC_DEFLATE = 1

const LERC_ZSTD = 2

/** A LERC blob may be a little larger than the samples it holds: headers, masks, ranges a band. */
const LERC_SLACK = 2 ** 20

/** What the library's decoders may be given: of the block's size, and such that they come to an end on damaged input. */
async function soundInput(
  layout: TiffLayout,
  decoder: BlockDecoder,
  stored: Uint8Array,
  length: number,
  rows: number,
): Promise<Uint8Array> {
  if (layout.compression === ZSTD) return soundZstd(stored, length)
  if (layout.compression === LERC) return checkLerc(await lercBlob(decoder, stored, length), layout, rows)
  if (layout.compression === JPEG) checkJpeg(stored, layout, rows)
  return stored
}

async function lercBlob(
  { lercCompression, wrapping }: BlockDecoder,
  stored: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  if (lercCompression === LERC_DEFLATE) return inflateUpTo(stored, length + LERC_SLACK)
  if (lercCompression !== LERC_ZSTD) return stored
  if (!wrapping) throw new Error('has no decoder')
  const frame = soundZstd(stored, length, LERC_SLACK)
  const decoded = await wrapping.decodeBlock(frame.slice().buffer)
  checkZstd(decoded, length + LERC_SLACK)
  return new Uint8Array(decoded)
}

/** The library does not look at the decoder's error code: it may hand out all of its memory instead. */
function checkZstd(decoded: ArrayBufferLike, most: number): void {
  if (decoded.byteLength > most) throw new Error('is a damaged Zstandard frame')
}

/** JFIF's YCbCr to RGB (ITU-T T.871), in place on interleaved bytes. */
function toRgb(bytes: Uint8Array): void {
  const clamped = new Uint8ClampedArray(3)
  for (let at = 0; at + 3 <= bytes.length; at += 3) {
    const luma = bytes[at]!
    const blue = bytes[at + 1]! - 128
    const red = bytes[at + 2]! - 128
    clamped[0] = luma + 1.402 * red
    clamped[1] = luma - 0.344136 * blue - 0.714136 * red
    clamped[2] = luma + 1.772 * blue
    bytes.set(clamped, at)
  }
}
/**
 * Undoes TIFF's predictors in place on little-endian samples.
 * 2: horizontal differencing (TIFF 6.0, section 14); 3: floating point (Adobe Photoshop TIFF Technical Note 3), whose
 * result is little-endian whatever the file's order.
 *
 * @param samplesPerPixel samples that interleave in this block: 1 where bands lie apart.
 */
function undoPredictor(
  bytes: Uint8Array,
  predictor: number,
  width: number,
  rows: number,
  samplesPerPixel: number,
  bitsPerSample: number,
): void {
  const rowSamples = width * samplesPerPixel
  if (predictor === 2) {
    const samples = integersOf(bytes, bitsPerSample)
    if (samples instanceof BigUint64Array) {
      for (let row = 0; row < rows; row++) {
        for (let i = row * rowSamples + samplesPerPixel; i < (row + 1) * rowSamples; i++) {
          samples[i] = samples[i]! + samples[i - samplesPerPixel]!
        }
      }
    } else {
      for (let row = 0; row < rows; row++) {
        for (let i = row * rowSamples + samplesPerPixel; i < (row + 1) * rowSamples; i++) {
          samples[i] = samples[i]! + samples[i - samplesPerPixel]!
        }
      }
    }
  } else if (predictor === 3) {
    const size = bitsPerSample / 8
    const rowBytes = rowSamples * size
    for (let row = 0; row < rows; row++) {
      const line = bytes.subarray(row * rowBytes, (row + 1) * rowBytes)
      for (let i = samplesPerPixel; i < rowBytes; i++) line[i] = line[i]! + line[i - samplesPerPixel]!
      const planes = line.slice()
      for (let sample = 0; sample < rowSamples; sample++) {
        for (let byte = 0; byte < size; byte++) {
          line[sample * size + byte] = planes[(size - 1 - byte) * rowSamples + sample]!
        }
      }
    }
  }
}

function integersOf(
  bytes: Uint8Array,
  bitsPerSample: number,
): Uint8Array | Uint16Array | Uint32Array | BigUint64Array {
  const length = (bytes.byteLength * 8) / bitsPerSample
  if (bitsPerSample === 16) return new Uint16Array(bytes.buffer, bytes.byteOffset, length)
  if (bitsPerSample === 32) return new Uint32Array(bytes.buffer, bytes.byteOffset, length)
  if (bitsPerSample === 64) return new BigUint64Array(bytes.buffer, bytes.byteOffset, length)
  return bytes
}
/** Swaps samples of `size` bytes in place, from big-endian to little-endian. */
function swapBytes(bytes: Uint8Array, size: number): void {
  if (size < 2) return
  for (let at = 0; at + size <= bytes.length; at += size) {
    for (let low = at, high = at + size - 1; low < high; low++, high--) {
      const kept = bytes[low]!
      bytes[low] = bytes[high]!
      bytes[high] = kept
    }
  }
}
