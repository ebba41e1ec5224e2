import { AppError } from '../../foundation/appError'
import type { InputFile } from '../inputFile'

/** What a JP2 file holds around its codestream (ISO/IEC 15444-1, annex I). A codestream on its own has only that. */
export interface Jp2Boxes {
  /** The codestream's first byte, and the one behind its last as the box says: it may lie beyond the end of the file. */
  codestream: { begin: number; end: number }
  /** XML boxes, those of GMLJP2 among them. */
  xml: string[]
  /** The degenerate GeoTIFF of a GeoJP2 box. */
  geotiff: Uint8Array | null
  hasPalette: boolean
}

const HEADER_BYTES = 8

const LONG_HEADER_BYTES = 16

/** Of all levels together; a product has some dozens. */
const MOST_BOXES = 2000

const MOST_DEPTH = 6

/** Of one XML box: those of satellite products have some kilobytes. */
const MOST_XML_BYTES = 2 ** 20

const MOST_GEOTIFF_BYTES = 2 ** 18

const GEOTIFF_UUID = 'b14bf8bd083d4b43a5ae8cd7d5a6ce03'

/** Boxes that hold boxes: the image's header, and the associations by which GMLJP2 names its documents. */
const HOLDERS = new Set(['jp2h', 'asoc'])

/**
 * Walks the boxes of a JP2 file. Only what is known and small is read.
 *
 * @throws AppError `file-malformed`, `file-too-large`
 */
export async function readBoxes(file: InputFile): Promise<Jp2Boxes> {
  const head = await file.slice(0, 4)
  if (isCodestream(head)) {
    return { codestream: { begin: 0, end: file.size }, xml: [], geotiff: null, hasPalette: false }
  }
  const found: Omit<Jp2Boxes, 'codestream'> = { xml: [], geotiff: null, hasPalette: false }
  let codestream: Jp2Boxes['codestream'] | null = null
  let boxes = 0

  const walk = async (begin: number, end: number, depth: number): Promise<void> => {
    for (let at = begin; at + HEADER_BYTES <= end; ) {
      if (++boxes > MOST_BOXES) {
        throw new AppError('file-too-large', `"${file.path}" has more than ${MOST_BOXES} boxes.`)
      }
      const header = await file.slice(at, at + LONG_HEADER_BYTES)
      if (header.length < HEADER_BYTES) return
      const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
      const type = String.fromCharCode(...header.subarray(4, 8))
      const short = view.getUint32(0)
      const isLong = short === 1
      if (isLong && header.length < LONG_HEADER_BYTES) return
      // 0: to the end of the file.
      const length = isLong ? Number(view.getBigUint64(8)) : short === 0 ? end - at : short
      const content = at + (isLong ? LONG_HEADER_BYTES : HEADER_BYTES)
      const next = at + length
      if (!Number.isSafeInteger(next) || next < content) {
        throw malformed(file, `its box "${printable(type)}" has a length of ${length} bytes`)
      }
      if (type === 'jp2c') codestream ??= { begin: content, end: next }
      // What is cut off is found out where the codestream ends.
      else if (next > end && depth > 0)
        throw malformed(file, `its box "${printable(type)}" leaves the one around it`)
      else if (next <= end) await look(type, content, next, depth)
      at = next
    }
  }
  const look = async (type: string, begin: number, end: number, depth: number): Promise<void> => {
    if (HOLDERS.has(type) && depth < MOST_DEPTH) await walk(begin, end, depth + 1)
    else if (type === 'pclr') found.hasPalette = true
    else if (type === 'xml ' && end - begin <= MOST_XML_BYTES) {
      found.xml.push(new TextDecoder().decode(await file.slice(begin, end)))
    } else if (type === 'uuid' && end - begin > 16 && end - begin <= MOST_GEOTIFF_BYTES) {
      const bytes = await file.slice(begin, end)
      const uuid = Array.from(bytes.subarray(0, 16), byte => byte.toString(16).padStart(2, '0')).join('')
      if (uuid === GEOTIFF_UUID) found.geotiff ??= bytes.slice(16)
    }
  }
  await walk(0, file.size, 0)
  if (!codestream) throw malformed(file, 'it holds no codestream')
  return { codestream, ...found }
}

const CODESTREAM_MAGIC = [0xff, 0x4f, 0xff, 0x51]

function isCodestream(head: Uint8Array): boolean {
  return CODESTREAM_MAGIC.every((byte, index) => head[index] === byte)
}

const printable = (type: string) => type.replace(/[^ -~]/g, '?')

export function malformed(file: Pick<InputFile, 'path'>, what: string): AppError {
  return new AppError('file-malformed', `"${file.path}" is damaged: ${what}. Copy or download it again.`)
}
