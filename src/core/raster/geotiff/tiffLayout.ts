import type { GeoTIFFImage } from 'geotiff'
import { AppError } from '../../foundation/appError'
import type { RasterLimits } from '../rasterLimits'
import type { Dtype } from '../rasterSource'

/** TIFF compression schemes (TIFF 6.0, Adobe technical notes, libtiff's tiff.h). */
export const UNCOMPRESSED = 1

export const LZW = 5

export const JPEG = 7

export const ADOBE_DEFLATE = 8

export const DEFLATE = 32946

export const PACKBITS = 32773

export const LERC = 34887

export const ZSTD = 50000

const READABLE = new Set([UNCOMPRESSED, LZW, JPEG, ADOBE_DEFLATE, DEFLATE, PACKBITS, LERC, ZSTD])

const NAMES: Record<number, string> = {
  2: 'CCITT run-length compression',
  3: 'CCITT Group 3 fax compression',
  4: 'CCITT Group 4 fax compression',
  6: 'old-style JPEG compression',
  7: 'JPEG compression',
  32771: 'word-aligned CCITT compression',
  32809: 'ThunderScan compression',
  32909: 'PixarLog compression',
  33003: 'JPEG 2000 compression',
  33005: 'JPEG 2000 compression',
  34661: 'JBIG compression',
  34676: 'SGI LogLuv compression',
  34677: 'SGI LogLuv compression',
  34712: 'JPEG 2000 compression',
  34887: 'LERC compression',
  34892: 'lossy DNG JPEG compression',
  34925: 'LZMA compression',
  50000: 'Zstandard compression',
  // Browsers decode WebP through a canvas, which multiplies colours by alpha: not the values that were written.
  50001: 'WebP compression',
  50002: 'JPEG XL compression',
  52546: 'JPEG XL compression',
}

function isReadableCodec(compression: number): boolean {
  return READABLE.has(compression)
}

/** "LZMA compression", for a message. */
export function codecName(compression: number): string {
  return NAMES[compression] ?? `compression scheme ${compression}`
}

export type TiffTag = Parameters<GeoTIFFImage['fileDirectory']['loadValue']>[0]

/** Tags of one TIFF directory as geotiff.js parses them, values loaded. */
export type TagReader = (tag: TiffTag) => Promise<unknown>

export type SampleKind = 'unsigned' | 'signed' | 'float'

/** Everything that decoding the blocks of one TIFF image needs, checked against the file and the limits. */
export interface TiffLayout {
  width: number
  height: number
  bandCount: number
  dtype: Dtype
  sampleKind: SampleKind
  bitsPerSample: number
  /** true: each block holds one band. */
  planar: boolean
  tiled: boolean
  blockWidth: number
  /** Rows of a full block; the last strip may hold fewer. */
  blockHeight: number
  compression: number
  predictor: number
  /** JPEG stores luma and chroma: convert to red, green, blue as every other reader does. */
  yCbCr: boolean
  offsets: ArrayLike<number>
  /** 0, as the offset is then, for a block that was never written (sparse files). */
  byteCounts: ArrayLike<number>
  unwrittenBlocks: number
}

/** Whether samples of a type are those of the image. */
export function decodesTo(layout: TiffLayout, kind: SampleKind, bits: number): boolean {
  return layout.sampleKind === kind && layout.bitsPerSample === bits
}

const YCBCR = 6

/** Unsigned, signed, floating point, undefined (read as unsigned), complex integers, complex floating point. */
const SAMPLE_FORMATS = [1, 2, 3, 4, 5, 6]

/** Samples of a JPEG block: its decoder keeps some ten bytes of each in memory. */
const MOST_JPEG_SAMPLES = 2 ** 26

/** Colour spaces whose samples are no measured quantity (`PhotometricInterpretation`). */
const COLOUR_SPACES: Record<number, string> = {
  5: 'printing inks (CMYK)',
  8: 'CIE L*a*b* colours',
  9: 'CIE L*a*b* colours',
  10: 'CIE L*a*b* colours',
}

/**
 * Reads and checks the layout of a TIFF image.
 *
 * @throws AppError `file-malformed`, `file-unsupported` (naming the codec or the sample type), `file-too-large`.
 */
