import type { RefusedFile } from '../patches/importPatches'
import type { InputFile } from '../raster/inputFile'
import {
  asideName,
  type BandFileName,
  INSTRUMENT_BANDS,
  productFolder,
  readBandFileName,
  readProductName,
} from './bandNames'

/** A file that holds one band, by its name. */
export interface BandFile extends BandFileName {
  file: InputFile
}

/** Files that are the bands of one acquisition, by what their names have in common. */
export interface BandGroup {
  /** In which the bands lie, without those that sort them by resolution. */
  folder: string
  /** Each band once, the finest there is. */
  bands: BandFile[]
  /** "TCI", "SCL", "AOT" ...: what lies beside the bands. */
  aside: ReadonlySet<string>
  naming: 'name' | 'assumed'
  remarks: string[]
}

/** Fewer bands than this are no scene, only some files of one. */
const FEWEST = 4

/**
 * Sorts files with one band each into acquisitions.
 *
 * @param asides names of what lies beside the bands, by folder as `readBandFileName` gives it.
 */
export function groupBands(
  files: readonly BandFile[],
  asides: ReadonlyMap<string, ReadonlySet<string>>,
): { groups: BandGroup[]; refused: RefusedFile[] } {
  const refused: RefusedFile[] = []
  const folders = new Map<string, Map<string, BandFile[]>>()
  for (const file of files) {
    const groups = folders.get(file.folder) ?? new Map<string, BandFile[]>()
    const group = groups.get(file.group)
    if (group) group.push(file)
    else groups.set(file.group, [file])
    folders.set(file.folder, groups)
  }
  const found: BandGroup[] = []
  for (const [folder, inFolder] of folders) {
    const groups = [...inFolder.values()].map(members => oneFileEach(members, refused))
    const [first, ...others] = groups.sort((a, b) => b.bands.length - a.bands.length)
    for (const { bands, naming, remarks } of [first!, ...others]) {
      const isStray = bands !== first!.bands && bands.length < first!.bands.length / 2
      if (isStray) refused.push(...bands.map(band => strayBand(band, first!.bands)))
      else if (bands.length < FEWEST) refused.push(...bands.map(band => tooFew(band, bands)))
      else found.push({ folder, bands, naming, remarks, aside: asides.get(folder) ?? new Set() })
    }
  }
  return { groups: found, refused }
}

function oneFileEach(
  members: readonly BandFile[],
  refused: RefusedFile[],
): Pick<BandGroup, 'bands' | 'naming' | 'remarks'> {
  const { named, naming, remarks } = nameNumbered(members)
  const bands = new Map<string, BandFile>()
  for (const file of named) {
    const other = bands.get(file.band)
    if (!other) bands.set(file.band, file)
    else if (other.resolution !== file.resolution) {
      const isFiner =
        (file.resolution ?? Number.POSITIVE_INFINITY) < (other.resolution ?? Number.POSITIVE_INFINITY)
      if (isFiner) bands.set(file.band, file)
    } else {
      const message =
        `"${file.file.path}" and "${other.file.path}" are both ${file.band} of one product. The latter is taken; ` +
        'remove the one that is not wanted.'
      refused.push({ path: file.file.path, code: 'bands-mismatch', message })
    }
  }
  return { bands: [...bands.values()], naming, remarks }
}

/** "band_9" is B9 where a "band_8A" lies beside it; one of thirteen is the ninth band, B8A. */
function nameNumbered(members: readonly BandFile[]): {
  named: readonly BandFile[]
  naming: BandGroup['naming']
  remarks: string[]
} {
  const isNumbered = members.every(({ style, band }) => style === 'number' && band !== 'B8A')
  if (!isNumbered) return { named: members.filter(({ band }) => band !== 'B13'), naming: 'name', remarks: [] }
  const counted = members.some(({ band }) => band === 'B13')
  const named = counted
    ? members.map(file => ({ ...file, band: INSTRUMENT_BANDS[Number(file.band.slice(1)) - 1]! }))
    : members
  const remark = counted
    ? 'Its files are numbered 1 to 13: taken in the order of Level-1C, B8A as the ninth. Check the bands.'
    : 'Its files are numbered: taken as the bands of these numbers, B8A left out. Check the bands.'
  return { named, naming: 'assumed', remarks: [remark] }
}

function strayBand({ file, band }: BandFile, others: readonly BandFile[]): RefusedFile {
  const [own, shared] = [readProductName(file.path), readProductName(others[0]!.file.path)]
  const is =
    own.tile !== shared.tile && own.tile
      ? `is of tile ${own.tile}, the other bands in its folder are of ${shared.tile ?? 'another'}`
      : own.sensed !== shared.sensed && own.sensed
        ? `is of ${dayOf(own.sensed)}, the other bands in its folder are of ${dayOf(shared.sensed)}`
        : `does not go with "${others[0]!.file.path}": their names differ in more than the band`
  const message = `"${file.path}" ${is}. Take ${band} of the same product, or give each product a folder of its own.`
  return { path: file.path, code: 'bands-mismatch', message }
}

function dayOf(sensed: string | null): string {
  return sensed ? sensed.replace('T', ' ').replace('Z', '') : 'another time'
}

function tooFew({ file, band }: BandFile, bands: readonly BandFile[]): RefusedFile {
  const only = bands.map(other => other.band).join(', ')
  const message =
    `"${file.path}" is ${band} of a scene of which only ${only} ${bands.length === 1 ? 'is' : 'are'} here. ` +
    'Give all bands of the product together.'
  return { path: file.path, code: 'bands-mismatch', message }
}

/** What a file is by its path alone, as far as Sentinel-2's names go. */
export type NamedFile =
  | { kind: 'band'; band: BandFile }
  | { kind: 'aside'; name: string; folder: string }
  | null

/** Folders of a product whose files are no spectral band, whatever they are called. */
const NO_BANDS = /(^|\/)(QI_DATA|AUX_DATA|DATASTRIP|HTML|rep_info)\//i

export function nameFile(file: InputFile): NamedFile {
  if (NO_BANDS.test(file.path)) return { kind: 'aside', name: '', folder: '' }
  const aside = asideName(file.path)
  if (aside) return { kind: 'aside', name: aside, folder: productFolder(file.path) }
  const name = readBandFileName(file.path)
  return name ? { kind: 'band', band: { ...name, file } } : null
}
