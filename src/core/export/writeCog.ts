import { zlibSync } from 'fflate'
import { AppError } from '../foundation/appError'
import type { Georeference } from '../raster/rasterSource'
import { geoFields } from './geoFields'
import { encodeDirectory, type TiffField } from './tiffFields'

/** One red, green, blue entry, 0..255 each. */
export type Colour = readonly [number, number, number]

/** A single-band raster to be written. */
export interface CogImage {
  width: number
  height: number
  /** [height, width], uint8 or float32 */
  samples: Uint8Array | Float32Array
  /** What GDAL reads as no data: "255", "nan". */
  nodata: string
  /** Palette of a uint8 image: colours of the values that occur; all others are black. */
  colours?: ReadonlyMap<number, Colour>
  georeference: Georeference | null
  /** Written to TIFF's document name. */
  name: string
  /** What the band holds, for the band's description. */
  description: string
  /** GDAL metadata items of the dataset. */
  metadata: Readonly<Record<string, string>>
}

/**
 * GDAL's marker of a cloud-optimised file (gdal.org, COG driver): directories first, blocks in row order, each
 * with its size in front and its last four bytes repeated behind.
 */
const STRUCTURE =
  'LAYOUT=IFDS_BEFORE_DATA\nBLOCK_ORDER=ROW_MAJOR\nBLOCK_LEADER=SIZE_AS_UINT4\n' +
  'BLOCK_TRAILER=LAST_4_BYTES_REPEATED\nKNOWN_INCOMPATIBLE_EDITION=NO\n '

const MAX_TILE = 512

const MAX_BYTES = 0xffff_ffff

/**
 * Writes a cloud-optimised GeoTIFF: little-endian classic TIFF, DEFLATE tiles of at most 512 pixels, overviews by
 * nearest neighbour down to one tile. The same input gives the same bytes on every machine.
 *
 * @throws AppError `shape-mismatch` if samples do not fill the raster, `export-failed` above 4 GiB.
 */
export function writeCog(image: CogImage): Uint8Array<ArrayBuffer> {
  const { width, height, samples } = image
  if (width < 1 || height < 1 || samples.length !== width * height) {
    throw new AppError(
      'shape-mismatch',
      `${image.name}: ${samples.length} pixels do not fill a raster of ${width} x ${height}; export it again from the patch.`,
    )
  }
  const levels: Level[] = [{ width, height, samples }]
  for (let last = levels[0]!; last.width > MAX_TILE || last.height > MAX_TILE; last = levels.at(-1)!) {
    levels.push(halved(last))
  }
  const tile = Math.min(MAX_TILE, Math.ceil(Math.max(width, height) / 16) * 16)
  const blocks = levels.map(level => tileBytes(level, tile).map(bytes => zlibSync(bytes, { level: 6 })))

  const head = header()
  // Directories have one length whatever the offsets in them, so a first pass with zeros finds the places.
  const sizes = levels.map(
    (level, index) => encodeDirectory(fieldsOf(image, level, index, tile, blocks[index]!, []), 0, 0).length,
  )
  const directoryAt = sizes.map((_, index) => sizes.slice(0, index).reduce((a, b) => a + b, head.length))
  let position = head.length + sizes.reduce((a, b) => a + b, 0)
  const blockAt: number[][] = levels.map(() => [])
  for (let index = levels.length - 1; index >= 0; index--) {
    for (const block of blocks[index]!) {
      blockAt[index]!.push(position + 4)
      position += block.length + 8
    }
  }
  if (position > MAX_BYTES) {
    throw new AppError('export-failed', `${image.name} would exceed 4 GiB: export a smaller window.`)
  }

  const file = new Uint8Array(position)
  file.set(head)
  levels.forEach((level, index) => {
    const fields = fieldsOf(image, level, index, tile, blocks[index]!, blockAt[index]!)
    file.set(encodeDirectory(fields, directoryAt[index]!, directoryAt[index + 1] ?? 0), directoryAt[index]!)
    blocks[index]!.forEach((block, number) => {
      placeBlock(file, block, blockAt[index]![number]!)
    })
  })
  return file
}

function header(): Uint8Array {
  const size = String(STRUCTURE.length).padStart(6, '0')
  const text = new TextEncoder().encode(`GDAL_STRUCTURAL_METADATA_SIZE=${size} bytes\n${STRUCTURE}`)
  const length = 8 + text.length + (text.length % 2)
  const bytes = new Uint8Array(length)
  bytes.set([0x49, 0x49, 42, 0])
  new DataView(bytes.buffer).setUint32(4, length, true)
  bytes.set(text, 8)
  return bytes
}

