import { type AppError, throwIfAborted, toAppError } from '../foundation/appError'
import { printable } from '../foundation/text'
import { BASELINE_OFFSET, DISPENSABLE } from '../patches/bands'
import type { RefusedFile } from '../patches/importPatches'
import type { InputFile } from '../raster/inputFile'
import { withWorldFile } from '../raster/openRaster'
import type { RasterSource } from '../raster/rasterSource'
import type { OpenRaster } from '../raster/rasterThread'
import type { BandGroup } from './bandGroups'
import { INSTRUMENT_BANDS, NATIVE_RESOLUTION, type ProductName, readProductName } from './bandNames'
import type { ProductMetadata, TileMetadata } from './metadataXml'
import type { FoundScene, ProcessingLevel, SceneBand } from './scene'
import { crsOfTile, type OpenedBand, putOnGrid } from './sceneGrid'
import { offsetByValues, type Sample, sampleBands, scaleByValues } from './valueEvidence'

/** What reading scenes takes from outside. */
export interface SceneContext {
  open: OpenRaster
  /** World files by path in lower case. */
  sidecars: ReadonlyMap<string, InputFile>
  signal?: AbortSignal
}

/** What the files beside a group of bands say. */
export interface GroupMetadata {
  product: ProductMetadata | null
  tile: TileMetadata | null
  /** What is wrong with either, each a sentence. */
  remarks: readonly string[]
}

/** What became of a group of bands. `strays` are files that hold more bands than one. */
interface ReadGroup {
  scene: FoundScene | null
  refused: RefusedFile[]
  strays: { file: InputFile; raster: RasterSource }[]
}

/**
 * Opens the bands of a group, puts them on one grid and says what their values mean.
 *
 * @throws AppError `aborted`
 */
export async function readBandGroup(
  group: BandGroup,
  metadata: GroupMetadata,
  context: SceneContext,
): Promise<ReadGroup> {
  const refused: RefusedFile[] = []
  const { bands, strays } = await openBands(group, context, refused)
  if (bands.length === 0) return { scene: null, refused, strays }
  const name = productName(group, metadata)
  try {
    const placed = putOnGrid(bands)
    for (const { band, message } of placed.refused) {
      refused.push({ path: band.path, code: 'bands-mismatch', message })
    }
    const remarks = [...group.remarks, ...metadata.remarks]
    const level = levelOf(group, metadata, name, bands)
    const grid = gridOf(placed, metadata.tile, name.tile, remarks)
    const isSafe = /(^|\/)IMG_DATA$/i.test(group.folder)
    const values = await valuesOf(group, metadata, name, placed.bands, remarks, context.signal)
    const finest = placed.bands.find(({ factor }) => factor === 1)!
    const side = grid?.transform[1] ?? sideByName(group, finest.name)
    const scene: FoundScene = {
      name: sceneName(group, metadata, name),
      kind: isSafe ? 'safe' : 'single-bands',
      level,
      baseline: metadata.product?.baseline ?? name.baseline,
      tile: metadata.tile?.tile ?? name.tile,
      sensed: metadata.product?.sensed ?? name.sensed ?? metadata.tile?.sensed ?? null,
      ...values,
      bands: inOrder(placed.bands.map(band => sceneBand(band, side * band.factor))),
      naming: group.naming,
      grid,
      remarks: [
        ...remarks,
        ...remarksOnBands(
          placed.bands.map(band => band.name),
          level,
          side,
        ),
      ],
    }
    return { scene, refused, strays }
  } catch (thrown) {
    const error = toAppError(thrown)
    if (error.code === 'aborted') throw error
    return { scene: null, refused: [{ path: bands[0]!.path, ...plain(error) }], strays }
  }
}

function plain({ code, message }: AppError): Pick<RefusedFile, 'code' | 'message'> {
  return { code, message }
}

/** One refusal where none of the bands opens, each its own otherwise. */
async function openBands(
  group: BandGroup,
  { open, sidecars, signal }: SceneContext,
  refused: RefusedFile[],
): Promise<{ bands: OpenedBand[]; strays: ReadGroup['strays'] }> {
  const bands: OpenedBand[] = []
  const strays: ReadGroup['strays'] = []
  const failed: RefusedFile[] = []
  for (const { file, band: name } of group.bands) {
    throwIfAborted(signal)
    try {
      const raster = await open(file, { signal })
      if (raster.bandCount !== 1) {
        strays.push({ file, raster })
        continue
      }
      const georeference = await withWorldFile(raster, sidecars)
      bands.push({ name, path: file.path, band: 0, raster, georeference })
    } catch (thrown) {
      const error = toAppError(thrown, 'file-unreadable')
      if (error.code === 'aborted') throw error
      failed.push({ path: file.path, ...plain(error) })
    }
  }
  const isHopeless = bands.length === 0 && strays.length === 0
  refused.push(...(isHopeless ? failed.slice(0, 1) : failed))
  return { bands, strays }
}

