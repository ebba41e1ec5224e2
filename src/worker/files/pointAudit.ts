import { throwIfAborted } from '../../core/foundation/appError'
import { type JobContext, yieldToEventLoop } from '../../core/foundation/job'
import { BACKGROUND, IGNORE, LANDSLIDE } from '../../core/patches/patch'
import { pixelSizeOf } from '../../core/raster/pixelSize'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { type AskedMask, askedMasks, readAskedMask } from '../../core/results/exportedMask'
import { maskRank } from '../../core/results/sceneMosaics'
import { uncertaintyOf } from '../../core/results/uncertainty'
import { auditStrata, countStrata, drawPoints, NO_STRATUM, placePoints } from '../../core/review/auditDraw'
import type { AuditPoint } from '../../core/review/pointAudit'
import type { PatchRecord } from '../../core/review/records'
import { earlierOnGround, type GroundPlace, markCovered } from '../../core/review/sharedGround'
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
  const maps = await GroundOnce.of(store, asked, threshold)
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
  const maps = await GroundOnce.of(store, all, threshold)
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

/** Of what is known of patches that others overlap. */
const KNOWN_BYTES = 64 * 2 ** 20

/**
 * The maps of patches, each place on the ground in one of them alone: in that whose mask counts in an exported mosaic (a
 * judged one before a painted, that before a prediction, then the scene that was taken later), else in the first of the
 * project. Where that one says nothing (no data, ignored), the next one counts.
 */
class GroundOnce {
  private readonly known = new Map<string, Uint8Array>()
  private knownBytes = 0

  private constructor(
    private readonly store: Stored,
    private readonly threshold: number,
    private readonly asked: ReadonlyMap<string, AskedMask>,
    private readonly earlier: ReadonlyMap<string, readonly GroundPlace[]>,
    /** Of scenes that have an area of interest, which pixels of a window lie inside. */
    private readonly areas: ReadonlyMap<string, (window: PixelWindow) => Uint8Array>,
  ) {}

  static async of(store: Stored, asked: readonly AskedMask[], threshold: number): Promise<GroundOnce> {
    const scenes = await store.scenes()
    const sensed = new Map(scenes.map(scene => [scene.id, scene.sensed ?? '']))
    const areas = new Map(scenes.flatMap(({ id, area }) => (area ? [[id, areaMask(area.polygons)]] : [])))
    const taken = ({ record: { cell } }: AskedMask) => sensed.get(cell?.sceneId ?? '') ?? ''
    const owners = [...asked].sort(
      (a, b) => maskRank(b) - maskRank(a) || (taken(a) < taken(b) ? 1 : taken(a) > taken(b) ? -1 : 0),
    )
    const earlier = await earlierOnGround(owners.map(({ record }) => placeOf(record)))
    const byId = new Map(asked.map(one => [one.record.id, one]))
    return new GroundOnce(store, threshold, byId, earlier, areas)
  }

  /** null: the patch has no mask. */
  async read(one: AskedMask, disagreementFrom: number | null): Promise<OwnMap | null> {
    const map = await this.readInside(one, disagreementFrom)
    const earlier = this.earlier.get(one.record.id) ?? []
    if (!map || earlier.length === 0) return map && { ...map, shared: 0 }
    const covered = new Uint8Array(map.mask.length)
    for (const other of earlier) {
      const known = await this.knownOf(other.id)
      if (known) await markCovered(placeOf(one.record), other, known, covered)
    }
    let shared = 0
    for (const [i, isCovered] of covered.entries()) {
      if (isCovered === 0) continue
      if (map.strata[i] !== NO_STRATUM) shared++
      map.strata[i] = NO_STRATUM
      map.mask[i] = IGNORE
    }
    return { ...map, shared }
  }

  /** Outside a scene's area of interest the map says nothing, as in its exported mosaic. */
  private async readInside(
    one: AskedMask,
    disagreementFrom: number | null,
  ): Promise<Pick<OwnMap, 'mask' | 'strata'> | null> {
    const map = await readMap(this.store, one, this.threshold, disagreementFrom)
    const { cell } = one.record
    const inside = cell && this.areas.get(cell.sceneId)?.(cell.window)
    if (!map || !inside) return map
    for (const [i, isInside] of inside.entries()) {
      if (isInside !== 0) continue
      map.strata[i] = NO_STRATUM
      map.mask[i] = IGNORE
    }
    return map
  }

  /** [height, width]: 0 where the map of a patch says nothing; null: it has none. */
  private async knownOf(id: string): Promise<Uint8Array | null> {
    const held = this.known.get(id)
    if (held) return held
    const map = await this.readInside(this.asked.get(id)!, null)
    if (!map) return null
    const known = map.strata.map(stratum => Number(stratum !== NO_STRATUM))
    this.known.set(id, known)
    this.knownBytes += known.length
    for (const [oldest, { length }] of this.known) {
      if (this.knownBytes <= KNOWN_BYTES || oldest === id) break
      this.known.delete(oldest)
      this.knownBytes -= length
    }
    return known
  }
}

function placeOf({ id, width, height, georeference, cell }: PatchRecord): GroundPlace {
  return { id, width, height, georeference, sceneId: cell?.sceneId ?? null }
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
