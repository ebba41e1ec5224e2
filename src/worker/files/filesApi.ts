import { yieldToEventLoop } from '../../core/foundation/abortable'
import { throwIfAborted } from '../../core/foundation/appError'
import { importPatches } from '../../core/patches/importPatches'
import { renderLayer } from '../../core/patches/renderLayer'
import { thumbnail } from '../../core/patches/thumbnail'
import { blobInput } from '../../core/raster/blobInput'
import { demoProject } from '../../core/synthetic/demoProject'
import type { ProjectStore } from '../../storage/projectStore'
import type { FilesApi } from '../protocol'
import type { Handlers } from '../rpc/serveApi'
import { transfer } from '../rpc/transfer'
import { exportMasks, exportSubmission } from './exportMasks'
import { createPatchAdder } from './patchAdder'
import { createPixelCache } from './pixelCache'
import { sortDrop } from './sortDrop'

const DEFAULT_PERCENTILE = 0.02
const DEMO_SOURCE_COUNT = 12
const DEMO_TARGET_COUNT = 8

/** The files worker's calls on a project. `open` is awaited by each call, so that a failed start is tried again. */
export function createFilesApi(open: () => Promise<ProjectStore>): Handlers<FilesApi> {
  const cache = createPixelCache(async id => (await open()).readPixels(id))
  const pixelsOf = async (patchId: string) => {
    const store = await open()
    const [record, pixels] = await Promise.all([store.patch(patchId), cache.read(patchId)])
    return { ...pixels, width: record.width, height: record.height }
  }

  return {
    sortDrop: ({ files }, context) => sortDrop(files, context),
    async import({ files, domain }, { signal, onProgress }) {
      const adder = await createPatchAdder(await open())
      try {
        const inputs = files.map(({ path, file }) => blobInput(path, file))
        // A patch does not carry its path; the progress report before it does, zip members' too.
        let path = ''
        const { remarks, refused } = await importPatches(inputs, {
          domain,
          onPatch: patch => adder.add(patch, path),
          context: {
            signal,
            onProgress(progress) {
              path = progress.label.replace(/^Reading /, '')
              onProgress(progress)
            },
          },
        })
        return { ...(await adder.finish(remarks)), refused }
      } catch (thrown) {
        await adder.finish()
        throw thrown
      }
    },
    async openDemo(request, { signal, onProgress }) {
      const { seed, size, sourceCount = DEMO_SOURCE_COUNT, targetCount = DEMO_TARGET_COUNT } = request
      const adder = await createPatchAdder(await open())
      try {
        let done = 0
        for (const patch of demoProject(seed, { size, sourceCount, targetCount })) {
          await adder.add(patch, `demo/${patch.domain}/${patch.name}`)
          onProgress({ label: `Making ${patch.name}`, done: ++done, total: sourceCount + targetCount })
          await yieldToEventLoop()
          throwIfAborted(signal)
        }
        return { ...(await adder.finish()), refused: [] }
      } catch (thrown) {
        await adder.finish()
        throw thrown
      }
    },
    async render({ patchId, layer, percentile = DEFAULT_PERCENTILE }) {
      const rendered = renderLayer(await pixelsOf(patchId), layer, { percentile })
      return transfer(rendered, [rendered.rgba.buffer])
    },
    async thumbnail({ patchId, size }) {
      const rendered = thumbnail(await pixelsOf(patchId), size)
      return transfer(rendered, [rendered.rgba.buffer])
    },
    exportMasks: async (request, context) => exportMasks(await open(), request, context),
    exportSubmission: async (request, context) => exportSubmission(await open(), request, context),
  }
}
