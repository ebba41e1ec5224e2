import { GeoTIFF, type GeoTIFFImage, registerTag } from 'geotiff'
import { AppError, withReason } from '../../foundation/appError'
import type { FileNote } from '../fileNote'
import type { InputFile } from '../inputFile'
import { checkRequest, DEFAULT_LIMITS, type RasterLimits, withDeadline } from '../rasterLimits'
import type { Georeference, RasterSource } from '../rasterSource'
import { type BlockDecoder, blockDecoder } from './decodeBlock'
import { parseGdalMetadata } from './gdalMetadata'
import { readGeoreference } from './georeference'
import { readWindow } from './readWindow'
import { readDirectories, type TiffDirectory } from './tiffDirectory'
import { readTiffLayout, type TagReader, type TiffLayout } from './tiffLayout'

// geotiff.js 3.0 reads block tables that it defers as little-endian whatever the file says; read at once, they are right.
registerTag(273, 'StripOffsets', 'SHORT', true, true)

registerTag(279, 'StripByteCounts', 'SHORT', true, true)

registerTag(324, 'TileOffsets', 'SHORT', true, true)

registerTag(325, 'TileByteCounts', 'SHORT', true, true)

/** Directories looked at for masks, overviews and further pages. */
const MAX_DIRECTORIES = 64

/**
 * Opens the first image of a TIFF, BigTIFF or GeoTIFF file: strips or tiles, interleaved or planar, either byte order,
 * 1 to 16, 32 or 64 bits; uncompressed, LZW, Deflate, PackBits, Zstandard, LERC or JPEG. 64-bit integers are read as float64.
 *
 * @throws AppError `file-malformed`, `file-unsupported` (naming the codec or sample type), `file-too-large`, `aborted`.
 */
export async function openGeotiff(
  file: InputFile,
  limits: RasterLimits = DEFAULT_LIMITS,
  signal?: AbortSignal,
): Promise<RasterSource> {
  return withDeadline(limits.milliseconds, file.path, signal, async () => {
    try {
      return await open(file, limits)
    } catch (thrown) {
      if (thrown instanceof AppError) throw thrown
      const sentence = `"${file.path}" is cut off or damaged. Copy or download it again.`
      throw new AppError('file-malformed', withReason(sentence, thrown), { cause: thrown })
    }
  })
}

async function open(file: InputFile, limits: RasterLimits): Promise<RasterSource> {
  const notes: FileNote[] = []
  const isMetadataRead = await checkTags(file, notes)
  const tiff = await GeoTIFF.fromSource(guardedSource(file))
  const image = await tiff.getImage(0)
  const tag: TagReader = async name => image.fileDirectory.loadValue(name)
  const layout = await readTiffLayout(file.path, file.size, tag, limits)
  const georeference = await georeferenceOf(image, notes)
  const nodata = parseNodata(await tag('GDAL_NODATA'), notes)
  const metadata = isMetadataRead ? await tag('GDAL_METADATA') : ''
  const { bandNames, scaling, syntheticBands, tags } = parseGdalMetadata(
    typeof metadata === 'string' ? metadata : '',
    layout.bandCount,
  )
  if (scaling)
    notes.push({ reason: 'encoding', message: `The file declares ${scaling}; values are given as stored.` })
  await noteEncoding(layout, tag, notes)
  noteUnwritten(layout, nodata, notes)
  const overviews = await notePages(file, layout, notes)
  const { littleEndian } = tiff
  const whole: Level = { layout, decoder: await decoderOf(layout, littleEndian, tag) }
  const { width, height, bandCount } = layout
  const levels = [whole]
  for (const index of overviews) {
    const smaller = await overview(file, tiff, index, layout, limits)
    // The levels below a damaged one could not be counted.
    if (!smaller) break
    levels.push(smaller)
  }
  return {
    kind: 'geotiff',
    path: file.path,
    width,
    height,
    bandCount,
    dtype: layout.dtype,
    bandNames,
    ...(syntheticBands.length > 0 && { syntheticBands }),
    ...(Object.keys(tags).length > 0 && { tags }),
    nodata,
    georeference,
    notes,
    levels: levels.length - 1,
    blocks: { width: layout.blockWidth, height: layout.blockHeight },
    async read(request) {
      const level = levels[request?.level ?? 0]
      if (!level) {
        const message = `No level ${request?.level} in "${file.path}", which has ${levels.length - 1}.`
        throw new AppError('bad-argument', message)
      }
      const { layout, decoder } = level
      const { window, bands } = checkRequest(file.path, { ...layout, bandCount }, limits, request)
      return withDeadline(limits.milliseconds, file.path, request?.signal, inner =>
        readWindow(file, layout, decoder, window, bands, nodata ?? 0, inner),
      )
    },
  }
}

