import { AppError, toAppError } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import { readPatchPixels } from '../../core/patches/readPatch'
import { refuseOtherGrid } from '../../core/patches/sameGrid'
import { statisticsOf } from '../../core/patches/statistics'
import { blobInput } from '../../core/raster/inputFile'
import type { RasterSource } from '../../core/raster/rasterSource'
import type { OpenRaster } from '../../core/raster/rasterThread'
import type { PatchRecord } from '../../core/review/records'
import type { ProjectStore } from '../../storage/projectStore'
import type { FilesApi } from '../protocol'
import { contentKey, patchIdentity } from './patchAdder'

type Replacement = FilesApi['readReplacement']

type Store = Pick<ProjectStore, 'patch' | 'patches' | 'removedPatches' | 'readPixels' | 'putPatch'>

/**
 * Reads a file that is to take the place of a patch's, and stores it as a removed patch, to be shown when it is settled
 * what becomes of the former one. Name, place in the list, label, note and what it is for are those of the patch.
 */
export async function readReplacement(
  store: Store,
  openRaster: OpenRaster,
  { patchId, path, file }: Replacement['request'],
  { signal, onProgress }: JobContext,
): Promise<Replacement['result']> {
  const former = await store.patch(patchId)
  onProgress?.({ label: `Reading ${path}`, done: 0, total: 1 })
  const raster = await openRaster(blobInput(path, file), { signal })
  refuseOtherGrid(former, raster)
  const { data, valid, scale, remarks } = await readInScaleOf(former, raster, signal)
  const { width, height } = former
  const known = [...(await store.patches()), ...(await store.removedPatches())]
  const taken = new Set(known.map(({ id }) => id))
  const identity = await patchIdentity({ name: former.name, width, height, data })
  const twin = known.find(one => !one.removed && contentKey(one.id) === contentKey(identity))
  if (twin) {
    const whose = twin.id === former.id ? `${former.name} has already` : `${twin.path}, a patch already, has`
    throw new AppError('bad-argument', `"${path}" holds the same pixels that ${whose}: nothing to replace.`)
  }
  const patch: PatchRecord = {
    id: freeId(identity, taken),
    order: former.order,
    name: former.name,
    path,
    domain: former.domain,
    width,
    height,
    hasLabel: former.hasLabel,
    heldOut: former.heldOut,
    scale,
    georeference: raster.georeference ?? former.georeference,
    problems: [...raster.notes, ...remarks],
    statistics: statisticsOf({ data, valid, width, height }),
    removed: true,
    ...(former.note && { note: former.note }),
  }
  const label = former.hasLabel ? (await store.readPixels(patchId)).label : null
  await store.putPatch(patch, { data, valid, label })
  return { patch }
}

/** In the scale that its values show, else in that of the patch: they are of one product, as a rule. */
async function readInScaleOf(
  { scale }: PatchRecord,
  raster: RasterSource,
  signal: AbortSignal | undefined,
): ReturnType<typeof readPatchPixels> {
  try {
    return await readPatchPixels(raster, 'auto', signal)
  } catch (thrown) {
    if (toAppError(thrown).code !== 'scale-unknown') throw thrown
    return readPatchPixels(raster, scale, signal)
  }
}

/** A removed patch that was read from the same file keeps its id, with all that undo holds of it. */
function freeId(identity: string, taken: ReadonlySet<string>): string {
  const [name, size, hash] = identity.split('~')
  let id = identity
  for (let copy = 2; taken.has(id); copy++) id = `${name}-${copy}~${size}~${hash}`
  return id
}
