import { type PlacedRow, placedRows } from '../export/mosaic'
import { throwIfAborted } from '../foundation/appError'
import { safeFileNames } from '../foundation/fileNames'
import {
  ELSEWHERE,
  type InventoryRaster,
  type InventoryRows,
  type InventorySource,
  type MaskOrigin,
} from '../inventory/inventory'
import { type SharedGround, sharedGround } from '../inventory/oneGround'
import { DEM_BAND, SLOPE_BAND } from '../patches/bands'
import { IGNORE } from '../patches/patch'
import type { ProjectReader } from '../project/projectReader'
import type { PixelWindow } from '../raster/rasterSource'
import { GroundOnce } from '../review/groundOnce'
import type { PatchRecord } from '../review/records'
import { ENSEMBLE } from '../rounds/ensemble'
import type { RoundRecord } from '../rounds/round'
import type { Polygon } from '../scenes/polygons'
import type { SceneRecord } from '../scenes/sceneRecord'
import { type AskedMask, askedMasks, hasMask, readAskedMask } from './exportedMask'
import { groundParts } from './groundOfMasks'
import { cellsOf, planMosaics, type SceneMosaic, withinArea } from './sceneMosaics'
import { uncertaintyOf } from './uncertainty'

type Store = Pick<
  ProjectReader,
  'patch' | 'patches' | 'scenes' | 'history' | 'rounds' | 'readMask' | 'readProbability' | 'readPixelWindow'
>

/** A raster of a project, and which part of it is of which patch. */
export interface ProjectRaster extends InventoryRaster {
  patches: readonly { record: PatchRecord; window: PixelWindow }[]
}

/** What an inventory of a project is made of. */
export interface ProjectRasters {
  rasters: ProjectRaster[]
  /** What was asked for, with and without a mask. */
  asked: AskedMask[]
  mosaics: SceneMosaic[]
  /** Which rasters show the same ground. */
  shared: SharedGround
}

/**
 * What inventories of a project are made of, in the order of its exported masks: a patch by itself is a raster, named as
 * its file of the mask; the cells of a scene are one. Those without a mask are left out. Ground that several rasters show is
 * in one of them alone (`groundOfMasks`), and `ELSEWHERE` in the masks of the others. Nothing of the pixels is read before
 * rows are asked for; in memory are then the rows, and the cells that reach further down.
 *
 * @param patchIds cells among them, of any number of scenes
 * @param threshold of masks that were neither painted nor judged
 * @param mosaics "event": the scenes on one grid are one raster, where they overlap as in an exported mosaic
 */
export async function planRasters(
  store: Store,
  patchIds: readonly string[],
  threshold: number,
  signal?: AbortSignal,
  mosaics: 'scene' | 'event' = 'scene',
): Promise<ProjectRasters> {
  const asked = await askedMasks(store, patchIds, threshold)
  const present = asked.filter(hasMask)
  const patches = present.filter(({ record }) => !record.cell)
  const cells = present.filter(({ record }) => record.cell)
  const planned = await planMosaics(store, cells, mosaics, signal)
  const rounds = await store.rounds()
  const names = safeFileNames([
    ...patches.map(({ record }) => record.name),
    ...planned.map(({ name }) => name),
  ])
  const mosaicOf = new Map(
    planned.flatMap(({ grid }, at) => grid.members.map(({ place: { scene } }) => [scene.id, `mosaic ${at}`])),
  )
  const parts =
    patches.length + planned.length > 1
      ? await groundParts(store, present, threshold, id => mosaicOf.get(id)!)
      : []
  const ground = await GroundOnce.of(parts)
  const shared = { store, threshold, rounds, ground }
  const rasters = [
    ...patches.map((one, at) => patchRaster(shared, one, names[at]!)),
    ...planned.map((mosaic, at) => mosaicRaster(shared, mosaic, names[patches.length + at]!)),
  ]
  const nameOf = new Map(
    rasters.flatMap(({ name, patches }) => patches.map(({ record }) => [record.id, name])),
  )
  return {
    rasters,
    asked,
    mosaics: planned,
    shared: await sharedGround(parts, ground, id => nameOf.get(id)!),
  }
}