/** An image of the file, at full size or halved. */
interface Level {
  layout: TiffLayout
  decoder: BlockDecoder
}

async function decoderOf(layout: TiffLayout, littleEndian: boolean, tag: TagReader): Promise<BlockDecoder> {
  return blockDecoder(layout, littleEndian, {
    JPEGTables: await tag('JPEGTables'),
    LercParameters: await tag('LercParameters'),
  })
}

/** An overview, where it can be read and holds samples like those of the image; else null: the image itself is sound. */
async function overview(
  file: InputFile,
  tiff: GeoTIFF,
  index: number,
  like: TiffLayout,
  limits: RasterLimits,
): Promise<Level | null> {
  try {
    const image = await tiff.getImage(index)
    const tag: TagReader = async name => image.fileDirectory.loadValue(name)
    const layout = await readTiffLayout(file.path, file.size, tag, limits)
    if (layout.dtype !== like.dtype || layout.bandCount !== like.bandCount) return null
    return { layout, decoder: await decoderOf(layout, tiff.littleEndian, tag) }
  } catch {
    // Levels are an offer: whoever reads the image does not need them.
    return null
  }
}

/**
 * The georeference of a TIFF without its pixels, as GeoJP2 keeps one.
 *
 * @param notes receives what a person should know, of a damaged one too
 */
export async function tiffGeoreference(file: InputFile, notes: FileNote[]): Promise<Georeference | null> {
  try {
    await checkTags(file, [])
    const tiff = await GeoTIFF.fromSource(guardedSource(file))
    return await georeferenceOf(await tiff.getImage(0), notes)
  } catch (thrown) {
    const sentence = 'Its GeoTIFF box cannot be read: it gives no position.'
    notes.push({ reason: 'position', message: withReason(sentence, thrown) })
    return null
  }
}

async function georeferenceOf(image: GeoTIFFImage, notes: FileNote[]): Promise<Georeference | null> {
  const tag: TagReader = async name => image.fileDirectory.loadValue(name)
  return readGeoreference(
    {
      pixelScale: array(await tag('ModelPixelScale')),
      tiepoints: array(await tag('ModelTiepoint')),
      transformation: array(await tag('ModelTransformation')),
      geoKeys: geoKeysOf(image, notes),
    },
    notes,
  )
}

function array(value: unknown): ArrayLike<number> | null {
  return Array.isArray(value) || ArrayBuffer.isView(value) ? (value as unknown as ArrayLike<number>) : null
}

function geoKeysOf(image: GeoTIFFImage, notes: FileNote[]): Record<string, unknown> | null {
  try {
    return image.getGeoKeys()
  } catch (thrown) {
    notes.push({
      reason: 'position',
      message: withReason('The coordinate system cannot be read: the file has no position.', thrown),
    })
    return null
  }
}

function parseNodata(value: unknown, notes: FileNote[]): number | null {
  if (typeof value !== 'string') return null
  const text = value.replace(/\0/g, '').trim()
  if (text === '') return null
  if (/^[-+]?nan$/i.test(text)) return Number.NaN
  const infinite = /^([-+]?)inf(inity)?$/i.exec(text)
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const number = Number(text)
  if (Number.isFinite(number)) return number
  notes.push({
    reason: 'no-data',
    message: `The no-data value "${text.slice(0, 40)}" is not a number and is ignored.`,
  })
  return null
}