export async function readTiffLayout(
  path: string,
  fileSize: number,
  tag: TagReader,
  limits: RasterLimits,
): Promise<TiffLayout> {
  const malformed = (what: string) =>
    new AppError(
      'file-malformed',
      `"${path}" is not a sound TIFF: ${what}. Write it again, for example with gdal_translate.`,
    )
  const unsupported = (what: string, options = '') =>
    new AppError(
      'file-unsupported',
      `"${path}" ${what}. Convert it with gdal_translate ${options}-co COMPRESS=DEFLATE.`,
    )
  const number = async (name: TiffTag, fallback: number) => {
    const value = firstNumber(await tag(name), fallback)
    if (!Number.isFinite(value) || value < 0) throw malformed(`tag ${name} is ${value}`)
    return value
  }

  const width = await number('ImageWidth', 0)
  const height = await number('ImageLength', 0)
  const bandCount = await number('SamplesPerPixel', 1)
  if (width < 1 || height < 1 || bandCount < 1) throw malformed(`it declares ${width} x ${height} pixels`)
  if (width > 2 ** 26 || height > 2 ** 26 || bandCount > 4096) {
    throw new AppError(
      'file-too-large',
      `"${path}" declares ${width} x ${height} pixels in ${bandCount} bands.`,
    )
  }

  const compression = await number('Compression', 1)
  if (!isReadableCodec(compression))
    throw unsupported(`uses ${codecName(compression)}, which is not read here`)

  const bits = await sameForAll('BitsPerSample', 1)
  const format = await sameForAll('SampleFormat', 1)
  const { sampleKind, dtype } = sampleType(format, bits)
  const predictor = await number('Predictor', 1)
  const bytewise = bits === 8 || bits === 16 || bits === 32 || bits === 64
  const predicts = compression === 5 || compression === 8 || compression === 32946 || compression === 50000
  if (
    predicts &&
    !(predictor === 1 || (predictor === 2 && bytewise) || (predictor === 3 && sampleKind === 'float'))
  ) {
    throw unsupported(`uses predictor ${predictor} on ${bits}-bit samples, which is not read here`)
  }

  if ((await number('FillOrder', 1)) === 2) {
    throw unsupported('stores the bits of each byte in reverse (FillOrder 2), which is not read here')
  }
  if (compression === JPEG && bits !== 8)
    throw unsupported(`holds JPEG of ${bits} bits, which is not read here`)

  const planarConfiguration = await number('PlanarConfiguration', 1)
  if (planarConfiguration !== 1 && planarConfiguration !== 2) {
    throw malformed(`planar configuration ${planarConfiguration} does not exist`)
  }
  const planar = planarConfiguration === 2 && bandCount > 1
  const photometric = await number('PhotometricInterpretation', 1)
  const colours = COLOUR_SPACES[photometric]
  if (colours) throw unsupported(`holds ${colours}, which are not read here`)
  const yCbCr = photometric === YCBCR
  if (yCbCr && !(compression === JPEG && bandCount === 3 && !planar)) {
    throw unsupported(
      'holds luma and chroma (YCbCr) other than as JPEG of three bands, which is not read here',
    )
  }
  const tiled = (await tag('TileOffsets')) !== undefined
  const blockWidth = tiled ? await number('TileWidth', 0) : width
  const rows = tiled ? await number('TileLength', 0) : await number('RowsPerStrip', height)
  const blockHeight = tiled ? rows : Math.min(rows || height, height)
  if (blockWidth < 1 || blockHeight < 1) throw malformed('its tiles are empty')
  const samplesPerBlock = blockWidth * blockHeight * (planar ? 1 : bandCount)
  if (
    (samplesPerBlock * bits) / 8 > limits.blockBytes ||
    (compression === JPEG && samplesPerBlock > MOST_JPEG_SAMPLES)
  ) {
    throw new AppError(
      'file-too-large',
      `"${path}" keeps ${blockWidth} x ${blockHeight} pixels in one block; write it in tiles, ` +
        'for example with gdal_translate -co TILED=YES.',
    )
  }

  const blockCount =
    Math.ceil(width / blockWidth) * Math.ceil(height / blockHeight) * (planar ? bandCount : 1)
  if (blockCount > limits.blockCount) {
    throw new AppError(
      'file-too-large',
      `"${path}" consists of ${blockCount} blocks; write it in larger tiles.`,
    )
  }
  const offsets = numbers(await tag(tiled ? 'TileOffsets' : 'StripOffsets'))
  if (!offsets || offsets.length < blockCount) {
    throw malformed(`it needs ${blockCount} blocks and lists ${offsets?.length ?? 0}`)
  }
  const listed = numbers(await tag(tiled ? 'TileByteCounts' : 'StripByteCounts'))
  if (!listed && compression !== 1) throw malformed('it does not say how long its blocks are')
  const byteCounts = listed ?? Array.from(offsets, offset => Math.max(0, fileSize - offset))
  if (byteCounts.length < blockCount) {
    throw malformed(`it needs ${blockCount} blocks and gives the length of ${byteCounts.length}`)
  }
  let unwrittenBlocks = 0
  for (let block = 0; block < blockCount; block++) {
    const offset = offsets[block]!
    const byteCount = byteCounts[block]!
    const end = offset + byteCount
    if (offset === 0 && byteCount === 0) unwrittenBlocks++
    else if (offset === 0 || byteCount === 0) {
      throw malformed(`block ${block} is listed with ${byteCount} bytes at byte ${offset}`)
    }
    if (!(end <= fileSize)) {
      throw new AppError(
        'file-malformed',
        `"${path}" is cut off: block ${block} ends at byte ${end} of ${fileSize}. Copy or download it again.`,
      )
    }
  }

  return {
    width,
    height,
    bandCount,
    dtype,
    sampleKind,
    bitsPerSample: bits,
    planar,
    tiled,
    blockWidth,
    blockHeight,
    compression,
    predictor: predicts ? predictor : 1,
    yCbCr,
    offsets,
    byteCounts,
    unwrittenBlocks,
  }

  async function sameForAll(name: TiffTag, fallback: number): Promise<number> {
    const values = numbers(await tag(name)) ?? [fallback]
    const first = values[0] ?? fallback
    for (let index = 1; index < Math.min(values.length, bandCount); index++) {
      if (values[index] !== first) throw unsupported(`mixes sample types between bands (${name})`)
    }
    return first
  }

  function sampleType(format: number, bits: number): { sampleKind: SampleKind; dtype: Dtype } {
    if (!Number.isInteger(bits) || bits < 1 || bits > 64) throw malformed(`samples of ${bits} bits`)
    if (!SAMPLE_FORMATS.includes(format)) throw malformed(`sample format ${format} does not exist`)
    if (format === 3) {
      if (bits === 32 || bits === 64) return { sampleKind: 'float', dtype: `float${bits}` }
      throw unsupported(
        `holds floating-point samples of ${bits} bits, which are not read here`,
        '-ot Float32 ',
      )
    }
    if (format === 2) {
      if (bits === 8 || bits === 16 || bits === 32 || bits === 64)
        return { sampleKind: 'signed', dtype: `int${bits}` }
      throw unsupported(`holds signed samples of ${bits} bits, which are not read here`, '-ot Int32 ')
    }
    if (format === 5 || format === 6) throw unsupported('holds complex numbers, which are not read here')
    if (bits === 32 || bits === 64) return { sampleKind: 'unsigned', dtype: `uint${bits}` }
    if (bits > 16) throw unsupported(`holds samples of ${bits} bits, which are not read here`, '-ot UInt32 ')
    return { sampleKind: 'unsigned', dtype: bits <= 8 ? 'uint8' : 'uint16' }
  }
}

function firstNumber(value: unknown, fallback: number): number {
  if (value === undefined || value === null) return fallback
  if (typeof value === 'number') return value
  return numbers(value)?.[0] ?? fallback
}

function numbers(value: unknown): ArrayLike<number> | null {
  if (typeof value === 'number') return [value]
  if (Array.isArray(value) || ArrayBuffer.isView(value)) return value as unknown as ArrayLike<number>
  return null
}
