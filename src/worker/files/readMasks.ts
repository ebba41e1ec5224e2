import { AppError, toAppError } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import { readMaskOf } from '../../core/patches/readPatch'
import { expandInputs } from '../../core/raster/expandInputs'
import { blobInput } from '../../core/raster/inputFile'
import type { OpenRaster } from '../../core/raster/rasterThread'
import type { ProjectStore } from '../../storage/projectStore'
import type { FilesApi } from '../protocol'
import { readCellMasks } from './cellMasks'

type Read = FilesApi['readMasks']

/**
 * Masks of patches of the project, those of a scene's cells out of one mosaic too, in the files as they are or in zips of them; each that can't be taken gets one reason.
 *
 * @throws AppError `aborted`
 */
export async function readMasks(
  store: Pick<ProjectStore, 'patch'>,
  openRaster: OpenRaster,
  { files, masks: wanted }: Read['request'],
  { signal, onProgress }: JobContext,
): Promise<Read['result']> {
  const left = new Map<string, string[]>()
  for (const { path, patchId } of wanted) left.set(path, [...(left.get(path) ?? []), patchId])
  const paths = left.size
  const result: Read['result'] = { masks: [], refused: [] }
  const refuse = (path: string, thrown: unknown) => {
    const { code, message } = toAppError(thrown, 'file-unreadable')
    if (code === 'aborted') throw thrown
    result.refused.push({ path, code, message })
  }
  const inputs = files.map(({ path, file }) => blobInput(path, file))
  for await (const input of expandInputs(inputs, { onRefused: refuse, signal })) {
    const ids = left.get(input.path)
    if (ids === undefined) continue
    left.delete(input.path)
    try {
      const raster = await openRaster(input, { signal })
      const patches = await Promise.all(ids.map(id => store.patch(id)))
      const [first] = patches
      const isMosaic = ids.length > 1 || raster.width !== first!.width || raster.height !== first!.height
      if (isMosaic && patches.every(({ cell }) => cell)) {
        const masks = await readCellMasks(raster, patches, signal)
        result.masks.push(...masks.map(mask => ({ ...mask, path: input.path })))
      } else {
        const { label, remarks } = await readMaskOf(first!, raster, signal)
        result.masks.push({ path: input.path, patchId: first!.id, mask: label, notes: remarks })
      }
    } catch (thrown) {
      refuse(input.path, thrown)
    }
    onProgress?.({ label: `Reading ${input.path}`, done: paths - left.size, total: paths })
  }
  for (const path of left.keys()) {
    refuse(path, new AppError('file-unreadable', `"${path}" is no longer there: choose it again.`))
  }
  return result
}
