import { AppError, throwIfAborted } from '../foundation/appError'
import { safeFileName } from '../foundation/fileNames'
import type { JobContext } from '../foundation/job'
import { Sha256Stream } from '../foundation/sha256Stream'
import { plural } from '../foundation/text'
import type { InventoryRaster } from '../inventory/inventory'
import { EXACT } from '../inventory/inventory'
import { boxOf, type Polygon } from '../scenes/polygons'
import { pointTransform, projectionOf } from '../scenes/projection'
import { accuracyCsv } from './accuracyCsv'
import { type EvidenceFacts, InventoryCount, PixelCount } from './evidence'
import { evidenceReport, uniqueSources } from './evidenceReport'
import { overPasses } from './inventoryFiles'
import { inventoryLayers, type LocatedAudit } from './inventoryLayers'
import { layOutMap, MapPicture, type RasterLook } from './mapPicture'
import { stylesBeside } from './qgisRasterStyles'
import { mapFigure } from './reportFigures'
import { MODEL_ROLE, type StacFile, stacItem } from './stacItem'
import type { VectorLayer } from './vectorLayer'
import { writeGeoPackage } from './writeGeoPackage'
import type { LeavingFile } from './zipFiles'

/** A file of a bundle, with what a catalogue has to know of it. */
export type BundleFile = LeavingFile & Omit<StacFile, 'path' | 'bytes' | 'sha256'>

export interface BundleRequest {
  facts: EvidenceFacts
  rasters: readonly InventoryRaster[]
  /** Mask, probability and disagreement of each as files; made when their turn comes. */
  rasterFiles: AsyncIterable<BundleFile>
  /** Who did what and when, a line of JSON each; null: nobody kept it. */
  journal: string | null
  /** Of `facts.audits`, with the places of their points. */
  audits: readonly LocatedAudit[]
  /**
   * What a raster looks like, part by part; absent: nobody knows.
   *
   * @param step pixels of the raster along one of the picture
   */
  looks?(index: number, step: number): AsyncIterable<RasterLook>
}

/** The bundle's own files; rasters lie in a folder. */
const GEOPACKAGE = 'inventory.gpkg'
const RASTER_FOLDER = 'rasters'

export const COG_TYPE = 'image/tiff; application=geotiff; profile=cloud-optimized'

/**
 * An inventory with everything that is needed to judge it, as files for `zipFiles`: rasters, GeoPackage, accuracy table,
 * audits, journal, networks, report, STAC item, and the SHA-256 of all as `sha256sum -c` takes them. Files are made one after
 * the other, when they are asked for; each has to be read to its end before the next. The same request gives the same
 * bytes.
 *
 * @throws AppError `aborted`, and what rasters, files and writers throw
 */
export async function* evidenceBundle(
  request: BundleRequest,
  context: JobContext = {},
): AsyncGenerator<LeavingFile> {
  const { facts, rasters, audits } = request
  const listed: StacFile[] = []
  async function* checked(file: BundleFile): AsyncGenerator<LeavingFile> {
    throwIfAborted(context.signal)
    const sum = new Sha256Stream()
    let length = 0
    const count = (bytes: Uint8Array) => {
      sum.update(bytes)
      length += bytes.length
    }
    const { name, bytes, ...facts } = file
    if (typeof bytes === 'string' || bytes instanceof Uint8Array) {
      count(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes)
      yield { name, bytes }
    } else {
      yield { name, bytes: passing(bytes, count) }
    }
    listed.push({ ...facts, path: name, bytes: length, sha256: sum.digest() })
  }

  for await (const file of request.rasterFiles) {
    yield* checked(file)
    for (const style of stylesBeside([file.name])) {
      const title = `${file.title}: style for QGIS`
      yield* checked({
        ...style,
        key: `${file.key}-style`,
        title,
        mediaType: 'application/xml',
        roles: ['style'],
      })
    }
  }

  const picture = new MapPicture(await layOutMap(rasters))
  const pixels = new PixelCount()
  const watched = rasters.map((raster, index) =>
    watchedOnce(raster, (top, count, rows) => {
      picture.addRows(index, raster, top, count, rows)
      pixels.addRows(raster, rows)
    }),
  )
  const landslides = new InventoryCount()
  const layers = await inventoryLayers(watched, {
    options: facts.options,
    audits,
    context: overPasses(rasters, ['gpkg'], context),
    onSummary: (_, summary) => landslides.addSummary(summary),
  })
  yield* checked({
    key: 'inventory',
    name: GEOPACKAGE,
    bytes: await writeGeoPackage(
      layers.map(layer => counted(layer, landslides)),
      { at: facts.at, signal: context.signal },
    ),
    title: 'Polygons with attributes, and what was analysed',
    mediaType: 'application/geopackage+sqlite3',
    roles: ['data', 'labels'],
  })
  for (const file of tables(request)) yield* checked(file)

  for (const [index, raster] of rasters.entries()) {
    const step = picture.stepOf(index, raster)
    if (!request.looks || step === null) continue
    for await (const look of request.looks(index, step)) {
      throwIfAborted(context.signal)
      picture.addLook(index, raster, look)
    }
  }
  const { totals } = landslides
  const map = {
    svg: await mapFigure(picture.layout, dataAddress(picture.png())),
    ground: picture.shows,
    shown: picture.layout.places.filter(Boolean).length,
  }
  const inOrder = [...listed.filter(({ grid }) => !grid), ...listed.filter(({ grid }) => grid)]
  const withStyles = inOrder.filter(({ roles }) => !roles.includes('style'))
  yield* checked({
    key: 'report',
    name: 'report.html',
    bytes: evidenceReport({ facts, rasters, totals, pixels: pixels.pixels, map, files: withStyles }),
    title: 'Report of two pages',
    mediaType: 'text/html',
    roles: ['overview', 'metadata'],
  })
  const counts = [...totals.verdicts].map(([name, count]) => ({ name, count }))
  const item = await bundleItem(request, listed, counts)
  yield* checked({
    key: 'item',
    name: 'item.json',
    bytes: `${JSON.stringify(item, null, 2)}\n`,
    title: 'STAC item',
    mediaType: 'application/geo+json',
    roles: ['metadata'],
  })
  yield { name: 'SHA256SUMS', bytes: listed.map(({ sha256, path }) => `${sha256}  ${path}\n`).join('') }
}

