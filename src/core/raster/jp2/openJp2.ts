import { AppError, throwIfAborted, withReason } from '../../foundation/appError'
import { joined } from '../../foundation/bytes'
import { yieldToEventLoop } from '../../foundation/job'
import type { FileNote } from '../fileNote'
import { tiffGeoreference } from '../geotiff/openGeotiff'
import { bytesInput, type InputFile } from '../inputFile'
import { checkRequest, DEFAULT_LIMITS, type RasterLimits, withDeadline } from '../rasterLimits'
import type { Dtype, Georeference, PixelWindow, RasterSource, SampleArray } from '../rasterSource'
import { type Codestream, EOC, fewestLevels, readMainHeader, readPartHeader, readStyles } from './codestream'
import { type Jp2Boxes, malformed, readBoxes } from './jp2Boxes'
import { readGmlGeoreference } from './jp2Georeference'
import { decodeCodestream } from './openjpeg'
import { findTileParts, readSot, type TileParts } from './tileParts'
import { boxAtLevel, checkTileCost, type TileBox, tileBox } from './tiles'

/** What the decoder gives: one component, or three that may be coded together. */
const READABLE_COMPONENTS = [1, 3]

/**
 * Opens a JP2 file or a raw JPEG 2000 codestream of 1 or 3 bands with 1 to 16 bits, signed or not. Nothing is read whole:
 * a window decodes the tiles that it touches, at a wavelet level those tiles' lowest frequencies only.
 *
 * Georeference: GMLJP2, else the GeoTIFF in its own box, else none. No no-data value: the format has none.
 *
 * @throws AppError `file-malformed`, `file-unsupported`, `file-too-large`, `aborted`
 */
export async function openJp2(
  file: InputFile,
  limits: RasterLimits = DEFAULT_LIMITS,
  signal?: AbortSignal,
): Promise<RasterSource> {
  return withDeadline(limits.milliseconds, file.path, signal, inner => open(file, limits, inner))
}

async function open(file: InputFile, limits: RasterLimits, signal: AbortSignal): Promise<RasterSource> {
  const boxes = await readBoxes(file)
  const stream = await readMainHeader(file, boxes.codestream.begin, boxes.codestream.end)
  const { width, height, components, bits, isSigned } = stream
  if (!READABLE_COMPONENTS.includes(components)) {
    throw new AppError(
      'file-unsupported',
      `"${file.path}" holds JPEG 2000 with ${components} bands; 1 and 3 are read. ` +
        'Convert it with gdal_translate -of GTiff -co COMPRESS=DEFLATE.',
    )
  }
  checkTileCost(file, stream, largestTile(stream), stream.styles, stream.layers, limits)
  const notes: FileNote[] = []
  if (boxes.hasPalette)
    notes.push({ reason: 'encoding', message: 'The file has a colour table; values are its indices.' })
  const georeference = await readGeoreference(boxes, notes)
  const levels = usableLevels(stream)
  let parts = await findTileParts(file, stream, signal)

  /** Looks for the tiles again where the header's list led astray. */
  const tileBytes = async (tile: number, inner: AbortSignal): Promise<Uint8Array> => {
    try {
      return await oneTile(file, stream, parts, tile, limits)
    } catch (thrown) {
      if (!parts.isListed) throw thrown
      parts = await findTileParts(file, stream, inner, false)
      return oneTile(file, stream, parts, tile, limits)
    }
  }
  return {
    kind: 'jp2',
    path: file.path,
    width,
    height,
    bandCount: components,
    dtype: dtypeOf(bits, isSigned),
    bandNames: null,
    nodata: null,
    georeference,
    notes,
    levels,
    blocks: tileBlocks(stream),
    async read(request) {
      const level = request?.level ?? 0
      if (!Number.isInteger(level) || level < 0 || level > levels)
        throw new AppError('bad-argument', `No level ${level} in "${file.path}", which has ${levels}.`)
      const whole = boxAtLevel(imageBox(stream), level)
      const size = { width: whole.x1 - whole.x0, height: whole.y1 - whole.y0, bandCount: components }
      const { window, bands } = checkRequest(file.path, size, limits, request)
      return withDeadline(limits.milliseconds, file.path, request?.signal, inner =>
        readWindow(file, stream, window, level, bands, inner, tileBytes),
      )
    },
  }
}

function dtypeOf(bits: number, isSigned: boolean): Dtype {
  if (bits <= 8) return isSigned ? 'int8' : 'uint8'
  return isSigned ? 'int16' : 'uint16'
}