/** What the rasters of a project have in common. */
interface RasterFacts {
  store: Store
  threshold: number
  rounds: readonly RoundRecord[]
  ground: GroundOnce
}

function patchRaster(facts: RasterFacts, one: AskedMask, name: string): ProjectRaster {
  const { record } = one
  const { width, height, georeference } = record
  const window = { column: 0, row: 0, width, height }
  return {
    name,
    width,
    height,
    georeference,
    area: null,
    sources: [{ id: record.name, kind: null, sensed: null, tile: null }],
    elevationSource: `DEM band of ${baseName(record.path)}`,
    origins: [originOf(one, window, facts.rounds)],
    patches: [{ record, window }],
    ...rowsOf(facts, width, [{ one, window, rank: 0, inside: () => null }]),
  }
}

function mosaicRaster(facts: RasterFacts, { grid }: SceneMosaic, name: string): ProjectRaster {
  const cells = cellsOf(grid)
  const scenes = grid.members.map(({ place }) => place.scene)
  const elevation = new Set(scenes.flatMap(({ recipe }) => recipe.elevation.map(baseName)))
  return {
    name,
    width: grid.width,
    height: grid.height,
    georeference: grid.georeference,
    area: areaOf(grid),
    sources: scenes.map(sourceOf),
    elevationSource: elevation.size > 0 ? [...elevation].join(', ') : null,
    origins: cells.map(({ one, window }) => originOf(one, window, facts.rounds)),
    patches: cells.map(({ one, window }) => ({ record: one.record, window })),
    ...rowsOf(facts, grid.width, cells),
  }
}

const baseName = (path: string) => path.split('/').at(-1)!

function sourceOf({ name, level, sensed, tile }: SceneRecord): InventorySource {
  return { id: name, kind: level && `Sentinel-2 ${level}`, sensed, tile }
}

/** In pixels of the mosaic; a scene without an area is asked for as a whole. */
function areaOf({ members }: SceneMosaic['grid']): Polygon[] | null {
  if (members.length === 1 && !members[0]!.place.scene.area) return null
  return members.flatMap(({ place: { scene }, window }) => {
    const { column, row, width, height } = window
    if (!scene.area) {
      return [[[column, row, column, row + height, column + width, row + height, column + width, row]]]
    }
    const [across, down] = [column - scene.window.column, row - scene.window.row]
    const moved = (ring: readonly number[]) => ring.map((at, i) => at + (i % 2 === 0 ? across : down))
    return scene.area.polygons.map(polygon => polygon.map(moved))
  })
}

function originOf(
  { provenance }: AskedMask,
  window: PixelWindow,
  rounds: readonly RoundRecord[],
): MaskOrigin {
  const { state, at, verdict, label, file } = provenance
  // What a mask was read from or given as, no network made.
  const prediction = label || file ? null : provenance.prediction
  const id = prediction?.roundId ?? null
  const round = rounds.find(one => one.id === id)
  return {
    window,
    state,
    reviewer: verdict?.reviewer ?? null,
    at,
    round: round ? String(round.index) : id,
    models: prediction?.models?.map(model => model.id) ?? [],
    threshold: prediction && provenance.threshold,
  }
}

/** A patch in a raster, as `PlacedCell` has cells. */
interface Piece {
  one: AskedMask
  window: PixelWindow
  rank: number
  inside(): Uint8Array | null
}

/**
 * Rows of a raster from its pieces, each of which is read once a pass. Where pieces overlap, all planes are those of the
 * piece whose mask counts.
 */