async function* passing(
  pieces: AsyncIterable<Uint8Array>,
  count: (bytes: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    count(piece)
    yield piece
  }
}

export const PLANES = {
  mask: {
    title: 'Mask',
    band: {
      name: 'landslide',
      description: '0 background, 1 landslide, 255 not analysed',
      type: 'uint8',
      nodata: 255,
    },
  },
  prob: {
    title: 'Probability of landslide',
    band: { name: 'probability', description: 'Probability of landslide; bytes of 1/250 or 0 to 1' },
  },
  disagreement: {
    title: 'Disagreement of the networks',
    band: {
      name: 'disagreement',
      description: 'Largest minus smallest probability; bytes of 1/250 or 0 to 1',
    },
  },
} as const

/**
 * A file of an export as the bundle has it: "a_mask.tif" of the raster "a", and so on.
 *
 * @throws AppError `internal` for a name that no export has
 */
export function rasterFile(file: LeavingFile, rasters: readonly InventoryRaster[]): BundleFile {
  const [, stem, plane] = /^(.*)_(mask|prob|disagreement)\.tif$/s.exec(file.name) ?? []
  const index = rasters.findIndex(({ name }) => name === stem)
  const raster = rasters[index]
  if (!raster || !plane) throw new AppError('internal', `"${file.name}" is no file of these masks.`)
  const { title, band } = PLANES[plane as keyof typeof PLANES]
  const what = rasters.length === 1 ? title : `${title}, ${raster.name}`
  const key = rasters.length === 1 ? plane : `${plane}-${index + 1}`
  const name = `${RASTER_FOLDER}/${file.name}`
  const { width, height, georeference } = raster
  const grid = { crs: georeference?.crs ?? null, transform: georeference?.transform ?? null, width, height }
  return { ...file, name, key, title: what, mediaType: COG_TYPE, roles: ['data'], grid, band }
}

/** A raster whose rows are shown to `watch`, each once, however often they are read. */
function watchedOnce(
  raster: InventoryRaster,
  watch: (top: number, count: number, rows: Awaited<ReturnType<InventoryRaster['rows']>>) => void,
): InventoryRaster {
  let next = 0
  return {
    ...raster,
    async rows(top, count, signal) {
      const rows = await raster.rows(top, count, signal)
      if (top === next) {
        watch(top, count, rows)
        next = top + count
      }
      return rows
    },
  }
}

/** A layer whose landslides are counted as they are read. */
function counted(layer: VectorLayer, count: InventoryCount): VectorLayer {
  if (!layer.name.startsWith('landslides')) return layer
  return {
    ...layer,
    async *features() {
      for await (const feature of layer.features()) {
        count.add(feature.values)
        yield feature
      }
    },
  }
}

