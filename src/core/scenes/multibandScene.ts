import { AppError } from '../foundation/appError'
import { stemOf } from '../foundation/fileNames'
import { printable } from '../foundation/text'
import { bandSetsOf } from '../patches/bandSets'
import { BAND_COUNT } from '../patches/bands'
import type { Georeference, RasterSource } from '../raster/rasterSource'
import { bandOfDescription, INSTRUMENT_BANDS, isBeyond, isLandsat, readProductName } from './bandNames'
import { inOrder, remarksOnBands } from './bandScene'
import type { FoundScene, ProcessingLevel } from './scene'
import { putOnGrid } from './sceneGrid'
import { offsetByValues, quantile, type Sample, sampleBands, scaleByValues } from './valueEvidence'

/** Of a file whose grid nobody knows. */
export const WITHOUT_PLACE =
  'It does not say where it lies. Give it its place: gdal_translate -a_srs EPSG:<code> -a_ullr <left> <top> <right> <bottom>.'

/** Fewer named bands than this are a picture or an excerpt. */
const FEWEST = 4

/** Orders in which files without names are met: of Level-1C, Level-2A, BigEarthNet. */
const ORDERS = new Map<number, readonly string[]>(
  [10, 12, 13].map(count => [
    count,
    bandSetsOf(count).find(({ id }) => /^(sentinel2-|bigearthnet-s2-v0.2)/.test(id))!.bands,
  ]),
)

/** Level-1C without B8A, as Landslide4Sense has it. */
const WITHOUT_B8A = INSTRUMENT_BANDS.filter(name => name !== 'B8A')

/** EuroSAT's: B8A last. */
const B8A_LAST = [...WITHOUT_B8A, 'B8A']

interface StackBands {
  /** For each band of the file, from 0; null: none of Sentinel-2's. */
  names: (string | null)[]
  naming: FoundScene['naming']
}

/** The bands that a file's own descriptions give; null where they give too few. */
export function bandsByDescription(descriptions: readonly string[] | null): (string | null)[] | null {
  const names = (descriptions ?? []).map(bandOfDescription)
  const known = names.filter(name => name !== null)
  return known.length >= FEWEST ? names : null
}

/** Whether a raster of 14 bands is a patch on the contract, not a scene with something beside its 13 bands. */
export function isPatch(raster: Pick<RasterSource, 'bandCount' | 'bandNames'>): boolean {
  return raster.bandCount === BAND_COUNT && !bandsByDescription(raster.bandNames)?.includes('B8A')
}

/**
 * A raster of several bands as a scene: bands by their names in the file, else by their number.
 *
 * @param georeference with its world file's.
 * @throws AppError `bands-mismatch` with what to do, and as `putOnGrid` and `read`.
 */