async function readGeoreference(boxes: Jp2Boxes, notes: FileNote[]): Promise<Georeference | null> {
  const gml = readGmlGeoreference(boxes.xml, notes)
  if ((gml?.crs && gml.transform) || !boxes.geotiff) return gml
  const geotiff = await tiffGeoreference(bytesInput('GeoTIFF box', boxes.geotiff), notes)
  if (!gml) return geotiff
  // A grid in a system that only the GeoTIFF box names.
  return geotiff?.crs ? { ...geotiff, transform: gml.transform } : gml
}

function imageBox({ origin, width, height }: Codestream): TileBox {
  return { x0: origin.x, y0: origin.y, x1: origin.x + width, y1: origin.y + height }
}

/** A tile of the full size, or the image where that is smaller: none costs more. */
function largestTile(stream: Codestream): TileBox {
  const { x0, y0, x1, y1 } = imageBox(stream)
  return { x0, y0, x1: Math.min(x1, x0 + stream.tile.width), y1: Math.min(y1, y0 + stream.tile.height) }
}

/** Undefined where the first tile begins before the image: windows from its corner would cut tiles. */
function tileBlocks({ origin, tileOrigin, tile, width, height }: Codestream): RasterSource['blocks'] {
  if (origin.x !== tileOrigin.x || origin.y !== tileOrigin.y) return undefined
  return { width: Math.min(width, tile.width), height: Math.min(height, tile.height) }
}

/** Levels at which the image has ceil(size / 2^level) pixels: all, unless it begins at an odd place of its grid. */
function usableLevels({ levels, origin, width, height }: Codestream): number {
  let usable = 0
  while (usable < levels) {
    const scale = 2 ** (usable + 1)
    const isWhole = origin.x % scale === 0 && origin.y % scale === 0
    // One pixel is not halved.
    if (!isWhole || Math.max(width, height) <= scale / 2) break
    usable++
  }
  return usable
}

/** A codestream of one tile, which a decoder takes for an image of its own: at its place, so that all partitions hold. */
async function oneTile(
  file: InputFile,
  stream: Codestream,
  parts: TileParts,
  tile: number,
  limits: RasterLimits,
): Promise<Uint8Array> {
  const places = parts.of(tile)
  const total = places.reduce((sum, { length }) => sum + length, 0)
  if (total > limits.blockBytes) {
    throw new AppError(
      'file-too-large',
      `"${file.path}" has ${Math.round(total / 2 ** 20)} MB in tile ${tile + 1}.`,
    )
  }
  const box = tileBox(stream, tile)
  const sizes = stream.sizes.slice()
  const view = new DataView(sizes.buffer)
  const [width, height] = [box.x1 - box.x0, box.y1 - box.y0]
  const corners = [box.x1, box.y1, box.x0, box.y0, width, height, box.x0, box.y0]
  for (const [index, value] of corners.entries()) view.setUint32(6 + 4 * index, value)
  // A decoder clamps signed samples of 8 bits to 0: they are decoded as unsigned and moved afterwards, the same values.
  for (let component = 0; component < stream.components; component++)
    sizes[40 + 3 * component] = stream.bits - 1
  const pieces = [Uint8Array.of(0xff, 0x4f), sizes, stream.rest]
  let { styles, layers } = stream
  for (const [index, { begin, length }] of places.entries()) {
    const part = await file.slice(begin, begin + length)
    const sot = readSot(part)
    const isSame = sot && sot.tile === tile && (sot.length === 0 || sot.length === length)
    if (part.length !== length || !isSame || (index > 0 && sot.index === 0))
      throw malformed(file, `tile ${tile + 1} is not where it belongs`)
    const header = readPartHeader(file, part, tile)
    const own = readStyles(file, header, stream.components, styles)
    if (own) {
      styles = own.styles
      layers = own.layers || layers
    }
    const copy = part.slice()
    const sotView = new DataView(copy.buffer)
    sotView.setUint16(4, 0)
    sotView.setUint32(6, length)
    pieces.push(copy)
  }
  if (styles !== stream.styles) {
    checkTileCost(file, stream, box, styles, layers, limits)
    if (fewestLevels(styles, stream.components) < stream.levels)
      throw malformed(file, `tile ${tile + 1} has fewer wavelet levels than the image`)
  }
  pieces.push(Uint8Array.of(EOC >> 8, EOC & 255))
  return joined(pieces)
}

