import { decodesTo, type TiffLayout } from './tiffLayout'

/**
 * What the decoders of JPEG and LERC would believe of a block, compared with what the file's directory says of it, before
 * they allocate anything.
 */
interface BlockSize {
  width: number
  /** Rows of the image in this block. */
  rows: number
  /** Rows of a full block: the last strip may be stored as long as the others. */
  mostRows: number
  /** Samples that interleave. */
  samples: number
}

function sizeOf(layout: TiffLayout, rows: number): BlockSize {
  const samples = layout.planar ? 1 : layout.bandCount
  return { width: layout.blockWidth, rows, mostRows: layout.blockHeight, samples }
}

function checkSize(what: string, width: number, height: number, samples: number, block: BlockSize): void {
  if (width !== block.width || height < block.rows || height > block.mostRows || samples !== block.samples) {
    throw new Error(
      `holds ${what} of ${width} x ${height} pixels in ${samples} bands, not ` +
        `${block.width} x ${block.rows} in ${block.samples}`,
    )
  }
}

/** Progressive JPEG takes some ten scans; each goes over the whole image. */
const MOST_SCANS = 64

/**
 * Walks a JPEG's segments (ITU-T T.81, annex B) as its decoder will, and checks the one frame in it.
 *
 * @throws Error where it has another size than its block, more than one frame, or segments that do not add up.
 */
export function checkJpeg(bytes: Uint8Array, layout: TiffLayout, rows: number): void {
  const frames = walkJpeg(bytes, (width, height, samples) => {
    checkSize('a JPEG', width, height, samples, sizeOf(layout, rows))
    // Each block of 8 x 8 samples takes a bit at least.
    if ((width * height) / 64 > bytes.length * 8) throw new Error('ends before its JPEG does')
  })
  if (frames !== 1) throw new Error('holds no JPEG image')
}

/** Tables that a file's blocks share: a JPEG without an image. @throws Error where there is one */
export function checkJpegTables(bytes: Uint8Array): void {
  walkJpeg(bytes, () => {
    throw new Error('holds an image among its JPEG tables')
  })
}

/** @returns how many frames it holds, at most one. */
function walkJpeg(
  bytes: Uint8Array,
  onFrame: (width: number, height: number, samples: number) => void,
): number {
  const word = (at: number) => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
  let frames = 0
  let scans = 0
  let at = 2
  if (word(0) !== 0xffd8) throw new Error('holds no JPEG')
  for (;;) {
    while (bytes[at] === 0xff && bytes[at + 1] === 0xff) at++
    const code = word(at)
    if (code === 0xffd9) return frames
    const length = word(at + 2)
    const end = at + 2 + length
    if (code < 0xffc0 || length < 2 || end > bytes.length)
      throw new Error('is cut off within its JPEG segments')
    const begin = at + 4
    if (code >= 0xffc0 && code <= 0xffc2) {
      if (++frames > 1) throw new Error('holds more than one JPEG frame')
      const samples = bytes[begin + 5]!
      for (let i = 0; i < samples; i++) {
        const sampling = bytes[begin + 7 + 3 * i] ?? 0
        if (sampling >> 4 < 1 || sampling >> 4 > 4 || (sampling & 15) < 1 || (sampling & 15) > 4)
          throw new Error('holds a JPEG whose bands have no size')
      }
      onFrame(word(begin + 3), word(begin + 1), samples)
    } else if (code === 0xffdb) checkTables(begin, end, at => 65 + 64 * (bytes[at]! >> 4))
    else if (code === 0xffc4) {
      checkTables(
        begin,
        end,
        at => 17 + bytes.subarray(at + 1, at + 17).reduce((sum, count) => sum + count, 0),
      )
    }
    at = end
    if (code === 0xffda) {
      if (++scans > MOST_SCANS) throw new Error(`holds more than ${MOST_SCANS} JPEG scans`)
      at = endOfScan(bytes, at)
    }
  }
}

/** The decoder reads tables by their content, not by the segment's length. */
function checkTables(begin: number, end: number, lengthAt: (at: number) => number): void {
  let at = begin
  while (at < end) at += lengthAt(at)
  if (at !== end) throw new Error('holds JPEG tables that do not add up')
}

/** The first marker behind a scan's data that is neither a stuffed byte nor a restart. */
function endOfScan(bytes: Uint8Array, begin: number): number {
  for (let at = bytes.indexOf(0xff, begin); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1] ?? 0
    if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at
  }
  throw new Error('is cut off within its JPEG data')
}

const LERC_TYPES: readonly [kind: TiffLayout['sampleKind'], bits: number][] = [
  ['signed', 8],
  ['unsigned', 8],
  ['signed', 16],
  ['unsigned', 16],
  ['signed', 32],
  ['unsigned', 32],
  ['float', 32],
  ['float', 64],
]

/** Esri's encoder writes tiles of 8 to 32 pixels. */
const MOST_LERC_TILE = 1024

/**
 * Reads the header of a LERC 2 blob (Esri, "Lerc2" in their reference implementation) and compares it with its block.
 *
 * @returns the first blob; what follows it would be decoded and dropped.
 * @throws Error where it is none, or is of another size or type than its block.
 */
export function checkLerc(bytes: Uint8Array, layout: TiffLayout, rows: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (String.fromCharCode(...bytes.subarray(0, 6)) !== 'Lerc2 ' || bytes.length < 58) {
    throw new Error('holds no LERC 2 data')
  }
  const version = view.getInt32(6, true)
  if (version < 1 || version > 5) throw new Error(`holds LERC 2.${version}, which is not read here`)
  let at = version >= 3 ? 14 : 10
  if (bytes.length < (version >= 4 ? 66 : at + 48)) throw new Error('is cut off within its LERC data')
  const height = view.getUint32(at, true)
  const width = view.getUint32(at + 4, true)
  at += 8
  let samples = 1
  if (version >= 4) {
    samples = view.getUint32(at, true)
    at += 4
  }
  const valid = view.getUint32(at, true)
  const tile = view.getInt32(at + 4, true)
  const length = view.getInt32(at + 8, true)
  const type = LERC_TYPES[view.getInt32(at + 12, true)]
  checkSize('LERC data', width, height, samples, sizeOf(layout, rows))
  if (!type || !decodesTo(layout, ...type)) throw new Error('holds LERC data of another sample type')
  if (valid > width * height) throw new Error('holds more LERC pixels than it has room for')
  if (tile < 1 || tile > MOST_LERC_TILE) throw new Error(`holds LERC tiles of ${tile} pixels`)
  if (length < at || length > bytes.length) throw new Error('is cut off within its LERC data')
  // By twice this are samples multiplied; decoders differ in what they make of one below 0.
  const error = view.getFloat64(at + 16, true)
  if (!(error >= 0 && error < Number.POSITIVE_INFINITY)) throw new Error(`holds LERC data to ${error} exact`)
  return bytes.subarray(0, length)
}
