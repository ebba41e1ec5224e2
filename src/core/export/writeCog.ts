import { zlibSync } from 'fflate'
import { AppError, throwIfAborted } from '../foundation/appError'
import { joined } from '../foundation/bytes'
import { type JobContext, yieldToEventLoop } from '../foundation/job'
import type { Georeference } from '../raster/rasterSource'
import { geoFields } from './geoFields'
import { encodeDirectory, type TiffField } from './tiffFields'

/** One red, green, blue entry, 0..255 each. */
export type Colour = readonly [number, number, number]

/** What is written of a raster besides its pixels. */
interface CogFacts {
  width: number
  height: number
  /** What GDAL reads as no data: "255", "nan". */
  nodata: string
  /** Palette of a uint8 image: colours of the values that occur; all others are black. */
  colours?: ReadonlyMap<number, Colour>
  georeference: Georeference | null
  /** Written to TIFF's document name. */
  name: string
  /** GDAL metadata items of the dataset. */
  metadata: Readonly<Record<string, string>>
}

/** A single-band raster in memory. */
export interface CogImage extends CogFacts {
  /** [height, width], uint8 or float32 */
  samples: Uint8Array | Float32Array
  /** What the band holds, for the band's description. */
  description: string
}

type Samples = Uint8Array | Float32Array

/** A raster of any size that is written as it is made. */
export interface StreamedCog extends CogFacts {
  sampleType: 'uint8' | 'float32'
  /** What each band holds, for the bands' descriptions: one for each band. */
  descriptions: readonly string[]
  /** What a stored value is worth, which GDAL multiplies by where asked to unscale; absent: 1. */
  scale?: number
  /** Side of a tile, a multiple of 16. */
  tile: number
  /**
   * Rows of the raster from the top down, called once for each run of `tile` rows; the last run may be shorter.
   *
   * @returns [rows, width] of each band
   */
  rows(top: number, count: number): Promise<readonly Samples[]>
}

/** Keeps compressed blocks until all are known: a temporary file, or memory. */
export interface BlockStore {
  append(bytes: Uint8Array): Promise<void>
  /** @returns the bytes at `begin`, counted over all that was appended */
  read(begin: number, length: number): Promise<Uint8Array>
}

/**
 * GDAL's marker of a cloud-optimised file (gdal.org, COG driver): directories first, blocks in row order, each
 * with its size in front and its last four bytes repeated behind.
 */
const STRUCTURE =
  'LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n' +
  'BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n '

const MAX_TILE = 512

/** A classic TIFF counts its bytes in 32 bits. */
const MAX_CLASSIC_BYTES = 0xffff_ffff

/**
 * Writes a raster in memory as a cloud-optimised GeoTIFF: little-endian TIFF, DEFLATE tiles of at most 512 pixels,
 * overviews by nearest neighbour down to one tile. The same input gives the same bytes on every machine.
 *
 * @throws AppError `shape-mismatch` if samples do not fill the raster.
 */
export async function writeCog(image: CogImage): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, samples, description, ...facts } = image
  if (width < 1 || height < 1 || samples.length !== width * height) {
    throw new AppError(
      'shape-mismatch',
      `${image.name}: ${samples.length} pixels do not fill a raster of ${width} x ${height}; export it again from the patch.`,
    )
  }
  const streamed: StreamedCog = {
    ...facts,
    width,
    height,
    sampleType: samples instanceof Float32Array ? 'float32' : 'uint8',
    descriptions: [description],
    tile: Math.min(MAX_TILE, Math.ceil(Math.max(width, height) / 16) * 16),
    rows: async (top, count) => [samples.subarray(top * width, (top + count) * width)],
  }
  const parts: Uint8Array[] = []
  for await (const part of streamCog(streamed, memoryStore())) parts.push(part)
  return joined(parts)
}

function memoryStore(): BlockStore {
  const kept = new Map<number, Uint8Array>()
  let end = 0
  return {
    async append(bytes) {
      kept.set(end, bytes)
      end += bytes.length
    },
    read: async begin => kept.get(begin)!,
  }
}

/**
 * Writes a raster of any size as a cloud-optimised GeoTIFF, BigTIFF above 4 GB: tiles go to `store` as the rows come,
 * then directories and blocks come out in the order of the file. Bands lie apart (planar). Memory is a run of rows a
 * level and one tile, whatever the height. The same input gives the same bytes on every machine.
 *
 * @param mostClassicBytes above which the file is a BigTIFF
 * @returns the file's bytes in order, in pieces
 * @throws AppError `aborted`, and what `rows` and `store` throw.
 */
