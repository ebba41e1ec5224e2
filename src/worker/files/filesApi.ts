import { yieldToEventLoop } from '../../core/foundation/abortable'
import { throwIfAborted } from '../../core/foundation/appError'
import { bandExpression } from '../../core/patches/bandExpression'
import { DEM_BAND } from '../../core/patches/bands'
import { channelHistogram } from '../../core/patches/channelHistogram'
import { contours } from '../../core/patches/contours'
import { evaluateExpression } from '../../core/patches/evaluateExpression'
import { importPatches } from '../../core/patches/importPatches'
import { renderLayer } from '../../core/patches/renderLayer'
import { thumbnail } from '../../core/patches/thumbnail'
import { blobInput } from '../../core/raster/blobInput'
import { pixelSizeOf } from '../../core/review/pixelSize'
import { demoProject } from '../../core/synthetic/demoProject'
import type { ProjectStore } from '../../storage/projectStore'
import type { FilesApi } from '../protocol'
import type { Handlers } from '../rpc/serveApi'
import { transfer } from '../rpc/transfer'
import { exportMasks, exportSubmission } from './exportMasks'
import { landslidesOf } from './landslidesOf'
import { createPatchAdder } from './patchAdder'
import { createPixelCache } from './pixelCache'
import { sortDrop } from './sortDrop'
import { uncertaintyOf } from './uncertaintyOf'

const DEMO_SOURCE_COUNT = 12
const DEMO_TARGET_COUNT = 8

/** The files worker's calls on a project. `open` is awaited by each call, so that a failed start is tried again. */
export function createFilesApi(open: () => Promise<ProjectStore>): Handlers<FilesApi> {
  const cache = createPixelCache(async id => (await open()).readPixels(id))
  const pixelsOf = async (patchId: string) => {
    const store = await open()
    const [record, pixels] = await Promise.all([store.patch(patchId), cache.read(patchId)])
    return { ...pixels, width: record.width, height: record.height, georeference: record.georeference }
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
    async render({ patchId, layer, ...options }) {
      const pixels = await pixelsOf(patchId)
      const { size } = pixelSizeOf(pixels.georeference, pixels.width, pixels.height)
      const cellSize = size ? Math.sqrt(size.width * size.height) : undefined
      const rendered = renderLayer(pixels, layer, { ...options, cellSize })
      return transfer(rendered, [rendered.rgba.buffer])
    },
    async histograms({ patchId, channels }) {
      const pixels = await pixelsOf(patchId)
      return channels.map(channel => {
        return channelHistogram(evaluateExpression(bandExpression(channel), pixels), pixels.valid)
      })
    },
    async contours({ patchId, interval }) {
      const { data, valid, width, height } = await pixelsOf(patchId)
      const dem = data.subarray(DEM_BAND * width * height, (DEM_BAND + 1) * width * height)
      const lines = contours(dem, valid, width, height, interval)
      return transfer(lines, [lines.segments.buffer, lines.levels.buffer])
    },
    async uncertainty({ patchId, kind }) {
      const map = await uncertaintyOf(await open(), patchId, kind)
      return map ? transfer(map, [map.buffer]) : null
    },
    async landslides({ patchId, mask }) {
      const { data } = await cache.read(patchId)
      return landslidesOf(await open(), patchId, data, mask)
    },
    async thumbnail({ patchId, size, limits }) {
      const rendered = thumbnail(await pixelsOf(patchId), size, limits)
      return transfer(rendered, [rendered.rgba.buffer])
    },
    exportMasks: async (request, context) => exportMasks(await open(), request, context),
    async saveArchive(request, context) {
      const { name, blob } = await (await open()).saveArchive(request, context)
      return { fileName: `${fileNameOf(name)}.scarp.zip`, blob }
    },
    inspectArchive: async ({ path, file }) => (await open()).inspectArchive(path, file),
    async openArchive({ path, file }, context) {
      await (await open()).openArchive(path, file, context)
      return null
    },
    exportSubmission: async (request, context) => exportSubmission(await open(), request, context),
  }
}

/** A project's name without what file systems refuse. */
function fileNameOf(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{N} ._-]+/gu, ' ')
    .trim()
    .replace(/\s+/g, '-')
    .replace(/^\.+/, '')
    .slice(0, 80)
  return plain || 'project'
}
