import { AppError } from '../../foundation/appError'
import { joined } from '../../foundation/bytes'
import type { InputFile } from '../inputFile'
import { malformed } from './jp2Boxes'

/** Markers of a codestream (ISO/IEC 15444-1, table A.2). */
const SIZ = 0xff51

const CAP = 0xff50

const COD = 0xff52

const COC = 0xff53

const TLM = 0xff55

const PLM = 0xff57

const PPM = 0xff60

const COM = 0xff64

export const SOT = 0xff90

export const SOD = 0xff93

export const EOC = 0xffd9

/** Bytes of a SOT marker with its segment. */
export const SOT_BYTES = 12

/** Markers without a segment behind them. */
const BARE = (marker: number) => (marker >= 0xff30 && marker <= 0xff3f) || marker === EOC || marker === SOD

/** A satellite product's takes some hundred bytes, and its comments a few thousand. */
const MOST_HEADER_BYTES = 2 ** 20

const HEADER_STEP = 2 ** 14

interface Segment {
  marker: number
  /** The segment behind the marker and its length. */
  content: DataView
}

/** How the samples of one component are packed: what COD and COC say. */
export interface CodingStyle {
  levels: number
  /** Exponents of the code-blocks' size. */
  blockWidth: number
  blockHeight: number
  /** Exponents of the precincts' size at each resolution, the smallest first. */
  precincts: [width: number, height: number][]
}

/** What the main header says, all of it checked. */
export interface Codestream {
  width: number
  height: number
  /** Where the image and the first tile begin on the reference grid. */
  origin: { x: number; y: number }
  tileOrigin: { x: number; y: number }
  tile: { width: number; height: number }
  across: number
  down: number
  components: number
  bits: number
  isSigned: boolean
  layers: number
  styles: ComponentStyles
  /** How often every component can be halved. */
  levels: number
  /** SIZ, with its marker: rewritten for every tile. */
  sizes: Uint8Array
  /** The other segments that a decoder needs, with their markers. */
  rest: Uint8Array
  /** Lengths of tile-parts in the order of the file, where TLM lists them; tile -1: the next one. */
  lengths: { tile: number; bytes: number }[] | null
  /** Where the first tile-part begins in the file. */
  firstPart: number
  /** Behind the last byte of the codestream, as far as the file goes. */
  end: number
}

/** The styles that hold unless a tile has its own. */
export interface ComponentStyles {
  common: CodingStyle
  byComponent: Map<number, CodingStyle>
}

/**
 * Reads and checks the main header of a codestream.
 *
 * @param begin of the codestream in the file
 * @param end of the codestream as its box says
 * @throws AppError `file-malformed`, `file-unsupported`, `file-too-large`
 */
export async function readMainHeader(file: InputFile, begin: number, end: number): Promise<Codestream> {
  const last = Math.min(end, file.size)
  const segments: Segment[] = []
  const kept: Uint8Array[] = []
  let bytes = await file.slice(begin, Math.min(begin + HEADER_STEP, last))
  let at = 2
  /** Reads on where the header is longer than what was read. */
  const need = async (length: number): Promise<DataView> => {
    if (at + length > MOST_HEADER_BYTES) {
      throw new AppError('file-too-large', `"${file.path}" has a header of more than 1 MB; write it again.`)
    }
    if (at + length > bytes.length) {
      const more = Math.min(begin + Math.max(2 * bytes.length, at + length), last)
      bytes = await file.slice(begin, more)
    }
    if (at + length > bytes.length) {
      throw new AppError('file-malformed', `"${file.path}" is cut off in its header. Download it again.`)
    }
    return new DataView(bytes.buffer, bytes.byteOffset + at, length)
  }
  for (;;) {
    const marker = (await need(2)).getUint16(0)
    if (marker === SOT) break
    if (marker < 0xff30 || BARE(marker)) {
      throw malformed(file, `its header has 0x${marker.toString(16)} where a marker belongs`)
    }
    const length = (await need(4)).getUint16(2)
    if (length < 2) throw malformed(file, `the length of marker 0x${marker.toString(16)} is ${length}`)
    const whole = await need(2 + length)
    const copy = new Uint8Array(whole.buffer, whole.byteOffset, whole.byteLength).slice()
    if (segments.length === 0 && marker !== SIZ) throw malformed(file, 'its header does not begin with sizes')
    segments.push({ marker, content: new DataView(copy.buffer, 4) })
    if (![SIZ, TLM, PLM, COM].includes(marker)) kept.push(copy)
    at += 2 + length
  }
  refuseUnread(file, segments)
  const sizes = segments[0]
  if (!sizes) throw malformed(file, 'its header is empty')
  const size = readSizes(file, sizes.content)
  const own = segments.filter(({ marker }) => marker === SIZ || marker === COD)
  if (own.length !== 2 || own[1]!.marker !== COD)
    throw malformed(file, 'its header gives sizes or coding not once')
  const { layers, styles } = readStyles(file, segments, size.components, null)!
  return {
    ...size,
    layers,
    styles,
    levels: fewestLevels(styles, size.components),
    sizes: new Uint8Array(sizes.content.buffer).slice(),
    rest: joined(kept),
    lengths: readLengths(segments),
    firstPart: begin + at,
    end: last,
  }
}

