import { BANDS } from '../patches/bands'
import type { AffineTransform } from '../raster/rasterSource'
import { boxOf, clipRing, type Polygon } from '../scenes/polygons'

/** A file that an item lists. */
export interface StacFile {
  /** Key among the assets: "mask". */
  key: string
  /** Relative to the item. */
  path: string
  title: string
  mediaType: string
  roles: readonly string[]
  bytes: number
  /** Hex. */
  sha256: string
  /** Of a raster. */
  grid?: { crs: string | null; transform: AffineTransform | null; width: number; height: number }
  /** Of a raster's one band; type and no data where all files of its kind have the same. */
  band?: { name: string; description: string; type?: 'uint8'; nodata?: number }
}

/** A network whose answers an inventory rests on. */
export interface StacModel {
  id: string
  /** "SegFormer". */
  architecture: string
}

export interface StacFacts {
  /** Of the item: letters, digits and "-", "_". */
  id: string
  title: string
  description: string
  /** ISO 8601: when the files were made; null: no clock was asked, so that the same results give the same item. */
  at: string | null
  /** Versions by name: { Scarp: "0.2.0" }. */
  software: Readonly<Record<string, string>>
  /** What was looked at, WGS 84 (longitude, latitude); null: no coordinate system says where it lies. */
  footprint: readonly Polygon[] | null
  /** Sensing times of the images, ISO 8601; empty: not known. */
  sensed: readonly string[]
  /** Of the inventory: what became of each landslide's mask, and how many. */
  counts: readonly { name: string; count: number }[]
  lineage: string
  /** Names of the images. */
  sources: readonly string[]
  /** How labels were made: "automatic", "manual". */
  methods: readonly ('automatic' | 'manual')[]
  /** Empty: drawn by hand. One of the files must then have the role "mlm:model". */
  models: readonly StacModel[]
  files: readonly StacFile[]
  /** That it is an item of; absent: none. */
  collection?: { id: string /** Relative to the item. */; href: string }
}

export const EXTENSIONS = {
  label: 'https://stac-extensions.github.io/label/v1.0.1/schema.json',
  processing: 'https://stac-extensions.github.io/processing/v1.2.0/schema.json',
  file: 'https://stac-extensions.github.io/file/v2.1.0/schema.json',
  projection: 'https://stac-extensions.github.io/projection/v2.0.0/schema.json',
  mlm: 'https://stac-extensions.github.io/mlm/v1.5.2/schema.json',
} as const

/** SHA-256 as a multihash: code 0x12, length 0x20. */
const MULTIHASH_SHA256 = '1220'

/** The role of the asset that stands for the networks in the machine learning model extension. */
export const MODEL_ROLE = 'mlm:model'

/**
 * An inventory as a STAC 1.1 item with the extensions label 1.0.1, processing 1.2.0, file 2.1.0, projection 2.0.0, and, where
 * networks made it, machine learning model (MLM) 1.5.2. Plain data, whose keys come in one order.
 *
 * The time is that of the images; where no image has one it is when the files were made, since STAC asks for one, and 1970
 * where that is not known either.
 */
export function stacItem(facts: StacFacts): Record<string, unknown> {
  const { models, files, footprint } = facts
  const withModel = models.length > 0 && files.some(({ roles }) => roles.includes(MODEL_ROLE))
  const place = footprint && footprint.length > 0 ? placeOf(footprint) : null
  const report = files.find(({ mediaType }) => mediaType === 'text/html')
  return {
    type: 'Feature',
    stac_version: '1.1.0',
    stac_extensions: [
      EXTENSIONS.label,
      EXTENSIONS.processing,
      EXTENSIONS.file,
      EXTENSIONS.projection,
      ...(withModel ? [EXTENSIONS.mlm] : []),
    ],
    id: facts.id,
    geometry: place?.geometry ?? null,
    ...(place && { bbox: place.bbox }),
    properties: {
      title: facts.title,
      description: facts.description,
      ...times(facts),
      ...(facts.at !== null && { created: facts.at, updated: facts.at }),
      'label:type': 'vector',
      'label:description': facts.description,
      'label:properties': ['verdict', 'confidence'],
      'label:classes': [{ name: 'event_type', classes: ['landslide'] }],
      'label:tasks': ['segmentation', 'detection'],
      'label:methods': facts.methods,
      'label:overviews': [{ property_key: 'verdict', counts: facts.counts }],
      ...(facts.at !== null && { 'processing:datetime': facts.at }),
      'processing:software': facts.software,
      'processing:lineage': facts.lineage,
      'scarp:sources': facts.sources,
      ...systemOf(files),
      ...(withModel && modelFields(models)),
    },
    ...(facts.collection && { collection: facts.collection.id }),
    links: [
      ...(facts.collection ? linksUp(facts.collection.href) : []),
      ...(report
        ? [{ rel: 'describedby', href: hrefOf(report), type: report.mediaType, title: report.title }]
        : []),
    ],
    assets: Object.fromEntries(files.map(file => [file.key, assetOf(file)])),
  }
}

function linksUp(href: string): object[] {
  return ['root', 'parent', 'collection'].map(rel => ({ rel, href, type: 'application/json' }))
}

/** What stands for a time that nobody knows. */
const NO_TIME = '1970-01-01T00:00:00Z'

function times({ sensed, at }: StacFacts): Record<string, string | null> {
  const inOrder = [...sensed].sort()
  const [first, last] = [inOrder[0], inOrder.at(-1)]
  if (first === undefined || last === undefined) return { datetime: at ?? NO_TIME }
  if (first === last) return { datetime: first }
  return { datetime: null, start_datetime: first, end_datetime: last }
}