async function readWindow(
  file: InputFile,
  stream: Codestream,
  window: PixelWindow,
  level: number,
  bands: readonly number[],
  signal: AbortSignal,
  tileBytes: (tile: number, signal: AbortSignal) => Promise<Uint8Array>,
): Promise<SampleArray[]> {
  const { components, bits, isSigned } = stream
  const dtype = dtypeOf(bits, isSigned)
  const out = bands.map(() => emptySamples(dtype, window.width * window.height))
  const image = boxAtLevel(imageBox(stream), level)
  const wanted = {
    x0: image.x0 + window.column,
    y0: image.y0 + window.row,
    x1: image.x0 + window.column + window.width,
    y1: image.y0 + window.row + window.height,
  }
  for (const tile of tilesWithin(stream, wanted, level)) {
    throwIfAborted(signal)
    const box = boxAtLevel(tileBox(stream, tile), level)
    // A narrow tile may have no pixel at this level.
    if (box.x1 <= box.x0 || box.y1 <= box.y0) continue
    const samples = await decodeTile(tile)
    const shift = isSigned ? 2 ** (bits - 1) : 0
    copyTile(samples, box, components, shift, wanted, bands, out)
    await yieldToEventLoop()
  }
  return out

  async function decodeTile(tile: number): Promise<Uint8Array | Uint16Array> {
    const known = recent.find(each => each.stream === stream && each.tile === tile && each.level === level)
    if (known) return known.samples
    const codestream = await tileBytes(tile, signal)
    const full = tileBox(stream, tile)
    const expected = { width: full.x1 - full.x0, height: full.y1 - full.y0, bits, components }
    let bytes: Uint8Array
    try {
      bytes = await decodeCodestream(codestream, level, expected)
    } catch (thrown) {
      if (thrown instanceof AppError) throw thrown
      const sentence = `"${file.path}" is damaged in tile ${tile + 1}. Copy or download it again.`
      throw new AppError('file-malformed', withReason(sentence, thrown), { cause: thrown })
    }
    const { x0, y0, x1, y1 } = boxAtLevel(full, level)
    const count = (x1 - x0) * (y1 - y0) * components
    const samples = bits <= 8 ? bytes : new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1)
    if (samples.length < count) throw malformed(file, `tile ${tile + 1} gives too few pixels`)
    keep({ stream, tile, level, samples })
    return samples
  }
}

interface RecentTile {
  stream: Codestream
  tile: number
  level: number
  samples: Uint8Array | Uint16Array
}

/** Tiles that were decoded last, of whatever file: windows beside each other share them. */
const recent: RecentTile[] = []

const MOST_RECENT_BYTES = 64 * 2 ** 20

function keep(tile: RecentTile): void {
  recent.unshift(tile)
  let bytes = 0
  const first = recent.findIndex(({ samples }) => {
    bytes += samples.byteLength
    return bytes > MOST_RECENT_BYTES
  })
  if (first >= 0) recent.length = first
}

function* tilesWithin(stream: Codestream, wanted: TileBox, level: number): Generator<number> {
  const { tileOrigin, tile, across, down } = stream
  const scale = 2 ** level
  // A tile rounds its corners up: it may begin one pixel of the level later than its edge lies.
  const first = (from: number, origin: number, size: number) =>
    Math.max(0, Math.floor(((from - 1) * scale - origin) / size))
  const last = (to: number, origin: number, size: number, count: number) =>
    Math.min(count - 1, Math.floor(((to - 1) * scale - origin) / size))
  const lastRow = last(wanted.y1, tileOrigin.y, tile.height, down)
  const lastColumn = last(wanted.x1, tileOrigin.x, tile.width, across)
  for (let row = first(wanted.y0, tileOrigin.y, tile.height); row <= lastRow; row++) {
    for (let column = first(wanted.x0, tileOrigin.x, tile.width); column <= lastColumn; column++) {
      const index = row * across + column
      const box = boxAtLevel(tileBox(stream, index), level)
      if (box.x1 > wanted.x0 && box.x0 < wanted.x1 && box.y1 > wanted.y0 && box.y0 < wanted.y1) yield index
    }
  }
}

function copyTile(
  samples: Uint8Array | Uint16Array,
  box: TileBox,
  components: number,
  shift: number,
  wanted: TileBox,
  bands: readonly number[],
  out: readonly SampleArray[],
): void {
  const x0 = Math.max(box.x0, wanted.x0)
  const x1 = Math.min(box.x1, wanted.x1)
  const y0 = Math.max(box.y0, wanted.y0)
  const y1 = Math.min(box.y1, wanted.y1)
  const row = (box.x1 - box.x0) * components
  for (const [index, band] of bands.entries()) {
    const plane = out[index]!
    for (let y = y0; y < y1; y++) {
      let from = (y - box.y0) * row + (x0 - box.x0) * components + band
      let to = (y - wanted.y0) * (wanted.x1 - wanted.x0) + x0 - wanted.x0
      for (let x = x0; x < x1; x++, from += components) plane[to++] = samples[from]! - shift
    }
  }
}

function emptySamples(dtype: Dtype, length: number): SampleArray {
  if (dtype === 'uint8') return new Uint8Array(length)
  if (dtype === 'int8') return new Int8Array(length)
  return dtype === 'uint16' ? new Uint16Array(length) : new Int16Array(length)
}
