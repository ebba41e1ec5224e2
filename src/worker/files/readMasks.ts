import { AppError, toAppError } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import { readMaskOf } from '../../core/patches/readPatch'
import { expandInputs } from '../../core/raster/expandInputs'
import { blobInput } from '../../core/raster/inputFile'
import type { OpenRaster } from '../../core/raster/rasterThread'
import type { ProjectStore } from '../../storage/projectStore'
import type { FilesApi } from '../protocol'

type Read = FilesApi['readMasks']

/**
 * Masks of patches of the project, in the files as they are or in zips of them; each that can't be taken gets one reason.
 *
 * @throws AppError `aborted`
 */
export async function readMasks(
  store: Pick<ProjectStore, 'patch'>,
  openRaster: OpenRaster,
  { files, masks: wanted }: Read['request'],
  { signal, onProgress }: JobContext,
): Promise<Read['result']> {
  const left = new Map(wanted.map(({ path, patchId }) => [path, patchId]))
  const result: Read['result'] = { masks: [], refused: [] }
  const refuse = (path: string, thrown: unknown) => {
    const { code, message } = toAppError(thrown, 'file-unreadable')
    if (code === 'aborted') throw thrown
    result.refused.push({ path, code, message })
  }
  const inputs = files.map(({ path, file }) => blobInput(path, file))
  for await (const input of expandInputs(inputs, { onRefused: refuse, signal })) {
    const patchId = left.get(input.path)
    if (patchId === undefined) continue
    left.delete(input.path)
    try {
      const raster = await openRaster(input, { signal })
      const { label, remarks } = await readMaskOf(await store.patch(patchId), raster, signal)
      result.masks.push({ path: input.path, patchId, mask: label, notes: remarks })
    } catch (thrown) {
      refuse(input.path, thrown)
    }
    onProgress?.({ label: `Reading ${input.path}`, done: wanted.length - left.size, total: wanted.length })
  }
  for (const path of left.keys()) {
    refuse(path, new AppError('file-unreadable', `"${path}" is no longer there: choose it again.`))
  }
  return result
}
