import { throwIfAborted } from '../../core/foundation/appError'
import { type JobContext, yieldToEventLoop } from '../../core/foundation/job'
import { BACKGROUND, IGNORE, LANDSLIDE } from '../../core/patches/patch'
import { pixelSizeOf } from '../../core/raster/pixelSize'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { type AskedMask, askedMasks, readAskedMask } from '../../core/results/exportedMask'
import { groundOfMasks } from '../../core/results/groundOfMasks'
import { uncertaintyOf } from '../../core/results/uncertainty'
import { auditStrata, countStrata, drawPoints, NO_STRATUM, placePoints } from '../../core/review/auditDraw'
import type { GroundOnce } from '../../core/review/groundOnce'
import type { AuditPoint } from '../../core/review/pointAudit'
import { areaMask } from '../../core/scenes/polygons'
import type { ProjectStore } from '../../storage/projectStore'
import type { AuditedPixels, FilesApi } from '../protocol'

type Stored = Pick<
  ProjectStore,
  'patches' | 'patch' | 'scenes' | 'history' | 'readMask' | 'readProbability' | 'readPixelWindow'
>

/**
 * First pass: how many pixels of each stratum the patches have, ground that several of them show counted once. One patch at
 * a time is in memory, and what is known of some that overlap.
 *
 * @throws AppError `aborted`
 */
export async function countAudited(
  store: Stored,
  { patchIds, threshold, disagreementFrom }: FilesApi['countAudited']['request'],
  { signal, onProgress }: JobContext,
): Promise<FilesApi['countAudited']['result']> {
  const asked = await askedMasks(store, patchIds, threshold)
  const maps = await OwnMaps.of(store, asked, threshold)
  const patches: AuditedPixels[] = []
  const missing: string[] = []
  let sharedPixels = 0
  for (const [index, one] of asked.entries()) {
    throwIfAborted(signal)
    onProgress?.({ label: `Reading ${one.record.name}`, done: index, total: asked.length })
    const map = await maps.read(one, disagreementFrom)
    if (map) {
      sharedPixels += map.shared
      const { id, georeference, width, height } = one.record
      const { size } = pixelSizeOf(georeference, width, height)
      patches.push({
        patchId: id,
        strata: countStrata(map.strata),
        landslides: map.mask.reduce((sum, value) => sum + Number(value === LANDSLIDE), 0),
        pixelArea: size && size.width * size.height,
      })
    } else missing.push(one.record.name)
    await yieldToEventLoop()
  }
  onProgress?.({ label: 'Reading masks', done: asked.length, total: asked.length })
  return { patches, missing, sharedPixels }
}

/**
 * Second pass: draws points from what was counted, and finds them on the patches that they fell on.
 *
 * @throws AppError `aborted`; `bad-argument` where the map changed since it was counted
 */
export async function drawAudited(
  store: Stored,
  { patches, sizes, seed, threshold, disagreementFrom }: FilesApi['drawAudited']['request'],
  { signal, onProgress }: JobContext,
): Promise<FilesApi['drawAudited']['result']> {
  const counts = new Map(patches.map(({ patchId, strata }) => [patchId, strata]))
  const drawn = drawPoints(counts, sizes, seed)
  const points: AuditPoint[] = []
  const all = await askedMasks(store, [...counts.keys()], threshold)
  const maps = await OwnMaps.of(store, all, threshold)
  const asked = all.filter(({ record }) => drawn.has(record.id))
  for (const [index, one] of asked.entries()) {
    throwIfAborted(signal)
    onProgress?.({ label: `Drawing from ${one.record.name}`, done: index, total: asked.length })
    const map = await maps.read(one, disagreementFrom)
    const { id, width } = one.record
    const placed = placePoints(id, drawn.get(id)!, map?.strata ?? new Uint8Array(0), width)
    for (const point of placed) {
      points.push({ ...point, mapped: map!.mask[point.row * width + point.column] === LANDSLIDE })
    }
    await yieldToEventLoop()
  }
  onProgress?.({ label: 'Drawing points', done: asked.length, total: asked.length })
  return { points: points.sort((a, b) => a.number - b.number) }
}

