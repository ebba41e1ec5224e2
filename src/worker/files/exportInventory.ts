import { countInventory, type InventoryCounts, inventoryNotes } from '../../core/export/inventoryCounts'
import { inventoryFiles } from '../../core/export/inventoryFiles'
import { streamedBlob, zipFiles } from '../../core/export/zipFiles'
import { AppError } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import { plural } from '../../core/foundation/text'
import type { InventoryRaster } from '../../core/inventory/inventory'
import { type InventorySummary, inventoryOf } from '../../core/inventory/inventoryOf'
import { sharedGroundNotes } from '../../core/inventory/oneGround'
import type { ProjectReader } from '../../core/project/projectReader'
import { hasMask, missingNote } from '../../core/results/exportedMask'
import { type ProjectRasters, planRasters } from '../../core/results/inventoryRasters'
import { projectAudits } from '../../core/results/projectAudits'
import { mosaicNote } from '../../core/results/sceneMosaics'
import { countStates } from '../../core/review/provenance'
import { openScratchFile, type ScratchFile } from '../../storage/scratchFile'
import type { FilesApi, InventoryRequest } from '../protocol'

/**
 * Landslides of masks as polygons with attributes: one file as it is, several in a zip. A row of cells is in memory at a
 * time, and a GeoPackage whole.
 *
 * @param openScratch where landslides wait for further formats
 * @throws AppError `export-failed` if no patch has a mask, `storage-full`, `aborted`
 */
export async function exportInventory(
  store: ProjectReader,
  { patchIds, threshold, mosaics, formats, options }: FilesApi['exportInventory']['request'],
  context: JobContext,
  openScratch: () => Promise<ScratchFile> = openScratchFile,
): Promise<FilesApi['exportInventory']['result']> {
  const planned = await planRasters(store, patchIds, threshold, context.signal, mosaics)
  const { rasters } = planned
  if (rasters.length === 0) {
    throw new AppError('export-failed', 'None of these patches has a mask yet: run the ensemble first.')
  }
  const scratch = await openScratch()
  try {
    const name = rasters.length === 1 ? rasters[0]!.name : 'event'
    const at = new Date().toISOString()
    const audits = await projectAudits(store, threshold)
    const shared = sharedGroundNotes(planned.shared)
    const made = inventoryFiles(
      { name, rasters, formats, options, audits, shared, at, store: scratch },
      context,
    )
    // Whether there are several is known once the layers are.
    const first = await made.files.next()
    if (first.done) throw new AppError('bad-argument', 'Choose a format.')
    const second = await made.files.next()
    const { bytes } = first.value
    let blob: Blob
    if (!second.done) {
      blob = await zipFiles(
        (async function* () {
          yield first.value
          yield second.value
          yield* made.files
        })(),
      )
    } else if (typeof bytes === 'string' || bytes instanceof Uint8Array) blob = new Blob([bytes])
    else blob = await streamedBlob(bytes, 'application/octet-stream')
    return {
      fileName: second.done ? first.value.name : `${name}_landslides.zip`,
      blob,
      notes: [...inventoryNotes(made.counts(), options), ...maskNotes(planned)],
    }
  } finally {
    await scratch.remove()
  }
}

function maskNotes({ asked, mosaics }: ProjectRasters): string[] {
  const present = asked.filter(hasMask)
  const missing = asked.filter(one => !hasMask(one)).map(({ record }) => record)
  const patches = missing.filter(({ cell }) => !cell).map(({ name }) => name)
  const cells = missing.length - patches.length
  return [
    `Masks: ${countStates(present.map(({ provenance }) => provenance.state))}.`,
    ...mosaics.map(mosaicNote),
    ...(patches.length > 0 ? [missingNote(patches)] : []),
    ...(cells > 0 ? [missingNote([plural(cells, 'cell')])] : []),
  ]
}

/** What an inventory would hold: only masks are read. @throws AppError `aborted` */
export async function countProject(
  store: ProjectReader,
  { patchIds, threshold, mosaics, options }: InventoryRequest,
  signal: AbortSignal,
): Promise<InventoryCounts> {
  const summaries = new Map<InventoryRaster, InventorySummary>()
  const { rasters, shared } = await planRasters(store, patchIds, threshold, signal, mosaics)
  for (const raster of rasters) {
    const landslides = inventoryOf(maskAlone(raster), options, { signal })
    let next = await landslides.next()
    while (!next.done) next = await landslides.next()
    summaries.set(raster, next.value)
  }
  return countInventory(summaries, sharedGroundNotes(shared))
}

function maskAlone(raster: InventoryRaster): InventoryRaster {
  return {
    ...raster,
    async rows(top, count, signal) {
      const mask = raster.maskRows
        ? await raster.maskRows(top, count, signal)
        : (await raster.rows(top, count, signal)).mask
      return { mask, probability: null, disagreement: null, elevation: null, slope: null }
    },
  }
}