export async function readStack(
  raster: RasterSource,
  georeference: Georeference | null,
  signal?: AbortSignal,
): Promise<FoundScene> {
  const { path, bandCount } = raster
  if (isLandsat(path) || raster.bandNames?.some(isLandsat)) throw landsat(path)
  if (raster.bandNames?.some(isBeyond)) throw unnamed(path, bandCount)
  const described = bandsByDescription(raster.bandNames)
  if (!described && (bandCount === 3 || bandCount === 4)) throw picture(path, bandCount)
  if (!described && !ORDERS.has(bandCount)) throw unnamed(path, bandCount)
  const places = Array.from({ length: bandCount }, (_, band) => band)
  const looked = described ? places.filter(band => described[band] !== null) : places
  const planes = await sampleBands(raster, looked, signal)
  const { names, naming } = described
    ? { names: described, naming: 'metadata' as const }
    : bandsByCount(bandCount, planes)
  const twice = names.find((name, band) => name !== null && names.indexOf(name) !== band)
  if (twice) {
    throw new AppError(
      'bands-mismatch',
      `"${path}" has ${twice} twice, as bands ${names.flatMap((name, band) => (name === twice ? band + 1 : [])).join(' and ')}. ` +
        'Leave one out: gdal_translate -b.',
    )
  }
  const placed = putOnGrid(
    names.flatMap((name, band) => (name ? { name, path, band, raster, georeference } : [])),
  )
  const bySample = new Map<string, Sample>(looked.map((band, index) => [names[band]!, planes[index]!]))
  const scale = scaleByValues(bySample)
  const known = offsetByValues(bySample, scale.quantification.value)
  const present = names.filter(name => name !== null)
  const product = readProductName(path)
  const level = product.level ?? levelOfStack(raster.bandNames, present)
  const side = placed.grid?.transform[1] ?? 10
  const remarks = [scale.remark, known.remark]
  if (naming === 'assumed') {
    remarks.unshift(`Its bands have no names: taken as ${present.join(', ')}. Check the order.`)
  }
  const others = names.flatMap((name, band) => (name ? [] : [raster.bandNames?.[band] || `band ${band + 1}`]))
  if (others.length > 0) remarks.push(`Left out: ${others.map(other => printable(other)).join(', ')}.`)
  if (!placed.grid) remarks.push(WITHOUT_PLACE)
  const stem = stemOf(path)
  const { width, height } = raster
  return {
    name: printable(product.product ?? stem),
    kind: 'stack',
    level,
    baseline: product.baseline,
    tile: product.tile,
    sensed: product.sensed,
    quantification: scale.quantification,
    offset: { ...known.offset, byBand: {} },
    bands: inOrder(
      placed.bands.map(({ name, band }) => ({ name, path, band, width, height, resolution: side })),
    ),
    naming,
    grid: placed.grid,
    remarks: [...remarks, ...remarksOnBands(present, level, side)],
  }
}

function levelOfStack(
  descriptions: readonly string[] | null,
  present: readonly string[],
): ProcessingLevel | null {
  if (present.includes('B10')) return 'L1C'
  return descriptions?.some(text => /^(SCL|AOT|WVP)$/i.test(text)) ? 'L2A' : null
}

/** B10 is far darker than any other band, with the offset too: it tells orders of one length apart. */
function bandsByCount(count: number, samples: readonly Sample[]): StackBands {
  const order = ORDERS.get(count)!
  const darkest = darkestBand(samples)
  const choices = [order, ...(count === 12 ? [WITHOUT_B8A] : []), ...(count === 13 ? [B8A_LAST] : [])]
  const fitting = choices.find(names => names.indexOf('B10') === darkest) ?? order
  return { names: [...fitting], naming: 'assumed' }
}

/** The place of a band whose median is less than a third of every other's, or that alone carries no more than the offset; -1: none. */
function darkestBand(samples: readonly Sample[]): number {
  const medians = samples.map(sample => quantile(sample, 0.5))
  const [lowest, next] = [...medians].sort((a, b) => a - b)
  const isAlone = lowest !== undefined && next !== undefined && (lowest * 3 < next || isFloor(lowest, next))
  return isAlone ? medians.indexOf(lowest) : -1
}

/** With the offset of 1000, B10 is 1010 and the next 1100 at least. */
function isFloor(lowest: number, next: number): boolean {
  return lowest >= 995 && lowest < 1060 && next > 1.05 * lowest
}

function unnamed(path: string, count: number): AppError {
  return new AppError(
    'bands-mismatch',
    `"${path}" has ${count} bands, and nothing says which of them are Sentinel-2's. Give each band as a file named after it: ` +
      'gdal_translate -b 1 <file> B02.tif, and so on.',
  )
}

export function landsat(path: string): AppError {
  return new AppError(
    'bands-mismatch',
    `"${path}" is of Landsat, whose bands have other wavelengths than the models know. Use Sentinel-2.`,
  )
}

export function picture(path: string, count: number): AppError {
  return new AppError(
    'bands-mismatch',
    `"${path}" is a picture of ${count} colours: the models need the twelve bands of Sentinel-2. Give the product itself ` +
      '(the .SAFE folder or its zip).',
  )
}