/** Of the files' own paths; a product's metadata know better. */
function productName(group: BandGroup, { product }: GroupMetadata): ProductName {
  const name = readProductName(group.bands[0]!.file.path)
  const stated = product?.product ? readProductName(product.product) : null
  if (!stated) return name
  return {
    product: product!.product,
    level: stated.level ?? name.level,
    baseline: stated.baseline ?? name.baseline,
    tile: stated.tile ?? name.tile,
    sensed: stated.sensed ?? name.sensed,
  }
}

/** What files have in common names a scene from so many letters on; else their folder does. */
const SHORTEST = 4

function sceneName(group: BandGroup, { product, tile }: GroupMetadata, name: ProductName): string {
  const folder = rootOf(group.folder)
    .split('/')
    .at(-1)!
    .replace(/(\.SAFE)?(\.zip)?$/i, '')
  const { common } = group.bands[0]!
  const stem = common.length >= SHORTEST ? common : folder || common || 'Scene'
  const own = product?.product ?? name.product ?? stem
  // Until 2016 a product held many tiles.
  const tileName = tile?.tile ?? name.tile
  const isShared = tileName !== null && /_(OPER|USER)_PRD_/.test(own)
  return printable(isShared ? `${own} ${tileName}` : own).replace(/[/\\]/g, '-')
}

/** Folder of a whole product: "…/x.SAFE" of "…/x.SAFE/GRANULE/L1C_T33TWM_…/IMG_DATA". */
export function rootOf(folder: string): string {
  const inGranule = /^(.*)\/GRANULE\/[^/]+\/IMG_DATA$/i.exec(folder)
  return inGranule?.[1] ?? folder.replace(/\/?IMG_DATA$/i, '')
}

function levelOf(
  group: BandGroup,
  { product }: GroupMetadata,
  name: ProductName,
  bands: readonly { name: string }[],
): ProcessingLevel | null {
  const known = product?.level ?? name.level
  if (known) return known
  if (bands.some(band => band.name === 'B10')) return 'L1C'
  return ['SCL', 'AOT', 'WVP'].some(aside => group.aside.has(aside)) ? 'L2A' : null
}

function gridOf(
  placed: ReturnType<typeof putOnGrid>,
  tile: TileMetadata | null,
  tileName: string | null,
  remarks: string[],
): FoundScene['grid'] {
  const { grid, width, height } = placed
  const stated = tile && [...tile.grids].find(([, other]) => other.width === width && other.height === height)
  if (grid) {
    const known = tile?.grids.get(10) ?? stated?.[1]
    const [x, y] = [grid.transform[0], grid.transform[3]]
    const isApart = known && (Math.abs(known.x - x) > 1 || Math.abs(known.y - y) > 1)
    if (isApart || (tile?.crs && tile.crs !== grid.crs)) {
      remarks.push(
        `Its metadata place it elsewhere (${tile!.crs}, ${known?.x}, ${known?.y}) than its files ` +
          `(${grid.crs}, ${x}, ${y}): the files are believed.`,
      )
    }
    return grid
  }
  const bare = placed.bands.find(({ georeference }) => georeference?.transform)?.georeference?.transform
  const ofTile = crsOfTile(tileName)
  if (bare && ofTile) {
    remarks.push(`Its files name no coordinate system: ${ofTile}, by its tile ${tileName}.`)
    return { crs: ofTile, transform: bare, width, height }
  }
  if (stated && tile?.crs) {
    const [side, { x, y }] = stated
    remarks.push('Its files do not say where they lie: placed by the tile’s metadata.')
    return { crs: tile.crs, transform: [x, side, 0, y, 0, -side], width, height }
  }
  const code = ofTile ?? 'EPSG:<code>'
  remarks.push(
    tile
      ? `Its files do not say where they lie, and the tile’s metadata are of another size than ${width} x ${height}.`
      : `Its files do not say where they lie. Give each its place (gdal_translate -a_srs ${code} -a_ullr <left> <top> ` +
          '<right> <bottom>), or MTD_TL.xml with them.',
  )
  return null
}

/** Side of the finest pixels where no band says where it lies, metres. */
function sideByName(group: BandGroup, finest: string): number {
  return group.bands.find(({ band }) => band === finest)?.resolution ?? NATIVE_RESOLUTION[finest] ?? 10
}