function placeBlock(file: Uint8Array, block: Uint8Array, at: number): void {
  new DataView(file.buffer).setUint32(at - 4, block.length, true)
  file.set(block, at)
  file.set(block.subarray(-4), at + block.length)
}

function fieldsOf(
  image: CogImage,
  level: Level,
  index: number,
  tile: number,
  blocks: readonly Uint8Array[],
  offsets: readonly number[],
): TiffField[] {
  const float = image.samples instanceof Float32Array
  const short = (tag: number, ...value: number[]): TiffField => ({ tag, type: 'short', value })
  const fields: TiffField[] = [
    { tag: 256, type: 'long', value: [level.width] },
    { tag: 257, type: 'long', value: [level.height] },
    short(258, float ? 32 : 8),
    short(259, 8),
    short(262, image.colours ? 3 : 1),
    short(277, 1),
    short(284, 1),
    short(322, tile),
    short(323, tile),
    { tag: 324, type: 'long', value: blocks.map((_, number) => offsets[number] ?? 0) },
    { tag: 325, type: 'long', value: blocks.map(block => block.length) },
    short(339, float ? 3 : 1),
    { tag: 42113, type: 'ascii', value: image.nodata },
  ]
  if (image.colours) fields.push(short(320, ...colourMap(image.colours)))
  if (index > 0) return [...fields, { tag: 254, type: 'long', value: [1] }]
  return [
    ...fields,
    { tag: 269, type: 'ascii', value: image.name },
    { tag: 305, type: 'ascii', value: 'Scarp' },
    { tag: 42112, type: 'ascii', value: metadataXml(image.metadata, image.description) },
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
/** One resolution of a single-band raster. */
interface Level {
  width: number
  height: number
  /** [height, width] */
  samples: Uint8Array | Float32Array
}

/** Half the resolution by nearest neighbour: labels must not be averaged. */
function halved({ width, height, samples }: Level): Level {
  const half = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) }
  const result =
    samples instanceof Float32Array
      ? new Float32Array(half.width * half.height)
      : new Uint8Array(half.width * half.height)
  for (let row = 0; row < half.height; row++) {
    const from = Math.min(height - 1, row * 2) * width
    for (let column = 0; column < half.width; column++) {
      result[row * half.width + column] = samples[from + Math.min(width - 1, column * 2)]!
    }
  }
  return { ...half, samples: result }
}

/** The level's tiles in row order, little-endian bytes; tiles at the edge are filled with the nearest pixel. */
function tileBytes({ width, height, samples }: Level, tile: number): Uint8Array[] {
  const tiles: Uint8Array[] = []
  for (let top = 0; top < height; top += tile) {
    for (let left = 0; left < width; left += tile) {
      const float = samples instanceof Float32Array
      const bytes = new Uint8Array(tile * tile * (float ? 4 : 1))
      const view = new DataView(bytes.buffer)
      for (let row = 0; row < tile; row++) {
        const from = Math.min(height - 1, top + row) * width
        for (let column = 0; column < tile; column++) {
          const value = samples[from + Math.min(width - 1, left + column)]!
          if (float) view.setFloat32((row * tile + column) * 4, value, true)
          else bytes[row * tile + column] = value
        }
      }
      tiles.push(bytes)
    }
  }
  return tiles
}
/**
 * GDAL's metadata document (TIFF tag 42112): dataset items, and the description of band 1. GDAL unescapes a value
 * twice, once as XML and once itself (`CPLUnescapeString`), so values are escaped twice as GDAL's own writer does.
 */
function metadataXml(items: Readonly<Record<string, string>>, description: string): string {
  const lines = Object.entries(items).map(
    ([name, value]) => `  <Item name="${escaped(name)}">${escaped(escaped(value))}</Item>`,
  )
  lines.push(
    `  <Item name="DESCRIPTION" sample="0" role="description">${escaped(escaped(description))}</Item>`,
  )
  return `<GDALMetadata>\n${lines.join('\n')}\n</GDALMetadata>\n`
}

function escaped(text: string): string {
  // XML 1.0 has no place for control characters, escaped or not.
  const clean = text.replace(/[^\P{Cc}\t\n\r]/gu, ' ')
  return clean.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