function refuseUnread({ path }: InputFile, segments: readonly Segment[]): void {
  const refused = (what: string) =>
    new AppError(
      'file-unsupported',
      `"${path}" ${what}, which is not read here. Convert it with gdal_translate -of GTiff -co COMPRESS=DEFLATE.`,
    )
  if (segments.some(({ marker }) => marker === PPM))
    throw refused('packs the headers of all tiles together (PPM)')
  if (segments.some(({ marker }) => marker === CAP)) throw refused('is high-throughput JPEG 2000')
}

const SIZES_BYTES = 36

const MOST_TILES = 65_535

type Sizes = Pick<
  Codestream,
  | 'width'
  | 'height'
  | 'origin'
  | 'tileOrigin'
  | 'tile'
  | 'across'
  | 'down'
  | 'components'
  | 'bits'
  | 'isSigned'
>

function readSizes(file: InputFile, content: DataView): Sizes {
  const { path } = file
  if (content.byteLength < SIZES_BYTES) throw malformed(file, 'its sizes are cut off')
  const number = (index: number) => content.getUint32(2 + 4 * index)
  const [right, bottom] = [number(0), number(1)]
  const origin = { x: number(2), y: number(3) }
  const tile = { width: number(4), height: number(5) }
  const tileOrigin = { x: number(6), y: number(7) }
  const components = content.getUint16(34)
  const isSound =
    right > origin.x &&
    bottom > origin.y &&
    tile.width > 0 &&
    tile.height > 0 &&
    tileOrigin.x <= origin.x &&
    tileOrigin.y <= origin.y &&
    tileOrigin.x + tile.width > origin.x &&
    tileOrigin.y + tile.height > origin.y &&
    components > 0 &&
    content.byteLength === SIZES_BYTES + 3 * components
  if (!isSound) throw malformed(file, 'its sizes contradict each other')
  const across = Math.ceil((right - tileOrigin.x) / tile.width)
  const down = Math.ceil((bottom - tileOrigin.y) / tile.height)
  if (across * down > MOST_TILES) throw malformed(file, `it would have ${across * down} tiles`)
  const unsupported = (what: string, fix = 'gdal_translate -of GTiff -co COMPRESS=DEFLATE') =>
    new AppError('file-unsupported', `"${path}" ${what}, which is not read here. Convert it with ${fix}.`)
  const of = Array.from({ length: components }, (_, index) => {
    const at = SIZES_BYTES + 3 * index
    return { depth: content.getUint8(at), across: content.getUint8(at + 1), down: content.getUint8(at + 2) }
  })
  if (of.some(each => each.across === 0 || each.down === 0))
    throw malformed(file, 'its sizes contradict each other')
  if (of.some(each => each.across > 1 || each.down > 1))
    throw unsupported('has bands of different resolution (subsampled components)')
  const depth = of[0]!.depth
  if (of.some(each => each.depth !== depth)) throw unsupported('has bands of different sample types')
  const bits = (depth & 127) + 1
  if (bits > 16) throw unsupported(`holds samples of ${bits} bits`)
  return {
    width: right - origin.x,
    height: bottom - origin.y,
    origin,
    tileOrigin,
    tile,
    across,
    down,
    components,
    bits,
    isSigned: depth > 127,
  }
}

const MOST_LEVELS = 32

/**
 * The coding styles of a header: the main one's, or those that a tile has of its own.
 *
 * @param inherited what holds for a tile that says nothing else; null: this is the main header, which has to say all
 * @returns null where a tile says nothing
 */