/** The system of all rasters where they share one, else it is said of each. */
function systemOf(files: readonly StacFile[]): Record<string, string> {
  const systems = new Set(files.flatMap(({ grid }) => (grid ? [grid.crs] : [])))
  const [only] = systems
  return systems.size === 1 && only ? { 'proj:code': only } : {}
}

/** A file as an asset of an item or a collection. */
export function assetOf(file: StacFile): Record<string, unknown> {
  const { grid, band } = file
  return {
    href: hrefOf(file),
    title: file.title,
    type: file.mediaType,
    roles: file.roles,
    'file:size': file.bytes,
    'file:checksum': MULTIHASH_SHA256 + file.sha256,
    ...(file.roles.includes(MODEL_ROLE) && { 'mlm:artifact_type': 'scarp-ensemble' }),
    ...(grid && {
      'proj:code': grid.crs,
      'proj:shape': [grid.height, grid.width],
      ...(grid.transform && { 'proj:transform': rowMajor(grid.transform) }),
    }),
    ...(band && {
      bands: [
        {
          name: band.name,
          description: band.description,
          ...(band.type && { data_type: band.type }),
          ...(band.nodata !== undefined && { nodata: band.nodata }),
        },
      ],
    }),
  }
}

function hrefOf({ path }: StacFile): string {
  const escaped = path.split('/').map(encodeURIComponent).join('/')
  return path.startsWith('../') ? escaped : `./${escaped}`
}

/** STAC has the coefficients of the affine matrix row by row, GDAL the offsets first. */
function rowMajor([x, xColumn, xRow, y, yColumn, yRow]: AffineTransform): number[] {
  return [xColumn, xRow, x, yColumn, yRow, y]
}

function modelFields(models: readonly StacModel[]): Record<string, unknown> {
  const architectures = [...new Set(models.map(({ architecture }) => architecture))]
  const pixels = (channels: number) => ({
    shape: [-1, -1, -1, channels],
    dim_order: ['batch', 'height', 'width', 'channel'],
    data_type: 'float32',
  })
  return {
    'mlm:name': `Scarp ensemble of ${models.length}`,
    'mlm:architecture': architectures.join(', '),
    'mlm:tasks': ['semantic-segmentation'],
    'mlm:input': [
      {
        name: 'patches',
        description: `Channels: ${BANDS.map(({ name, unit }) => `${name} (${unit})`).join(', ')}; z-scored per image set`,
        bands: [],
        input: pixels(BANDS.length),
      },
    ],
    'mlm:output': [
      {
        name: 'probability',
        description: 'Probability of landslide, the mean of the networks',
        tasks: ['semantic-segmentation'],
        result: pixels(1),
        'classification:classes': [
          { value: 0, name: 'background', description: 'No landslide' },
          { value: 1, name: 'landslide', description: 'Landslide' },
        ],
      },
    ],
  }
}

type Position = [number, number]

/** Degrees from which a ring's width means that it crosses the 180th meridian. */
const HALF_TURN = 180

const WESTERN = [-HALF_TURN, -90, HALF_TURN, 90] as const
const BEYOND = [HALF_TURN, -90, 3 * HALF_TURN, 90] as const

/** Cut at the 180th meridian as RFC 7946 asks; the box of what crosses it begins east of where it ends. */
export function placeOf(footprint: readonly Polygon[]): { geometry: object; bbox: number[] } {
  let crosses = false
  const polygons = footprint.flatMap((polygon): Polygon[] => {
    const [left, , right] = boxOf(polygon)
    if (right - left <= HALF_TURN) return [polygon]
    crosses = true
    const unrolled = polygon.map(ring =>
      ring.map((value, i) => (i % 2 === 0 && value < 0 ? value + 360 : value)),
    )
    const west = unrolled.map(ring => clipRing(ring, WESTERN))
    const east = unrolled.map(ring =>
      clipRing(ring, BEYOND).map((value, i) => (i % 2 === 0 ? value - 360 : value)),
    )
    return [west, east].map(rings => rings.filter(ring => ring.length >= 6)).filter(rings => rings.length > 0)
  })
  const [left, bottom, right, top] = boxOf(polygons.flat())
  const lons = polygons.flat().flatMap(ring => ring.filter((_, i) => i % 2 === 0))
  const bbox = crosses
    ? [Math.min(...lons.filter(lon => lon >= 0)), bottom, Math.max(...lons.filter(lon => lon < 0)), top]
    : [left, bottom, right, top]
  const coordinates = polygons.map(polygon => polygon.map(closed))
  const geometry =
    coordinates.length === 1
      ? { type: 'Polygon', coordinates: coordinates[0] }
      : { type: 'MultiPolygon', coordinates }
  return { geometry, bbox: bbox.map(rounded) }
}

/** Of a seventh decimal of a degree, a centimetre. */
function rounded(degrees: number): number {
  return Math.round(degrees * 1e7) / 1e7
}

/** GeoJSON's rings end where they begin, the outside counter-clockwise. */
function closed(ring: readonly number[], index: number): Position[] {
  const positions: Position[] = []
  let twice = 0
  for (let i = 0; i < ring.length; i += 2) {
    const [x, y] = [ring[i]!, ring[i + 1]!]
    const next = (i + 2) % ring.length
    twice += x * ring[next + 1]! - ring[next]! * y
    positions.push([rounded(x), rounded(y)])
  }
  if (twice > 0 !== (index === 0)) positions.reverse()
  return [...positions, positions[0]!]
}