export async function* streamCog(
  image: StreamedCog,
  store: BlockStore,
  context?: JobContext,
  mostClassicBytes = MAX_CLASSIC_BYTES,
): AsyncGenerator<Uint8Array> {
  const levels = await storeBlocks(image, store, context)
  // GDAL's marker speaks of one block after the other in rows, which bands that lie apart are not.
  const structured = image.descriptions.length === 1
  const around = structured ? 8 : 0
  const blockBytes = levels
    .flatMap(({ blocks }) => blocks)
    .reduce((sum, { length }) => sum + length + around, 0)
  // Directories have one length whatever the offsets in them, so a first pass without finds the places.
  const sizesIn = (big: boolean) =>
    levels.map((_, index) => encodeDirectory(fieldsOf(image, levels, index, big, null), 0, 0, big).length)
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0)
  const classic = header(structured, false).length + sum(sizesIn(false)) + blockBytes
  const big = classic > mostClassicBytes
  const head = header(structured, big)
  const sizes = sizesIn(big)
  const directoryAt = sizes.map((_, index) => head.length + sum(sizes.slice(0, index)))
  let position = head.length + sum(sizes)
  const blockAt: number[][] = levels.map(() => [])
  for (let index = levels.length - 1; index >= 0; index--) {
    for (const block of levels[index]!.blocks) {
      blockAt[index]!.push(position + around / 2)
      position += block.length + around
    }
  }
  yield head
  for (const index of levels.keys()) {
    const fields = fieldsOf(image, levels, index, big, blockAt[index]!)
    yield encodeDirectory(fields, directoryAt[index]!, directoryAt[index + 1] ?? 0, big)
  }
  for (const { blocks } of levels.toReversed()) {
    for (const { begin, length } of blocks) {
      throwIfAborted(context?.signal)
      const block = await store.read(begin, length)
      if (!structured) {
        yield block
        continue
      }
      const placed = new Uint8Array(length + 8)
      new DataView(placed.buffer).setUint32(0, length, true)
      placed.set(block, 4)
      placed.set(block.subarray(-4), 4 + length)
      yield placed
    }
  }
}

/** One resolution: its size, and where its blocks lie in the store, band after band, each in row order. */
interface StoredLevel {
  width: number
  height: number
  blocks: StoredBlock[]
}

interface StoredBlock {
  begin: number
  length: number
}

/** One resolution while its rows come. */
interface OpenLevel extends StoredLevel {
  /** Rows that wait until they fill a row of tiles, [tile, width] of each band. */
  waiting: Samples[]
  rows: number
  /** Blocks of each band. */
  byBand: StoredBlock[][]
}

/** Compresses all tiles of all levels into the store, as the rows come. */
async function storeBlocks(
  image: StreamedCog,
  store: BlockStore,
  context: JobContext | undefined,
): Promise<StoredLevel[]> {
  const { width, height, tile, sampleType, descriptions, name } = image
  const levels: OpenLevel[] = []
  for (let size = { width, height }; ; size = halfOf(size)) {
    const waiting =
      levels.length === 0 ? [] : descriptions.map(() => samplesOf(sampleType, tile * size.width))
    levels.push({ ...size, blocks: [], waiting, rows: 0, byBand: descriptions.map(() => []) })
    if (size.width <= tile && size.height <= tile) break
  }
  let end = 0
  for (let top = 0; top < height; top += tile) {
    const count = Math.min(tile, height - top)
    await place(0, await image.rows(top, count), count)
    context?.onProgress?.({ label: `Writing ${name}`, done: top + count, total: height })
  }
  return levels.map(({ width, height, byBand }) => ({ width, height, blocks: byBand.flat() }))

  /** A row of tiles of a level, full or the last one: into the store, and halved into the level below. */
  async function place(index: number, planes: readonly Samples[], count: number): Promise<void> {
    const level = levels[index]!
    for (const [band, plane] of planes.entries()) {
      for (let left = 0; left < level.width; left += tile) {
        // A row of tiles of a whole scene takes a second.
        await yieldToEventLoop()
        throwIfAborted(context?.signal)
        const bytes = zlibSync(tileBytes(plane, level.width, count, left, tile), { level: 6 })
        await store.append(bytes)
        level.byBand[band]!.push({ begin: end, length: bytes.length })
        end += bytes.length
      }
    }
    level.rows += count
    const below = levels[index + 1]
    if (!below) return
    // Every run but the last has a whole row of tiles, so runs begin at even rows.
    const before = below.rows % tile
    const half = Math.ceil(count / 2)
    for (const [band, plane] of planes.entries()) {
      const to = below.waiting[band]!
      for (let row = 0; row < half; row++) {
        const from = row * 2 * level.width
        const at = (before + row) * below.width
        for (let column = 0; column < below.width; column++) to[at + column] = plane[from + column * 2]!
      }
    }
    const rows = before + half
    if (rows === tile || level.rows === level.height) {
      below.rows -= before
      const full = below.waiting.map(plane => plane.subarray(0, rows * below.width))
      await place(index + 1, full, rows)
    } else {
      below.rows += half
    }
  }
}

/** Half the resolution, by nearest neighbour: labels must not be averaged. */
function halfOf({ width, height }: { width: number; height: number }) {
  return { width: Math.ceil(width / 2), height: Math.ceil(height / 2) }
}

function samplesOf(type: StreamedCog['sampleType'], length: number): Samples {
  return type === 'float32' ? new Float32Array(length) : new Uint8Array(length)
}