function rowsOf(
  facts: RasterFacts,
  width: number,
  pieces: readonly Piece[],
): Required<Pick<InventoryRaster, 'rows' | 'maskRows'>> {
  const networks = pieces.map(({ one }) => one.record.predictedBy?.length ?? 0)
  const all: Planes = {
    probability: networks.some(count => count > 0),
    disagreement: networks.some(count => count > 1),
    ground: true,
  }
  const mask = layRows(facts, width, pieces, MASK_ALONE)
  return {
    rows: layRows(facts, width, pieces, all),
    async maskRows(top, count, signal) {
      return (await mask(top, count, signal)).mask
    },
  }
}

/** Which planes are read besides the mask. */
interface Planes {
  probability: boolean
  disagreement: boolean
  ground: boolean
}

const MASK_ALONE: Planes = { probability: false, disagreement: false, ground: false }

function layRows(
  facts: RasterFacts,
  width: number,
  pieces: readonly Piece[],
  planes: Planes,
): InventoryRaster['rows'] {
  const placed = placedRows(width, pieces, piece => readPiece(facts, piece, planes))
  return async (top, count, signal) => {
    const plane = (there: boolean) => (there ? new Float32Array(width * count).fill(Number.NaN) : null)
    const rows: InventoryRows = {
      mask: new Uint8Array(width * count).fill(IGNORE),
      probability: plane(planes.probability),
      disagreement: plane(planes.disagreement),
      elevation: plane(planes.ground),
      slope: plane(planes.ground),
    }
    throwIfAborted(signal)
    for await (const row of placed(top, count)) {
      lay(row, rows)
      throwIfAborted(signal)
    }
    return rows
  }
}

async function readPiece(
  { store, threshold, ground: owners }: RasterFacts,
  { one, window: { width, height }, inside }: Piece,
  planes: Planes,
): Promise<InventoryRows> {
  const { id, cell } = one.record
  const pixels = width * height
  const whole = { column: 0, row: 0, width, height }
  // Of a scene's pixels without data the probability is NaN; of a patch, `valid` says which they are.
  const ground =
    planes.ground || !cell
      ? await store.readPixelWindow(id, whole, planes.ground ? [DEM_BAND, SLOPE_BAND] : [])
      : null
  if (ground?.valid && planes.ground) {
    const { data, valid } = ground
    for (let i = 0; i < pixels; i++) if (valid[i] === 0) data[i] = data[pixels + i] = Number.NaN
  }
  const probability = planes.probability ? await store.readProbability(id, ENSEMBLE) : null
  const known = planes.probability
    ? { readMask: store.readMask, readProbability: async () => probability }
    : store
  const mask = await readAskedMask(known, one, threshold, cell ? null : (ground?.valid ?? null))
  const area = inside()
  const within = !mask ? new Uint8Array(pixels).fill(IGNORE) : area ? withinArea(mask, area) : mask
  const covered = await owners.coveredOf(id)
  return {
    // Also where it says nothing itself: the owner does.
    mask: covered ? within.map((value, i) => (covered[i] === 1 ? ELSEWHERE : value)) : within,
    probability,
    disagreement: planes.disagreement ? await uncertaintyOf(store, id, 'disagreement') : null,
    elevation: planes.ground ? ground!.data.subarray(0, pixels) : null,
    slope: planes.ground ? ground!.data.subarray(pixels) : null,
  }
}

const VALUES = ['probability', 'disagreement'] as const

const GROUND = ['elevation', 'slope'] as const

/** Lays a row of a piece over what is there. */
function lay({ read, from, to, length }: PlacedRow<InventoryRows>, rows: InventoryRows): void {
  for (let x = 0; x < length; x++) {
    const counts = read.mask[from + x] !== IGNORE
    if (counts) {
      rows.mask[to + x] = read.mask[from + x]!
      for (const name of VALUES) {
        const plane = rows[name]
        if (plane) plane[to + x] = read[name]?.[from + x] ?? Number.NaN
      }
    }
    // There is ground beyond the mask: slopes of its border are made of what lies outside.
    for (const name of GROUND) {
      const plane = rows[name]
      if (!plane) continue
      if (counts || Number.isNaN(plane[to + x]!)) plane[to + x] = read[name]![from + x]!
    }
  }
}