async function valuesOf(
  group: BandGroup,
  { product }: GroupMetadata,
  name: ProductName,
  bands: readonly OpenedBand[],
  remarks: string[],
  signal?: AbortSignal,
): Promise<Pick<FoundScene, 'quantification' | 'offset'>> {
  // JPEG 2000 is how ESA delivers bands; whatever else was made of them may have other values.
  const isOriginal = bands.every(({ raster }) => raster.kind === 'jp2')
  const samples = new Map<string, Sample>()
  const sample = async (names: readonly string[]) => {
    for (const { name: band, band: index, raster } of bands) {
      if (!names.includes(band) || samples.has(band)) continue
      throwIfAborted(signal)
      samples.set(band, (await sampleBands(raster, [index], signal))[0]!)
    }
  }
  const byValues = async (quantification: number | null) => {
    await sample(['B2', 'B3', 'B4', 'B10'])
    return offsetByValues(samples, quantification)
  }
  let quantification: FoundScene['quantification']
  if (product?.quantification) {
    quantification = { value: product.quantification, evidence: 'metadata' }
  } else if (isOriginal || product) {
    quantification = { value: 10_000, evidence: 'assumed' }
    remarks.push('Taken as reflectance x 10000, as every product of Sentinel-2 is.')
  } else if (isSentinelHub(group)) {
    quantification = { value: null, evidence: 'asked' }
    remarks.push(
      'From the Copernicus Browser or Sentinel Hub, which stretches values to the file’s type (0 to 65535 of 16 bits). ' +
        'Choose what a reflectance of 1 is stored as.',
    )
  } else {
    await sample(INSTRUMENT_BANDS)
    const known = scaleByValues(samples)
    quantification = known.quantification
    remarks.push(known.remark)
  }
  const stated = product && Object.values(product.offsets)
  if (stated && stated.length > 0) {
    const value = stated.every(other => other === stated[0]) ? stated[0]! : 0
    return { quantification, offset: { value, byBand: product.offsets, evidence: 'metadata' } }
  }
  const baseline = product?.baseline ?? name.baseline
  const unit = quantification.value === null ? null : quantification.value / 10_000
  if (baseline !== null && unit !== null && isKnownBaseline(baseline)) {
    const value = hasOffset(baseline) ? -BASELINE_OFFSET * unit : 0
    if (product?.baseline) {
      if (value !== 0)
        remarks.push(`Offset ${value}, by the processing baseline ${baseline} in its metadata.`)
      return { quantification, offset: { value, byBand: {}, evidence: 'metadata' } }
    }
    const measured = isOriginal ? null : await byValues(quantification.value)
    if (measured && measured.offset.value !== null && measured.offset.value !== value) {
      remarks.push(
        `Its name says baseline ${baseline}, so an offset of ${value}; its values say otherwise. ${measured.remark}`,
      )
      return { quantification, offset: { value: null, byBand: {}, evidence: 'asked' } }
    }
    remarks.push(`Offset ${value}, by the processing baseline ${baseline} in its name.`)
    return { quantification, offset: { value, byBand: {}, evidence: 'name' } }
  }
  const { offset, remark } = await byValues(quantification.value)
  remarks.push(remark)
  return { quantification, offset: { ...offset, byBand: {} } }
}

/** Since 04.00 an offset of 1000 is in the values. */
function hasOffset(baseline: string): boolean {
  return Number(baseline) >= 4
}

/** Later ones would be test processings ("99.99"), whose values nobody knows. */
function isKnownBaseline(baseline: string): boolean {
  return Number(baseline) < 10
}

/** "2020-07-04-00:00_2020-07-04-23:59_Sentinel-2_L1C_B02_(Raw).tiff" */
function isSentinelHub({ bands }: BandGroup): boolean {
  return bands.some(({ file }) => /Sentinel-2_L(1C|2A)_.*\(Raw\)/i.test(file.path))
}

function sceneBand({ name, path, band, raster }: OpenedBand, resolution: number): SceneBand {
  return { name, path, band, width: raster.width, height: raster.height, resolution }
}

/** By band's name, in the order of the instrument. */
export function inOrder(bands: readonly SceneBand[]): Record<string, SceneBand> {
  const sorted = INSTRUMENT_BANDS.flatMap(name => bands.find(band => band.name === name) ?? [])
  return Object.fromEntries(sorted.map(band => [band.name, band]))
}

/** What is missing, and what the networks did not learn from. @param side of the finest pixels, metres */
export function remarksOnBands(
  names: readonly string[],
  level: ProcessingLevel | null,
  side: number,
): string[] {
  const missing = INSTRUMENT_BANDS.filter(name => name !== 'B8A' && !names.includes(name))
  const remarks: string[] = []
  if (level === 'L2A') {
    remarks.push(
      'It is surface reflectance (Level-2A); the models learned from Level-1C. Use Level-1C if you can.',
    )
  }
  if (missing.includes('B10') && level === 'L2A') {
    remarks.push('Level-2A has no B10: the models’ own mean is used for it.')
  }
  const others = missing.filter(name => level !== 'L2A' || name !== 'B10')
  const dispensable = others.filter(name => DISPENSABLE.has(name))
  const needed = others.filter(name => !DISPENSABLE.has(name))
  if (dispensable.length > 0) {
    const [is, it] = dispensable.length === 1 ? ['is', 'it'] : ['are', 'them']
    remarks.push(`${listed(dispensable)} ${is} missing: the models’ own mean is used for ${it}.`)
  }
  if (needed.length > 0) {
    const [is, file] = needed.length === 1 ? ['is', 'its file'] : ['are', 'their files']
    remarks.push(`${listed(needed)} ${is} missing: add ${file}.`)
  }
  if (Math.abs(side - 10) > 0.5) {
    remarks.push(`Its finest pixels are ${Number(side.toFixed(2))} m; the models learned from 10 m.`)
  }
  return remarks
}

function listed(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0]!
}
