import { BAND_SETS } from '../patches/bandSets'

/** Sentinel-2's bands in the order of the instrument, by which metadata and Level-1C stacks count them from 0. */
export const INSTRUMENT_BANDS: readonly string[] = BAND_SETS.find(({ id }) => id === 'sentinel2-l1c')!.bands

/** Side of a pixel in metres, as the bands are delivered. */
export const NATIVE_RESOLUTION: Readonly<Record<string, number>> = {
  ...Object.fromEntries(['B2', 'B3', 'B4', 'B8'].map(band => [band, 10])),
  ...Object.fromEntries(['B5', 'B6', 'B7', 'B8A', 'B11', 'B12'].map(band => [band, 20])),
  ...Object.fromEntries(['B1', 'B9', 'B10'].map(band => [band, 60])),
}

/** Names by colour, without separators: of the Earth Search catalogue, ESA's own, and common ones. */
const COLOURS: Readonly<Record<string, string>> = {
  coastal: 'B1',
  coastalaerosol: 'B1',
  blue: 'B2',
  green: 'B3',
  red: 'B4',
  rededge: 'B5',
  rededge1: 'B5',
  rededge2: 'B6',
  rededge3: 'B7',
  vegetationrededge1: 'B5',
  vegetationrededge2: 'B6',
  vegetationrededge3: 'B7',
  nir: 'B8',
  nearinfrared: 'B8',
  nir08: 'B8A',
  narrownir: 'B8A',
  nirnarrow: 'B8A',
  nir09: 'B9',
  watervapour: 'B9',
  watervapor: 'B9',
  cirrus: 'B10',
  swir1: 'B11',
  swir16: 'B11',
  swir2: 'B12',
  swir22: 'B12',
}

/** "B2", "b02", "B08A", between characters that are neither letters nor digits. */
const CODE = /(?<![A-Za-z0-9])B(0?[1-9]|1[0-2]|0?8A)(?![A-Za-z0-9])/gi

/** "band_2", "Band08", "band 8A"; 13 only counts: no band of Sentinel-2 is called so. */
const NUMBER = /(?<![A-Za-z0-9])band[ _-]?(0?[1-9]|1[0-3]|0?8A)(?![A-Za-z0-9])/gi

const COLOUR_AT_END =
  /(?:^|[_\-. ])(coastal|blue|green|red|red[ _-]?edge[ _-]?[123]|nir|nir08|nir09|cirrus|swir16|swir22|swir[ _-]?[12])$/i

const RESOLUTION = /(?<![A-Za-z0-9])(10|20|60)m(?![A-Za-z0-9])/i

/** Folders that only sort the bands of one product: "R10m", "B02". */
const SORTING_FOLDER = /^(R(10|20|60)m|B(0?[1-9]|1[0-2]|0?8A))$/i

/** "02" -> "B2" */
function bandOfDigits(digits: string): string {
  return `B${digits.replace(/^0/, '').toUpperCase()}`
}

/**
 * The band that a description in a file gives: "B2", "B02", "B8A", "reflectance_b04", "Blue", "swir16". "Band 2", which
 * tools write to count with, is none.
 *
 * @returns "B1" to "B12", "B8A"; null where it says none, or several.
 */
export function bandOfDescription(text: string): string | null {
  const codes = new Set(Array.from(text.matchAll(CODE), ([, digits]) => bandOfDigits(digits!)))
  if (codes.size > 0) return codes.size === 1 ? [...codes][0]! : null
  const word = text.toLowerCase().replace(/[^a-z0-9]/g, '')
  return Object.hasOwn(COLOURS, word) ? COLOURS[word]! : null
}

/** What the name of a file with one band says. */
export interface BandFileName {
  /** "B1" to "B12", "B8A"; of a `number` also "B13". */
  band: string
  /** `number`: "band_9", which may be the band's name or only its place. */
  style: 'code' | 'number' | 'colour'
  /** In metres, where name or folder gives it. */
  resolution: number | null
  /** The folder, without those that only sort the bands of one product. */
  folder: string
  /** Equal for the bands of one product: folder and name without the band. */
  group: string
  /** What the names of one product's files have in common. */
  common: string
}

/** The folder of a product's file, without those that only sort its bands. */
export function productFolder(path: string): string {
  const folders = path.split('/').slice(0, -1)
  return folders.filter(name => !SORTING_FOLDER.test(name)).join('/')
}

/** @returns null where the name gives no band, or several ("ndvi_B8_B4.tif"). */
export function readBandFileName(path: string): BandFileName | null {
  const parts = path.split('/')
  const stem = parts.at(-1)!.replace(/\.[^.]*$/, '')
  const found = findBand(stem)
  if (!found) return null
  const folders = parts.slice(0, -1)
  const ofFolder = folders.findLast(name => SORTING_FOLDER.test(name) && RESOLUTION.test(name.slice(1)))
  const ofName = RESOLUTION.exec(stem)?.[1]
  const resolution = Number(ofName ?? (ofFolder ? RESOLUTION.exec(ofFolder.slice(1))![1] : 0)) || null
  const folder = productFolder(path)
  // Level-2A's names end in the resolution, Level-1C's do not: both may lie in one folder.
  const rest = `${found.rest.replace(RESOLUTION, '*')}`.toLowerCase()
  const common = found.rest
    .replace(RESOLUTION, '')
    .replace(/\*+/g, '')
    .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu, '')
  return { band: found.band, style: found.style, resolution, folder, group: `${folder}/${rest}`, common }
}

