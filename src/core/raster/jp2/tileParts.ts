import { AppError, throwIfAborted } from '../../foundation/appError'
import type { InputFile } from '../inputFile'
import { type Codestream, EOC, SOT, SOT_BYTES } from './codestream'
import { malformed } from './jp2Boxes'

/** Where the parts of each tile lie in the file. */
export interface TileParts {
  /** Of a tile, in order. */
  of(tile: number): { begin: number; length: number }[]
  /** Whether they were taken from the header's list, not from the parts themselves. */
  isListed: boolean
}

/** Of a whole image; a product has one a tile, or one for each level and layer. */
const MOST_PARTS = 2 ** 18

/** Where parts are short, many are read at once. */
const STEP = 2 ** 16

interface Part {
  tile: number
  begin: number
  length: number
}

/**
 * Finds every tile-part: by the header's list (TLM) where it holds for the first and the last of them, else by going
 * from one to the next.
 *
 * @param mayTrust false: the list was wrong before
 * @throws AppError `file-malformed` for a part that leaves the file, and for a file without one of its tiles
 */
export async function findTileParts(
  file: InputFile,
  stream: Codestream,
  signal: AbortSignal | undefined,
  mayTrust = true,
): Promise<TileParts> {
  const tiles = stream.across * stream.down
  const listed = mayTrust ? await partsOfList(file, stream, tiles) : null
  const parts = listed ?? (await walkParts(file, stream, tiles, signal))
  const byTile = new Map<number, Part[]>()
  for (const part of parts) {
    const own = byTile.get(part.tile)
    if (own) own.push(part)
    else byTile.set(part.tile, [part])
  }
  for (let tile = 0; tile < tiles; tile++) if (!byTile.has(tile)) throw missing(file, tile, tiles)
  return { of: tile => byTile.get(tile) ?? [], isListed: listed !== null }
}

function missing({ path }: InputFile, tile: number, tiles: number): AppError {
  const which = tiles === 1 ? 'its only tile is not whole' : `tile ${tile + 1} of ${tiles} is missing`
  return new AppError('file-malformed', `"${path}" is cut off: ${which}. Download it again.`)
}

async function partsOfList(file: InputFile, stream: Codestream, tiles: number): Promise<Part[] | null> {
  if (!stream.lengths || stream.lengths.length > MOST_PARTS) return null
  const parts: Part[] = []
  let begin = stream.firstPart
  for (const { tile: named, bytes } of stream.lengths) {
    const tile = named < 0 ? parts.length : named
    if (bytes < SOT_BYTES + 2 || tile >= tiles || begin + bytes > stream.end) return null
    parts.push({ tile, begin, length: bytes })
    begin += bytes
  }
  const isLast = begin + 2 >= stream.end || (await markerAt(file, begin)) === EOC
  const ends = [parts[0], parts.at(-1)]
  for (const part of ends) {
    const sot = part && readSot(await file.slice(part.begin, part.begin + SOT_BYTES))
    if (!sot || sot.tile !== part.tile || sot.length !== part.length) return null
  }
  return isLast && new Set(parts.map(({ tile }) => tile)).size === tiles ? parts : null
}

async function markerAt(file: InputFile, at: number): Promise<number> {
  const [high = 0, low = 0] = await file.slice(at, at + 2)
  return high * 256 + low
}

export interface Sot {
  tile: number
  /** Bytes of the part from its SOT on; 0: as far as the codestream goes. */
  length: number
  index: number
  /** Parts of the tile; 0: not said. */
  count: number
}

/** null where it is none. */
export function readSot(bytes: Uint8Array): Sot | null {
  if (bytes.length < SOT_BYTES) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(0) !== SOT || view.getUint16(2) !== 10) return null
  return {
    tile: view.getUint16(4),
    length: view.getUint32(6),
    index: view.getUint8(10),
    count: view.getUint8(11),
  }
}

async function walkParts(
  file: InputFile,
  stream: Codestream,
  tiles: number,
  signal: AbortSignal | undefined,
): Promise<Part[]> {
  const parts: Part[] = []
  const found = new Uint16Array(tiles)
  const said = new Uint8Array(tiles)
  const read = readAhead(file, stream.end)
  let at = stream.firstPart
  while (at + SOT_BYTES <= stream.end) {
    throwIfAborted(signal)
    const bytes = await read(at)
    const sot = readSot(bytes)
    if (!sot) {
      if (bytes[0] === EOC >> 8 && bytes[1] === (EOC & 255)) break
      throw malformed(file, `no tile begins at byte ${at}`)
    }
    const { tile } = sot
    if (tile >= tiles) throw malformed(file, `it holds tile ${tile + 1} of ${tiles}`)
    if (sot.length !== 0 && sot.length < SOT_BYTES)
      throw malformed(file, `tile ${tile + 1} is ${sot.length} bytes long`)
    if (sot.index !== found[tile]) throw malformed(file, `the parts of tile ${tile + 1} are not in order`)
    if (parts.length >= MOST_PARTS) {
      throw new AppError('file-too-large', `"${file.path}" has more than ${MOST_PARTS} tile-parts.`)
    }
    const length = sot.length === 0 ? await untilEnd(file, at, stream.end) : sot.length
    if (at + length > stream.end) throw missing(file, tile, tiles)
    found[tile]!++
    if (sot.count > 0) said[tile] = sot.count
    // One without data is of no use to a decoder.
    if (length > SOT_BYTES) parts.push({ tile, begin: at, length })
    at += length
  }
  const incomplete = said.findIndex((count, tile) => count > found[tile]!)
  if (incomplete >= 0) throw missing(file, incomplete, tiles)
  return parts
}

/** The last part, whose length was not known when it was written, ends before the end of the codestream. */
async function untilEnd(file: InputFile, begin: number, end: number): Promise<number> {
  return (await markerAt(file, end - 2)) === EOC ? end - 2 - begin : end - begin
}

/** Bytes of a SOT at a place: where the last one lay near, those that follow are read with it. */
function readAhead(file: InputFile, end: number): (at: number) => Promise<Uint8Array> {
  let held = new Uint8Array()
  let heldAt = 0
  let last = 0
  return async at => {
    if (at < heldAt || at + SOT_BYTES > heldAt + held.length) {
      const length = at - last < STEP && last > 0 ? STEP : SOT_BYTES
      held = new Uint8Array(await file.slice(at, Math.min(at + length, end)))
      heldAt = at
    }
    last = at
    return held.subarray(at - heldAt, at - heldAt + SOT_BYTES)
  }
}
