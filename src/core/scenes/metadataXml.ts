import { SaxesParser } from 'saxes'
import { AppError, withReason } from '../foundation/appError'
import type { InputFile } from '../raster/inputFile'
import { INSTRUMENT_BANDS } from './bandNames'
import type { ProcessingLevel } from './scene'

/** Products of many granules list thousands of files; half of this is the largest known. */
const MAX_BYTES = 16 * 2 ** 20

const CHUNK_BYTES = 2 ** 16

/** Of the elements that are wanted; longer text is cut. */
const MAX_TEXT = 500

const MAX_DEPTH = 64

interface XmlElement {
  /** Without the prefix. */
  name: string
  attributes: Readonly<Record<string, string>>
  text: string
  /** Names of the elements around it, the outermost first. */
  within: readonly XmlElement[]
}

/**
 * Passes the elements of an XML file that have one of `wanted` names, whatever their prefix, as each ends.
 *
 * @throws AppError `file-malformed` where it is no well-formed XML, or has a document type: entities can be made to grow
 * without end, and no product's metadata has one. `file-too-large`, `file-unreadable`.
 */
async function eachElement(
  file: InputFile,
  wanted: ReadonlySet<string>,
  onElement: (element: XmlElement) => void,
): Promise<void> {
  if (file.size > MAX_BYTES) {
    throw new AppError('file-too-large', `"${file.path}" has more than ${MAX_BYTES} bytes: no metadata has.`)
  }
  const malformed = (why: string, cause?: unknown) =>
    new AppError('file-malformed', `"${file.path}" can't be read as metadata: ${why}.`, { cause })
  const parser = new SaxesParser({ xmlns: false })
  const open: XmlElement[] = []
  parser.on('error', error => {
    throw malformed(withReason('it is damaged', error).replace(/\.$/, ''), error)
  })
  parser.on('doctype', () => {
    throw malformed('it has a document type')
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (open.length >= MAX_DEPTH) throw malformed('its elements are nested too deep')
    open.push({ name: name.slice(name.indexOf(':') + 1), attributes, text: '', within: open.slice() })
  })
  const onText = (text: string) => {
    const element = open.at(-1)
    if (element && wanted.has(element.name)) element.text = (element.text + text).slice(0, MAX_TEXT)
  }
  parser.on('text', onText)
  parser.on('cdata', onText)
  parser.on('closetag', () => {
    const element = open.pop()!
    if (wanted.has(element.name)) onElement({ ...element, text: element.text.trim() })
  })
  const decoder = new TextDecoder()
  for (let begin = 0; begin < file.size; begin += CHUNK_BYTES) {
    const bytes = await file.slice(begin, Math.min(file.size, begin + CHUNK_BYTES))
    parser.write(decoder.decode(bytes, { stream: true }))
  }
  parser.close()
}

/** What MTD_MSIL1C.xml or MTD_MSIL2A.xml says; null where it does not say it. */
export interface ProductMetadata {
  path: string
  /** Without ".SAFE". */
  product: string | null
  level: ProcessingLevel | null
  baseline: string | null
  /** "2020-07-04T09:50:29Z" */
  sensed: string | null
  quantification: number | null
  /** Added to stored values, by band's name; empty where there is none, as before baseline 04.00. */
  offsets: Readonly<Record<string, number>>
  /** Names of the band files without folder and ending. */
  images: ReadonlySet<string>
}

const QUANTIFICATIONS = new Set([
  'QUANTIFICATION_VALUE',
  'BOA_QUANTIFICATION_VALUE',
  'L2A_BOA_QUANTIFICATION_VALUE',
  'L1C_TOA_QUANTIFICATION_VALUE',
])

const OFFSETS = new Set(['RADIO_ADD_OFFSET', 'BOA_ADD_OFFSET'])

const IMAGES = new Set(['IMAGE_FILE', 'IMAGE_ID', 'IMAGE_FILE_2A', 'IMAGE_ID_2A'])

const PRODUCT_ELEMENTS = new Set([
  'PRODUCT_URI',
  'PRODUCT_URI_1C',
  'PRODUCT_URI_2A',
  'PROCESSING_LEVEL',
  'PROCESSING_BASELINE',
  'PRODUCT_START_TIME',
  'Spectral_Information',
  ...QUANTIFICATIONS,
  ...OFFSETS,
  ...IMAGES,
])

/** Largest amounts that are believed: reflectance x 10000 and an offset of -1000 are what products have. */
const MAX_QUANTIFICATION = 1_000_000
const MAX_OFFSET = 10_000

/**
 * Reads a product's metadata, of any processing baseline: names of elements count, not where they stand.
 *
 * @throws AppError as `eachElement`, and `file-malformed` for numbers that can't be.
 */
