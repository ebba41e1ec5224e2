import { version } from '../../../package.json'
import { zipFiles } from '../../core/export/zipFiles'
import { safeFileName } from '../../core/foundation/fileNames'
import type { JobContext } from '../../core/foundation/job'
import type { ProjectReader } from '../../core/project/projectReader'
import { bundleProject, type ReadManifest } from '../../core/results/bundleProject'
import type { OpenScratch } from '../../core/results/leavingMasks'
import { openScratchFile } from '../../storage/scratchFile'
import type { FilesApi } from '../protocol'

/**
 * An inventory of these masks with everything that the project knows of it, as one zip. A row of cells is in memory at a
 * time, and the GeoPackage whole.
 *
 * @throws AppError `export-failed` if no patch has a mask, `storage-full`, `aborted`
 */
export async function exportBundle(
  store: ProjectReader,
  request: FilesApi['exportBundle']['request'],
  readManifest: ReadManifest,
  context: JobContext,
  openScratch: OpenScratch = openScratchFile,
): Promise<FilesApi['exportBundle']['result']> {
  const bundled = { ...request, version, at: new Date().toISOString() }
  const { files, notes } = await bundleProject(store, bundled, { readManifest, openScratch }, context)
  const fileName = `${safeFileName(request.title, 'event')}-evidence.zip`
  return { fileName, blob: await zipFiles(files), notes }
}