/** What is not a picture: accuracy, audits, journal, networks. */
function* tables({ facts, journal }: BundleRequest): Generator<BundleFile> {
  const { audits, models, rounds } = facts
  if (audits.length > 0) {
    yield {
      key: 'accuracy',
      name: 'accuracy.csv',
      bytes: accuracyCsv(audits),
      title: 'Accuracy with 95 % intervals',
      mediaType: 'text/csv',
      roles: ['metadata'],
    }
    yield {
      key: 'audits',
      name: 'audits.json',
      bytes: json(audits.map(({ record }) => record)),
      title: 'Points, seeds and answers of the audits',
      mediaType: 'application/json',
      roles: ['metadata'],
    }
  }
  if (journal !== null) {
    yield {
      key: 'journal',
      name: 'journal.jsonl',
      bytes: journal,
      title: 'Who did what and when',
      mediaType: 'application/jsonl',
      roles: ['metadata'],
    }
  }
  if (models.length > 0) {
    yield {
      key: 'models',
      name: 'models.json',
      bytes: json({ models, rounds }),
      title: 'Networks and rounds',
      mediaType: 'application/json',
      roles: [MODEL_ROLE, 'metadata'],
    }
  }
}

function json(content: unknown): string {
  return `${JSON.stringify(content, null, 2)}\n`
}

async function bundleItem(
  { facts, rasters }: BundleRequest,
  files: readonly StacFile[],
  counts: { name: string; count: number }[],
): Promise<Record<string, unknown>> {
  const origins = rasters.flatMap(raster => raster.origins)
  const hasHand = origins.some(({ state }) => state !== 'predicted')
  const sources = uniqueSources(rasters)
  const landslides = counts.reduce((sum, { count }) => sum + count, 0)
  return stacItem({
    id: safeFileName(facts.title, 'inventory').replace(/[^\w-]+/g, '-'),
    title: facts.title,
    description: `Inventory of ${plural(landslides, 'landslide')} with the evidence that it rests on.`,
    at: facts.at,
    software: { Scarp: facts.version },
    footprint: await footprintOf(rasters),
    sensed: sources.flatMap(({ sensed }) => (sensed && isDateTime(sensed) ? [sensed] : [])),
    counts,
    lineage: lineageOf(facts, hasHand),
    sources: sources.map(({ id }) => id),
    methods: [
      ...(facts.models.length > 0 ? (['automatic'] as const) : []),
      ...(hasHand ? (['manual'] as const) : []),
    ],
    models: facts.models.map(({ id, architecture }) => ({
      id,
      architecture: architecture ?? 'not recorded',
    })),
    files,
  })
}

export function isDateTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)
}

function lineageOf({ models, audits, options }: EvidenceFacts, hasHand: boolean): string {
  const isExact = Object.entries(EXACT).every(
    ([name, value]) => options[name as keyof typeof options] === value,
  )
  return [
    models.length > 0 ? `Predicted by ${plural(models.length, 'network')}.` : 'Not predicted by networks.',
    hasHand ? 'Masks were judged or drawn by people.' : 'Masks were not reviewed.',
    isExact
      ? 'Polygons follow pixel edges exactly.'
      : `Polygons: minimum area ${options.minimumArea}, holes filled up to ${options.fillHoles}, simplified by ${options.simplify} pixels.`,
    audits.length > 0 ? 'Audited by points.' : 'Not audited.',
  ].join(' ')
}

/** More polygons than these become their box: a catalogue needs no more. */
const MOST_FOOTPRINTS = 200

const WGS84 = { crs: 'EPSG:4326', geoKeys: null }

/** Areas of rasters in WGS 84; null where one of them has no place. */
export async function footprintOf(
  rasters: readonly Pick<InventoryRaster, 'name' | 'width' | 'height' | 'georeference' | 'area'>[],
): Promise<Polygon[] | null> {
  const polygons: Polygon[] = []
  const target = await projectionOf(WGS84, 'the footprint')
  for (const { name, width, height, georeference, area } of rasters) {
    if (!georeference?.crs || !georeference.transform) return null
    const move = await pointTransform(await projectionOf(georeference, name), target)
    const [x, xColumn, xRow, y, yColumn, yRow] = georeference.transform
    const outline: Polygon = [[0, 0, 0, height, width, height, width, 0]]
    for (const polygon of area ?? [outline]) {
      polygons.push(
        polygon.map(ring => {
          const moved: number[] = []
          for (let i = 0; i < ring.length; i += 2) {
            const [column, row] = [ring[i]!, ring[i + 1]!]
            moved.push(...move(x + column * xColumn + row * xRow, y + column * yColumn + row * yRow))
          }
          return moved
        }),
      )
    }
  }
  if (polygons.flat(2).some(degrees => !Number.isFinite(degrees))) return null
  if (polygons.length <= MOST_FOOTPRINTS) return polygons
  const [left, bottom, right, top] = boxOf(polygons.flat())
  return [[[left, bottom, right, bottom, right, top, left, top]]]
}

/** A PNG as an address that holds it. */
function dataAddress(png: Uint8Array): string {
  const STEP = 0x8000
  let binary = ''
  for (let at = 0; at < png.length; at += STEP) binary += String.fromCharCode(...png.subarray(at, at + STEP))
  return `data:image/png;base64,${btoa(binary)}`
}