export function readStyles(
  file: InputFile,
  segments: readonly Segment[],
  components: number,
  inherited: ComponentStyles | null,
): { layers: number; styles: ComponentStyles } | null {
  const own = segments.filter(({ marker }) => marker === COD || marker === COC)
  if (own.length === 0) return null
  let common = inherited?.common ?? null
  let layers = 0
  // A tile's COD takes the place of the main header's COC, too (A.6.2).
  const isWhole = own.some(({ marker }) => marker === COD)
  const byComponent = new Map(isWhole ? [] : inherited?.byComponent)
  for (const { marker, content } of own) {
    const cut = malformed(file, 'its coding style is cut off')
    const wide = components < 257 ? 1 : 2
    const parametersAt = marker === COD ? 5 : wide + 1
    if (content.byteLength < parametersAt + 5) throw cut
    const hasPrecincts = (content.getUint8(marker === COD ? 0 : wide) & 1) === 1
    const style = readStyle(file, content, parametersAt, hasPrecincts)
    if (marker === COD) {
      layers = content.getUint16(1 + 1)
      if (layers === 0) throw malformed(file, 'it has no quality layer')
      common = style
    } else {
      const component = wide === 1 ? content.getUint8(0) : content.getUint16(0)
      if (component >= components) throw malformed(file, `it codes band ${component + 1} of ${components}`)
      byComponent.set(component, style)
    }
  }
  if (!common) throw malformed(file, 'its header gives no coding style')
  return { layers, styles: { common, byComponent } }
}

function readStyle(file: InputFile, content: DataView, at: number, hasPrecincts: boolean): CodingStyle {
  const levels = content.getUint8(at)
  const blockWidth = content.getUint8(at + 1) + 2
  const blockHeight = content.getUint8(at + 2) + 2
  if (levels > MOST_LEVELS) throw malformed(file, `it has ${levels} wavelet levels`)
  if (blockWidth > 10 || blockHeight > 10 || blockWidth + blockHeight > 12)
    throw malformed(file, 'its code-blocks are larger than any may be')
  if (content.getUint8(at + 3) & 0x40) {
    throw new AppError(
      'file-unsupported',
      `"${file.path}" is high-throughput JPEG 2000, which is not read here.`,
    )
  }
  const precincts = Array.from({ length: levels + 1 }, (_, resolution): [number, number] => {
    if (!hasPrecincts) return [15, 15]
    if (at + 5 + resolution >= content.byteLength) throw malformed(file, 'its precincts are cut off')
    const size = content.getUint8(at + 5 + resolution)
    const [width, height] = [size & 15, size >> 4]
    if (resolution > 0 && (width === 0 || height === 0)) throw malformed(file, 'its precincts are empty')
    return [width, height]
  })
  return { levels, blockWidth, blockHeight, precincts }
}

/** The fewest levels that any component has. */
export function fewestLevels({ common, byComponent }: ComponentStyles, components: number): number {
  let fewest = byComponent.size < components ? common.levels : MOST_LEVELS
  for (const { levels } of byComponent.values()) fewest = Math.min(fewest, levels)
  return fewest
}

/** The tile-parts that TLM lists (A.7.1); null where it is not there, or not to be used. */
function readLengths(segments: readonly Segment[]): Codestream['lengths'] {
  const lists = segments.filter(({ marker }) => marker === TLM).map(({ content }) => content)
  if (lists.length === 0 || lists.some(content => content.byteLength < 2)) return null
  lists.sort((a, b) => a.getUint8(0) - b.getUint8(0))
  const lengths: NonNullable<Codestream['lengths']> = []
  for (const [index, content] of lists.entries()) {
    const sizes = content.getUint8(1)
    const tileBytes = (sizes >> 4) & 3
    const lengthBytes = sizes & 0x40 ? 4 : 2
    const step = tileBytes + lengthBytes
    if (content.getUint8(0) !== index || tileBytes === 3 || (content.byteLength - 2) % step !== 0) return null
    for (let at = 2; at < content.byteLength; at += step) {
      const tile = tileBytes === 0 ? -1 : tileBytes === 1 ? content.getUint8(at) : content.getUint16(at)
      const place = at + tileBytes
      lengths.push({ tile, bytes: lengthBytes === 4 ? content.getUint32(place) : content.getUint16(place) })
    }
  }
  return lengths
}

/** Markers of a tile-part's header: from behind its SOT to its SOD, all within the part. */
export function readPartHeader(file: InputFile, part: Uint8Array, tile: number): Segment[] {
  const view = new DataView(part.buffer, part.byteOffset, part.byteLength)
  const segments: Segment[] = []
  const damaged = () => malformed(file, `the header of tile ${tile + 1} is broken`)
  for (let at = SOT_BYTES; ; ) {
    if (at + 2 > part.length) throw damaged()
    const marker = view.getUint16(at)
    if (marker === SOD) return segments
    if (marker < 0xff30 || BARE(marker) || marker === SOT || at + 4 > part.length) throw damaged()
    const length = view.getUint16(at + 2)
    if (length < 2 || at + 2 + length > part.length) throw damaged()
    segments.push({ marker, content: new DataView(part.buffer, part.byteOffset + at + 4, length - 2) })
    at += 2 + length
  }
}