/**
 * What the map says now at points: null where it says nothing, or the patch is gone.
 *
 * @throws AppError `aborted`
 */
export async function mapAtPoints(
  store: Stored,
  { points, threshold }: FilesApi['mapAtPoints']['request'],
  { signal }: JobContext,
): Promise<FilesApi['mapAtPoints']['result']> {
  const classes = points.map((): 0 | 1 | null => null)
  const byPatch = new Map<string, number[]>()
  for (const [index, { patchId }] of points.entries()) {
    byPatch.set(patchId, [...(byPatch.get(patchId) ?? []), index])
  }
  for (const one of await askedMasks(store, [...byPatch.keys()], threshold)) {
    throwIfAborted(signal)
    const mask = await readAskedMask(store, one, threshold, null)
    for (const index of byPatch.get(one.record.id)!) {
      const { column, row } = points[index]!
      const value = mask?.[row * one.record.width + column]
      if (value === LANDSLIDE) classes[index] = 1
      else if (value === BACKGROUND) classes[index] = 0
    }
    await yieldToEventLoop()
  }
  return { classes }
}

/** The mask as shown and its strata; a pixel that another patch owns, or outside the area of interest, is in no stratum. */
interface OwnMap {
  mask: Uint8Array
  strata: Uint8Array
  /** Pixels that another patch owns. */
  shared: number
}

/** The maps of patches, each place on the ground in one of them alone (`groundOfMasks`). */
class OwnMaps {
  private constructor(
    private readonly store: Stored,
    private readonly threshold: number,
    private readonly ground: GroundOnce,
    /** Of scenes that have an area of interest, which pixels of a window lie inside. */
    private readonly areas: ReadonlyMap<string, (window: PixelWindow) => Uint8Array>,
  ) {}

  static async of(store: Stored, asked: readonly AskedMask[], threshold: number): Promise<OwnMaps> {
    const scenes = await store.scenes()
    const areas = new Map(scenes.flatMap(({ id, area }) => (area ? [[id, areaMask(area.polygons)]] : [])))
    return new OwnMaps(store, threshold, await groundOfMasks(store, asked, threshold), areas)
  }

  /** null: the patch has no mask. */
  async read(one: AskedMask, disagreementFrom: number | null): Promise<OwnMap | null> {
    const map = await readMap(this.store, one, this.threshold, disagreementFrom)
    if (!map) return null
    const { id, cell } = one.record
    const inside = cell && this.areas.get(cell.sceneId)?.(cell.window)
    const covered = await this.ground.coveredOf(id)
    let shared = 0
    for (let i = 0; i < map.mask.length; i++) {
      const isOutside = inside?.[i] === 0
      if (!isOutside && covered?.[i] !== 1) continue
      if (!isOutside && map.strata[i] !== NO_STRATUM) shared++
      map.strata[i] = NO_STRATUM
      map.mask[i] = IGNORE
    }
    return { ...map, shared }
  }
}

/** The mask as shown and its strata; null: there is none. */
async function readMap(
  store: Stored,
  asked: AskedMask,
  threshold: number,
  disagreementFrom: number | null,
): Promise<{ mask: Uint8Array; strata: Uint8Array } | null> {
  const mask = await readAskedMask(store, asked, threshold, null)
  if (!mask) return null
  const disagreement =
    disagreementFrom === null ? null : await uncertaintyOf(store, asked.record.id, 'disagreement')
  const { id, width, height } = asked.record
  // Where there is no data nobody can judge, whatever was painted there. No band is read.
  const { valid } = await store.readPixelWindow(id, { column: 0, row: 0, width, height }, [])
  return { mask, strata: auditStrata({ mask, disagreement, valid }, disagreementFrom) }
}