function findBand(stem: string): (Pick<BandFileName, 'band' | 'style'> & { rest: string }) | null {
  for (const [pattern, style] of [
    [CODE, 'code'],
    [NUMBER, 'number'],
  ] as const) {
    const matches = [...stem.matchAll(pattern)]
    const bands = new Set(matches.map(([, digits]) => bandOfDigits(digits!)))
    if (bands.size > 1) return null
    if (bands.size === 1) return { band: [...bands][0]!, style, rest: stem.replace(pattern, '*') }
  }
  const colour = COLOUR_AT_END.exec(stem)
  if (!colour) return null
  const band = COLOURS[colour[1]!.toLowerCase().replace(/[^a-z0-9]/g, '')]!
  return { band, style: 'colour', rest: `${stem.slice(0, colour.index)}*` }
}

/** Files of a product that are no spectral band: pictures, classifications, masks. */
const ASIDE = /(?<![A-Za-z0-9])(TCI|AOT|WVP|SCL|PVI|CLD|SNW|DDV|CLDPRB|SNWPRB|MSK)(?![A-Za-z0-9])/

/** What a file beside the bands is: "TCI", "SCL"; null: none of a product's. */
export function asideName(path: string): string | null {
  return ASIDE.exec(path.split('/').at(-1)!)?.[1] ?? null
}

/** "B13" and beyond: bands of another instrument with more of them. */
export function isBeyond(description: string): boolean {
  return /^B(1[3-9]|[2-9]\d|\d{3,})$/i.test(description)
}

/** A Landsat band, whose numbers mean other wavelengths: "LC08_..._B4.TIF", "SR_B2", "HLS.L30...B05.tif", or what lies beside them, "QA_PIXEL". */
export function isLandsat(name: string): boolean {
  return /(?:^|[_/])L[COTEM]0[4-9]_|(?<![A-Za-z0-9])(SR|ST)_B\d|HLS\.L30|^(QA_PIXEL|QA_RADSAT|BQA)$/i.test(
    name,
  )
}

/** What the names of a product's folder, archive or file say. */
export interface ProductName {
  /** "S2A_MSIL1C_20200704T095029_N0209_R079_T33TWM_20200704T120000" */
  product: string | null
  level: 'L1C' | 'L2A' | null
  /** "04.00" */
  baseline: string | null
  /** "T33TWM" */
  tile: string | null
  /** "2020-07-04T09:50:29Z", or "2020-07-04" */
  sensed: string | null
}

const COMPACT =
  /S2[A-Z]_MSIL(1C|2A)_(\d{8}T\d{6})_N(\d{2})(\d{2})_R\d{3}_T(\d{2}[C-HJ-NP-X][A-HJ-NP-Z][A-HJ-NP-V])_\d{8}T\d{6}/gi

/** Until 2016, and of single granules: the time in such a file's name is that of processing. */
const OLD_FORMAT = /S2[A-Z]_(OPER|USER)_/i

const EARTH_SEARCH = /S2[A-Z]_(\d{1,2}[C-HJ-NP-X][A-HJ-NP-Z][A-HJ-NP-V])_(\d{8})_\d+_L(1C|2A)/i

const TILE = /(?<![A-Za-z0-9])T(\d{2}[C-HJ-NP-X][A-HJ-NP-Z][A-HJ-NP-V])(?![A-Za-z0-9])/gi

/** Whatever a path says of the product that its file is from, the innermost name first. */
export function readProductName(path: string): ProductName {
  const compact = [...path.matchAll(COMPACT)].at(-1)
  if (compact) {
    const [product, level, sensed, major, minor, tile] = compact
    return {
      product,
      level: level!.toUpperCase() === '1C' ? 'L1C' : 'L2A',
      baseline: `${major}.${minor}`,
      tile: `T${tile!.toUpperCase()}`,
      sensed: isoTime(sensed!),
    }
  }
  const baseline = /(?<![A-Za-z0-9])N(0\d)(\d{2})(?![A-Za-z0-9])/.exec(path)
  const level = [...path.matchAll(/(?<![A-Za-z0-9])(?:MSI)?L(1C|2A)(?![A-Za-z0-9])/g)].at(-1)?.[1]
  const earthSearch = EARTH_SEARCH.exec(path)
  const tile = earthSearch?.[1]?.padStart(3 + 2, '0') ?? [...path.matchAll(TILE)].at(-1)?.[1] ?? null
  return {
    product: earthSearch?.[0] ?? null,
    level: level === '1C' ? 'L1C' : level === '2A' ? 'L2A' : null,
    baseline: baseline ? `${baseline[1]}.${baseline[2]}` : null,
    tile: tile ? `T${tile.toUpperCase()}` : null,
    sensed: sensedIn(path, earthSearch?.[2] ?? null),
  }
}

function sensedIn(path: string, day: string | null): string | null {
  if (day) return isoTime(day)
  // Old products have the time of sensing behind a V, in the folder's name.
  const sensing = /_V(\d{8}T\d{6})(?!\d)/.exec(path)?.[1]
  if (sensing || OLD_FORMAT.test(path)) return sensing ? isoTime(sensing) : null
  const name = path.split('/').at(-1)!
  const found =
    /(?<!\d)\d{8}T\d{6}(?!\d)/.exec(name)?.[0] ?? /(?<!\d)20[12]\d-?\d{2}-?\d{2}(?!\d)/.exec(name)?.[0]
  return found ? isoTime(found.replaceAll('-', '')) : null
}

/** "20200704T095029" -> "2020-07-04T09:50:29Z", "20200704" -> "2020-07-04"; null where no calendar has it. */
function isoTime(compact: string): string | null {
  const [, year, month, day, hours, minutes, seconds] =
    /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2}))?$/.exec(compact) ?? []
  const date = `${year}-${month}-${day}`
  const text = hours ? `${date}T${hours}:${minutes}:${seconds}Z` : date
  const time = new Date(text)
  if (Number.isNaN(time.getTime()) || !time.toISOString().startsWith(date)) return null
  return text
}