export async function readProductMetadata(file: InputFile): Promise<ProductMetadata> {
  const texts: Record<string, string> = {}
  const offsets: { id: string; text: string }[] = []
  const bandOfId = new Map<string, string>(INSTRUMENT_BANDS.map((band, id) => [String(id), band]))
  const images = new Set<string>()
  await eachElement(file, PRODUCT_ELEMENTS, ({ name, attributes, text }) => {
    if (OFFSETS.has(name)) offsets.push({ id: attributes.band_id ?? '', text })
    else if (IMAGES.has(name))
      images.add(
        text
          .split('/')
          .at(-1)!
          .replace(/\.jp2$/i, ''),
      )
    else if (name === 'Spectral_Information') {
      const { bandId, physicalBand } = attributes
      if (bandId !== undefined && physicalBand && INSTRUMENT_BANDS.includes(physicalBand)) {
        bandOfId.set(bandId, physicalBand)
      }
    } else texts[name] ??= text
  })
  const wrong = (what: string) =>
    new AppError('file-malformed', `"${file.path}" says ${what}, which can't be. Download the product again.`)
  const stated = texts.BOA_QUANTIFICATION_VALUE ?? texts.L2A_BOA_QUANTIFICATION_VALUE
  const text = stated ?? texts.QUANTIFICATION_VALUE ?? texts.L1C_TOA_QUANTIFICATION_VALUE
  const quantification = text === undefined || text === '' ? null : Number(text)
  if (quantification !== null && !(quantification > 0 && quantification <= MAX_QUANTIFICATION)) {
    throw wrong(`a quantification value of ${short(text!)}`)
  }
  const byBand: Record<string, number> = {}
  for (const { id, text } of offsets) {
    const value = text === '' ? Number.NaN : Number(text)
    if (!(Math.abs(value) <= MAX_OFFSET)) throw wrong(`an offset of ${short(text)}`)
    const band = bandOfId.get(id)
    if (band) byBand[band] = value
  }
  const uri = texts.PRODUCT_URI_2A ?? texts.PRODUCT_URI ?? texts.PRODUCT_URI_1C
  const level = /(1C|2A)/.exec(texts.PROCESSING_LEVEL ?? '')?.[1]
  return {
    path: file.path,
    product: uri ? uri.replace(/\.SAFE$/i, '') : null,
    level: level === '1C' ? 'L1C' : level === '2A' ? 'L2A' : null,
    baseline: /^\d{2}\.\d{2}$/.exec(texts.PROCESSING_BASELINE ?? '')?.[0] ?? null,
    sensed: secondsOf(texts.PRODUCT_START_TIME),
    quantification,
    offsets: byBand,
    images,
  }
}

/** "2020-07-04T09:50:29.024Z" -> "2020-07-04T09:50:29Z" */
function secondsOf(time: string | undefined): string | null {
  const seconds = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d+)?Z?$/.exec(time ?? '')?.[1]
  return seconds && !Number.isNaN(new Date(`${seconds}Z`).getTime()) ? `${seconds}Z` : null
}

function short(text: string): string {
  return text === '' ? 'nothing' : `"${text.slice(0, 20)}"`
}

/** What MTD_TL.xml says of where a tile lies. */
export interface TileMetadata {
  path: string
  /** "T33TWM" */
  tile: string | null
  /** "EPSG:32633" */
  crs: string | null
  sensed: string | null
  /** By resolution in metres; only those with all their numbers. */
  grids: ReadonlyMap<number, { x: number; y: number; width: number; height: number }>
}

const TILE_ELEMENTS = new Set([
  'TILE_ID',
  'SENSING_TIME',
  'HORIZONTAL_CS_CODE',
  'NROWS',
  'NCOLS',
  'ULX',
  'ULY',
  'XDIM',
  'YDIM',
])

/** Columns or rows that a file may claim. */
const MAX_SIDE = 2 ** 20

/** @throws AppError as `eachElement`, and `file-malformed` for numbers that can't be. */
export async function readTileMetadata(file: InputFile): Promise<TileMetadata> {
  const found: Pick<TileMetadata, 'tile' | 'crs' | 'sensed'> = { tile: null, crs: null, sensed: null }
  const byResolution = new Map<number, Record<string, number>>()
  await eachElement(file, TILE_ELEMENTS, ({ name, text, within }) => {
    if (name === 'TILE_ID') found.tile ??= /_(T\d{2}[A-Z]{3})(?:_|$)/.exec(text)?.[1] ?? null
    else if (name === 'SENSING_TIME') found.sensed = secondsOf(text)
    else if (name === 'HORIZONTAL_CS_CODE') {
      found.crs = /^EPSG:\d{4,5}$/i.test(text) ? text.toUpperCase() : null
    } else {
      const resolution = Number(within.at(-1)?.attributes.resolution)
      const value = text === '' ? Number.NaN : Number(text)
      if (!(resolution > 0 && resolution < 1000)) return
      const largest = name === 'NROWS' || name === 'NCOLS' ? MAX_SIDE : 1e8
      if (!(Math.abs(value) <= largest)) {
        throw new AppError(
          'file-malformed',
          `"${file.path}" says ${name} is ${short(text)}, which can't be. Download the product again.`,
        )
      }
      byResolution.set(resolution, { ...byResolution.get(resolution), [name]: value })
    }
  })
  const grids: TileMetadata['grids'] = new Map(
    [...byResolution].flatMap(
      ([resolution, { ULX, ULY, NCOLS, NROWS, XDIM = resolution, YDIM = -resolution }]) => {
        if (ULX === undefined || ULY === undefined || !Number.isInteger(NCOLS) || !Number.isInteger(NROWS))
          return []
        if (!(NCOLS! > 0 && NROWS! > 0) || XDIM !== resolution || YDIM !== -resolution) return []
        return [[resolution, { x: ULX, y: ULY, width: NCOLS!, height: NROWS! }] as const]
      },
    ),
  )
  return { path: file.path, ...found, grids }
}