/** One tile of a run of rows, little-endian bytes; beyond the edge the nearest pixel repeats. */
function tileBytes(plane: Samples, width: number, rows: number, left: number, tile: number): Uint8Array {
  const float = plane instanceof Float32Array
  const bytes = new Uint8Array(tile * tile * (float ? 4 : 1))
  const view = new DataView(bytes.buffer)
  for (let row = 0; row < tile; row++) {
    const from = Math.min(rows - 1, row) * width
    for (let column = 0; column < tile; column++) {
      const value = plane[from + Math.min(width - 1, left + column)]!
      if (float) view.setFloat32((row * tile + column) * 4, value, true)
      else bytes[row * tile + column] = value
    }
  }
  return bytes
}

function header(structured: boolean, big: boolean): Uint8Array {
  const size = String(STRUCTURE.length).padStart(6, '0')
  const text = new TextEncoder().encode(
    structured ? `GDAL_STRUCTURAL_METADATA_SIZE=${size} bytes\n${STRUCTURE}` : '',
  )
  const begin = big ? 16 : 8
  const length = begin + text.length + (text.length % 2)
  const bytes = new Uint8Array(length)
  const view = new DataView(bytes.buffer)
  bytes.set([0x49, 0x49])
  view.setUint16(2, big ? 43 : 42, true)
  if (big) {
    view.setUint16(4, 8, true)
    view.setBigUint64(8, BigInt(length), true)
  } else {
    view.setUint32(4, length, true)
  }
  bytes.set(text, begin)
  return bytes
}

/** @param offsets of the level's blocks in the file; null: not known yet. */
function fieldsOf(
  image: StreamedCog,
  levels: readonly StoredLevel[],
  index: number,
  big: boolean,
  offsets: readonly number[] | null,
): TiffField[] {
  const { width, height, blocks } = levels[index]!
  const { descriptions, tile } = image
  const float = image.sampleType === 'float32'
  const bands = descriptions.length
  const short = (tag: number, ...value: number[]): TiffField => ({ tag, type: 'short', value })
  const each = (value: number) => descriptions.map(() => value)
  const fields: TiffField[] = [
    { tag: 256, type: 'long', value: [width] },
    { tag: 257, type: 'long', value: [height] },
    short(258, ...each(float ? 32 : 8)),
    short(259, 8),
    short(262, image.colours ? 3 : 1),
    short(277, bands),
    short(284, bands > 1 ? 2 : 1),
    short(322, tile),
    short(323, tile),
    {
      tag: 324,
      type: big ? 'long8' : 'long',
      value: blocks.map((_, number) => offsets?.[number] ?? 0),
    },
    { tag: 325, type: 'long', value: blocks.map(({ length }) => length) },
    short(339, ...each(float ? 3 : 1)),
    { tag: 42113, type: 'ascii', value: image.nodata },
  ]
  // Of a grey raster, all bands but the first are extra ones, of no meaning that TIFF knows.
  if (bands > 1) fields.push(short(338, ...each(0).slice(1)))
  if (image.colours) fields.push(short(320, ...colourMap(image.colours)))
  if (index > 0) return [...fields, { tag: 254, type: 'long', value: [1] }]
  return [
    ...fields,
    { tag: 269, type: 'ascii', value: image.name },
    { tag: 305, type: 'ascii', value: 'Scarp' },
    { tag: 42112, type: 'ascii', value: metadataXml(image) },
    ...geoFields(image.georeference),
  ]
}

/** TIFF palettes hold all reds, then all greens, then all blues, in 16 bits (8 bits times 257). */
function colourMap(colours: ReadonlyMap<number, Colour>): number[] {
  const map = new Array<number>(3 * 256).fill(0)
  for (const [value, colour] of colours) {
    colour.forEach((level, channel) => {
      map[channel * 256 + value] = level * 257
    })
  }
  return map
}

/**
 * GDAL's metadata document (TIFF tag 42112): dataset items, and the bands' descriptions and scale. GDAL unescapes a value
 * twice, once as XML and once itself (`CPLUnescapeString`), so values are escaped twice as GDAL's own writer does.
 */
function metadataXml({ metadata, descriptions, scale }: StreamedCog): string {
  const lines = Object.entries(metadata).map(
    ([name, value]) => `  <Item name="${escaped(name)}">${escaped(escaped(value))}</Item>`,
  )
  for (const [band, text] of descriptions.entries()) {
    const description = escaped(escaped(text))
    lines.push(`  <Item name="DESCRIPTION" sample="${band}" role="description">${description}</Item>`)
    if (scale !== undefined) lines.push(`  <Item name="SCALE" sample="${band}" role="scale">${scale}</Item>`)
  }
  return `<GDALMetadata>\n${lines.join('\n')}\n</GDALMetadata>\n`
}

function escaped(text: string): string {
  // XML 1.0 has no place for control characters, escaped or not.
  const clean = text.replace(/[^\P{Cc}\t\n\r]/gu, ' ')
  return clean.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
