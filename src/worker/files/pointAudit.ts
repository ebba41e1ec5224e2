import { throwIfAborted } from '../../core/foundation/appError'
import { type JobContext, yieldToEventLoop } from '../../core/foundation/job'
import { BACKGROUND, LANDSLIDE } from '../../core/patches/patch'
import { pixelSizeOf } from '../../core/raster/pixelSize'
import { auditStrata, countStrata, drawPoints, placePoints } from '../../core/review/auditDraw'
import type { AuditPoint } from '../../core/review/pointAudit'
import type { ProjectStore } from '../../storage/projectStore'
import type { AuditedPixels, FilesApi } from '../protocol'
import { type AskedMask, askedMasks, readAskedMask } from './exportedMask'
import { uncertaintyOf } from './uncertainty'

type Stored = Pick<
  ProjectStore,
  'patches' | 'patch' | 'history' | 'readMask' | 'readProbability' | 'readPixelWindow'
>

/**
 * First pass: how many pixels of each stratum the patches have. One patch at a time is in memory.
 *
 * @throws AppError `aborted`
 */
export async function countAudited(
  store: Stored,
  { patchIds, threshold, disagreementFrom }: FilesApi['countAudited']['request'],
  { signal, onProgress }: JobContext,
): Promise<FilesApi['countAudited']['result']> {
  const asked = await askedMasks(store, patchIds, threshold)
  const patches: AuditedPixels[] = []
  const missing: string[] = []
  for (const [index, one] of asked.entries()) {
    throwIfAborted(signal)
    onProgress?.({ label: `Reading ${one.record.name}`, done: index, total: asked.length })
    const map = await readMap(store, one, threshold, disagreementFrom)
    if (map) {
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
  return { patches, missing }
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
  const asked = await askedMasks(store, [...drawn.keys()], threshold)
  for (const [index, one] of asked.entries()) {
    throwIfAborted(signal)
    onProgress?.({ label: `Drawing from ${one.record.name}`, done: index, total: asked.length })
    const map = await readMap(store, one, threshold, disagreementFrom)
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