const PALETTE = 3

async function noteEncoding(layout: TiffLayout, tag: TagReader, notes: FileNote[]): Promise<void> {
  const photometric = await tag('PhotometricInterpretation')
  if (photometric === PALETTE)
    notes.push({ reason: 'encoding', message: 'The file has a colour table; values are its indices.' })
  if (layout.compression === 7)
    notes.push({ reason: 'encoding', message: 'JPEG is lossy: decoders differ by a few counts.' })
  if (layout.bitsPerSample === 64 && layout.sampleKind !== 'float') {
    notes.push({ reason: 'encoding', message: '64-bit integers are read as float64, exact up to 2^53.' })
  }
  const orientation = await tag('Orientation')
  if (typeof orientation === 'number' && orientation > 1) {
    notes.push({
      reason: 'orientation',
      message: `The file asks to be shown turned (orientation ${orientation}); rows are read as stored.`,
    })
  }
}

/** A block that was never written looks like one whose entry in the table was lost. */
function noteUnwritten(layout: TiffLayout, nodata: number | null, notes: FileNote[]): void {
  const { unwrittenBlocks: missing, byteCounts } = layout
  if (missing === 0) return
  const taken = nodata === null ? 'taken as 0' : 'without data'
  notes.push({
    reason: nodata === null ? 'no-data' : 'missing-pixels',
    message: `${missing} of its ${byteCounts.length} blocks were never written: their pixels are ${taken}.`,
  })
}

const GDAL_METADATA = 42112

/** What GDAL itself writes of bands takes some kilobytes. */
const MOST_METADATA_BYTES = 2 ** 20

/** Of all values that the first directory points to; the tables of 2^20 blocks take 16 MB. */
const MOST_TAG_BYTES = 64 * 2 ** 20

/** Tags that say where the samples are and what they mean, by TIFF 6.0. */
const LAYOUT_TAGS = new Map([
  [256, 'ImageWidth'],
  [257, 'ImageLength'],
  [258, 'BitsPerSample'],
  [259, 'Compression'],
  [262, 'PhotometricInterpretation'],
  [266, 'FillOrder'],
  [273, 'StripOffsets'],
  [277, 'SamplesPerPixel'],
  [278, 'RowsPerStrip'],
  [279, 'StripByteCounts'],
  [284, 'PlanarConfiguration'],
  [317, 'Predictor'],
  [322, 'TileWidth'],
  [323, 'TileLength'],
  [324, 'TileOffsets'],
  [325, 'TileByteCounts'],
  [339, 'SampleFormat'],
])

/** BYTE, SHORT, LONG, LONG8. */
const WHOLE_NUMBER_TYPES = [1, 3, 4, 16]

/**
 * Refuses a directory whose values are too many to be looked at, or that readers understand in different ways.
 *
 * @returns whether GDAL's metadata is of a size to be read.
 */
async function checkTags(file: InputFile, notes: FileNote[]): Promise<boolean> {
  for await (const { tags } of readDirectories(file)) {
    const metadata = tags.get(GDAL_METADATA)?.bytes ?? 0
    let others = 0
    for (const [tag, { type, bytes, isRepeated }] of tags) {
      if (tag !== GDAL_METADATA) others += bytes
      const name = LAYOUT_TAGS.get(tag)
      if (!name || (!isRepeated && WHOLE_NUMBER_TYPES.includes(type))) continue
      const what = isRepeated ? 'twice' : 'as something other than whole numbers'
      throw new AppError(
        'file-malformed',
        `"${file.path}" is damaged: its directory gives ${name} ${what}. Copy or download it again.`,
      )
    }
    if (others > MOST_TAG_BYTES) {
      throw new AppError(
        'file-too-large',
        `"${file.path}" has ${Math.round(others / 2 ** 20)} MB of tags; write it again with gdal_translate.`,
      )
    }
    if (metadata <= MOST_METADATA_BYTES) return true
    notes.push({
      reason: 'more-content',
      message: `It has ${Math.round(metadata / 2 ** 20)} MB of GDAL metadata, which are not read.`,
    })
    return false
  }
  return true
}

