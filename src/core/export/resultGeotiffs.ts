import { BACKGROUND, IGNORE, LANDSLIDE } from '../patches/patch'
import type { Georeference } from '../raster/rasterSource'
import { hasPlace } from './geoFields'
import { type Colour, type StreamedCog, writeCog } from './writeCog'

export interface MaskExport {
  /** [height, width] of 0 background, 1 landslide, 255 no data or ignore */
  mask: Uint8Array
  width: number
  height: number
  /** The source's own; null or empty: the file carries no CRS and says so. */
  georeference: Georeference | null
  /** GDAL metadata: model ids, round, threshold... */
  metadata: Readonly<Record<string, string>>
  /** Document name, "image_37". */
  name: string
}

/**
 * A mask as a cloud-optimised GeoTIFF: Byte, no data 255, colour table, the source's CRS and transform.
 *
 * @throws AppError `shape-mismatch`
 */
export async function writeMaskGeotiff(request: MaskExport): Promise<Uint8Array<ArrayBuffer>> {
  return writeCog({
    width: request.width,
    height: request.height,
    samples: request.mask,
    nodata: '255',
    colours: MASK_COLOURS,
    georeference: request.georeference,
    name: request.name,
    description: MASK_DESCRIPTION,
    metadata: withPlaceNote(request.metadata, request.georeference),
  })
}

const MASK_DESCRIPTION = 'Landslide mask: 0 background, 1 landslide, 255 no data or ignored'

/**
 * Colour table of an exported mask. Landslide is the vermilion of Okabe and Ito (2008), which readers with any
 * colour vision tell from the grounds it lies on. A TIFF palette knows no transparency: background is white, so that
 * it vanishes under "multiply", and GDAL makes the no-data entry transparent by itself.
 */
const MASK_COLOURS: ReadonlyMap<number, Colour> = new Map<number, Colour>([
  [BACKGROUND, [255, 255, 255]],
  [LANDSLIDE, [213, 94, 0]],
  [IGNORE, [0, 0, 0]],
])

export interface ProbabilityExport {
  /** [height, width] float32, probability of landslide 0..1; NaN where unknown */
  probability: Float32Array
  /** [height, width] of 0 and 1: pixels with 0 become no data; null: all valid. */
  valid?: Uint8Array | null
  width: number
  height: number
  georeference: Georeference | null
  metadata: Readonly<Record<string, string>>
  name: string
}

/**
 * A probability as a cloud-optimised GeoTIFF: Float32, 0..1, no data NaN, the source's CRS and transform.
 *
 * @throws AppError `shape-mismatch`
 */
export async function writeProbabilityGeotiff(request: ProbabilityExport): Promise<Uint8Array<ArrayBuffer>> {
  const { probability, valid } = request
  return writeCog({
    width: request.width,
    height: request.height,
    samples: valid
      ? probability.map((value, index) => (valid[index] === 0 ? Number.NaN : value))
      : probability,
    nodata: 'nan',
    georeference: request.georeference,
    name: request.name,
    description: 'Probability of landslide, 0 to 1',
    metadata: withPlaceNote(request.metadata, request.georeference),
  })
}

/** A scene's raster that is written row by row. */
export interface SceneExport {
  width: number
  height: number
  georeference: Georeference | null
  metadata: Readonly<Record<string, string>>
  name: string
  /** [count, width] from row `top` on. */
  rows(top: number, count: number): Promise<Uint8Array>
}

/** A scene's mask, as `writeMaskGeotiff` has it. */
export function sceneMask(scene: SceneExport): StreamedCog {
  return streamed(scene, '255', MASK_DESCRIPTION, MASK_COLOURS)
}

/** A byte of a probability stands for p = byte / 250, and 255 for no data. */
export const BYTE_STEPS = 250

const BYTE_NODATA = 255

/** Probabilities as bytes, good to 0.002: 0 to 250, 255 where NaN. */
export function probabilityBytes(probability: Float32Array): Uint8Array {
  return Uint8Array.from(probability, p => (Number.isNaN(p) ? BYTE_NODATA : Math.round(p * BYTE_STEPS)))
}

/** A scene's probability of landslide, or how far its networks differ: bytes of `probabilityBytes`, no data 255. */
export function sceneProbability(scene: SceneExport, what: 'probability' | 'disagreement'): StreamedCog {
  const description =
    what === 'probability'
      ? 'Probability of landslide: 0 to 250 stand for 0 to 1'
      : 'Largest minus smallest probability of the networks: 0 to 250 stand for 0 to 1'
  return { ...streamed(scene, String(BYTE_NODATA), description), scale: 1 / BYTE_STEPS }
}

function streamed(
  { rows, metadata, georeference, ...facts }: SceneExport,
  nodata: string,
  description: string,
  colours?: ReadonlyMap<number, Colour>,
): StreamedCog {
  return {
    ...facts,
    georeference,
    metadata: withPlaceNote(metadata, georeference),
    nodata,
    colours,
    sampleType: 'uint8',
    descriptions: [description],
    tile: SCENE_TILE,
    rows: async (top, count) => [await rows(top, count)],
  }
}

/** GDAL's own default for cloud-optimised files. */
const SCENE_TILE = 512

/** Says in the file itself where a raster without a CRS stands: nowhere, since nothing may be invented. */
function withPlaceNote(
  metadata: Readonly<Record<string, string>>,
  georeference: Georeference | null,
): Record<string, string> {
  if (hasPlace(georeference)) return { ...metadata }
  return {
    ...metadata,
    GEOREFERENCE: 'The source gives no coordinate reference system for its grid; none was invented.',
  }
}