const SUBFILE_TYPE = 254

const IMAGE_WIDTH = 256

const IMAGE_HEIGHT = 257

/**
 * Masks and further pages: noted, not read. A damaged later directory does not spoil the first.
 *
 * @returns the directories of its overviews as far as each halves the one before, rounding up
 */
async function notePages(file: InputFile, layout: TiffLayout, notes: FileNote[]): Promise<number[]> {
  let masks = 0
  let pages = 1
  let index = 0
  const reduced = new Map<string, number>()
  try {
    for await (const { tags } of readDirectories(file)) {
      if (index++ === 0) continue
      if (index > MAX_DIRECTORIES) break
      const type = tags.get(SUBFILE_TYPE)?.value ?? 0
      const width = tags.get(IMAGE_WIDTH)?.value
      if (type & 4 && width === layout.width) masks++
      else if (!(type & 5)) pages++
      else if (!(type & 4) && isReadable(tags)) {
        const size = `${width} x ${tags.get(IMAGE_HEIGHT)?.value}`
        if (!reduced.has(size)) reduced.set(size, index - 1)
      }
    }
  } catch (thrown) {
    notes.push({
      reason: 'more-content',
      message: withReason('A later part of the file cannot be read; its first image can.', thrown),
    })
  }
  if (masks > 0)
    notes.push({
      reason: 'no-data',
      message: 'The file has an internal mask, which is not applied; only no-data values are.',
    })
  if (pages > 1)
    notes.push({ reason: 'more-content', message: `The file holds ${pages} images; only the first is read.` })
  const overviews: number[] = []
  for (let scale = 2; ; scale *= 2) {
    const found = reduced.get(`${Math.ceil(layout.width / scale)} x ${Math.ceil(layout.height / scale)}`)
    // One pixel is its own half.
    if (found === undefined || overviews.includes(found)) return overviews
    overviews.push(found)
  }
}

/** Whether the values of a directory may be looked at, by the rules for the first one. */
function isReadable(tags: TiffDirectory['tags']): boolean {
  let bytes = 0
  for (const [tag, entry] of tags) {
    bytes += entry.bytes
    if (LAYOUT_TAGS.has(tag) && (entry.isRepeated || !WHOLE_NUMBER_TYPES.includes(entry.type))) return false
  }
  return bytes <= MOST_TAG_BYTES
}

interface Slice {
  offset: number
  length: number
}

/** Structural copy of geotiff.js's own source class, which its entry point does not export. */
export interface TiffByteSource {
  fetch(slices: Slice[], signal?: AbortSignal): Promise<ArrayBufferLike[]>
  fetchSlice(slice: Slice, signal?: AbortSignal): Promise<Slice & { data: ArrayBufferLike }>
  readonly fileSize: number
  close(): Promise<void>
}

/** geotiff.js reads directories in steps of up to 4 kB and asks for a little more than they hold. */
const OVERSHOOT = 65_536

/**
 * Feeds geotiff.js from an input file and stops directories that point beyond the end of the file before anything is
 * allocated for them.
 */
function guardedSource(file: InputFile): TiffByteSource {
  const fetchSlice = async ({ offset, length }: Slice) => {
    const sane = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
    if (!sane || offset >= file.size || offset + length > file.size + OVERSHOOT) {
      throw new AppError(
        'file-malformed',
        `"${file.path}" is cut off or damaged: its directory points to byte ${offset + length} ` +
          `of ${file.size}. Copy or download it again.`,
      )
    }
    const bytes = await file.slice(offset, Math.min(offset + length, file.size))
    const data = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    return { offset, length, data }
  }
  return {
    fetchSlice,
    fetch: slices => Promise.all(slices.map(async slice => (await fetchSlice(slice)).data)),
    fileSize: file.size,
    close: async () => undefined,
  }
}
