import { throwIfAborted } from '../../core/foundation/appError'
import { safeFileName } from '../../core/foundation/fileNames'
import { yieldToEventLoop } from '../../core/foundation/job'
import { RecentMap } from '../../core/foundation/recentMap'
import { buffersOf } from '../../core/inventory/inventoryTable'
import { bandExpression, evaluateExpression } from '../../core/patches/bandExpression'
import { DEM_BAND } from '../../core/patches/bands'
import { contours } from '../../core/patches/relief'
import { renderLayer, thumbnail } from '../../core/patches/renderLayer'
import { channelHistogram } from '../../core/patches/stretch'
import { blobInput } from '../../core/raster/inputFile'
import { pixelSizeOf } from '../../core/raster/pixelSize'
import type { OpenRaster } from '../../core/raster/rasterThread'
import { uncertaintyOf } from '../../core/results/uncertainty'
import { compareMaps, drawChange } from '../../core/rounds/compareMaps'
import { readOutlines } from '../../core/scenes/area'
import { demoProject } from '../../core/synthetic/demoProject'
import { openProjectStore } from '../../storage/openProjectStore'
import type { ProjectStore } from '../../storage/projectStore'
import { FIRST_PROJECT, openProjects } from '../../storage/projects'
import type { FilesApi, ImportEvent } from '../protocol'
import { type Handlers, transfer } from '../rpc/serveApi'
import { starterMeans, starterModels } from '../starterModels'
import { addScene } from './addScene'
import { burnPolygons } from './burnPolygons'
import { cellThumbnail } from './cellThumbnail'
import { exportBundle } from './exportBundle'
import { countProject, exportInventory } from './exportInventory'
import { exportMasks } from './exportMasks'
import { exportSubmission } from './exportSubmission'
import { importDrop } from './importDrop'
import { inventoryTable } from './inventoryTable'
import { landslidesOf, landslidesOverCells } from './landslides'
import { lookAtScene } from './lookAtScene'
import { addedEvent, createPatchAdder } from './patchAdder'
import { planScene } from './planScene'
import { countAudited, drawAudited, mapAtPoints } from './pointAudit'
import { readMasks } from './readMasks'
import { readReplacement } from './readReplacement'
import { SceneDrops } from './sceneDrops'
import { SceneTiles } from './sceneTile'

const DEMO_SOURCE_COUNT = 12

const DEMO_TARGET_COUNT = 8

const MANIFEST = 'manifest.json'

export interface FilesApiOptions {
  /** Awaited by each call, so that a failed start is tried again. */
  open: () => Promise<ProjectStore>
  /** Decodes files that came from elsewhere, where that can be ended. */
  openRaster: OpenRaster
  projectId?: string
  /** Folder of the starters, ending in a slash, on our own origin. */
  modelsUrl: string
}

/** The files worker's calls on a project. */
export function createFilesApi({
  open,
  openRaster,
  projectId = FIRST_PROJECT,
  modelsUrl,
}: FilesApiOptions): Handlers<FilesApi, ImportEvent> {
  const drops = new SceneDrops(openRaster)
  const starters = starterModels(modelsUrl)
  const means = () => starterMeans(starters)
  const readManifest = async (id: string) => {
    const stored = await (await open()).readModel(id, [MANIFEST])
    if (stored) return stored[MANIFEST] ?? null
    if (!(await starters.ids()).includes(id)) return null
    return (await starters.read(id, [MANIFEST]))[MANIFEST] ?? null
  }
  const cache = createPixelCache(async id => (await open()).readPixels(id))
  const sceneTiles = new SceneTiles(open)
  const pixelsOf = async (patchId: string) => {
    const store = await open()
    const [record, pixels] = await Promise.all([store.patch(patchId), cache.read(patchId)])
    return { ...pixels, width: record.width, height: record.height, georeference: record.georeference }
  }

  return {
    import: async (request, context) => importDrop(await open(), openRaster, drops, request, context),
    async planScene({ drop, choices }, { signal }) {
      const store = await open()
      const { plan } = await drops.use(drop, kept => planScene(store, kept, choices, means, signal))
      return plan
    },
    async quickLook({ drop, scene, size }, { signal }) {
      const picture = await drops.use(drop, kept => lookAtScene(kept, scene, size, signal))
      return transfer(picture, [picture.rgba.buffer])
    },
    async addScene({ drop, choices }, context) {
      const store = await open()
      return drops.use(drop, kept => addScene(store, kept, choices, means, context))
    },
    async closeDrop({ drop }) {
      await drops.close(drop)
      return null
    },
    readMasks: async (request, context) => readMasks(await open(), openRaster, request, context),
    readReplacement: async (request, context) => readReplacement(await open(), openRaster, request, context),
    async burnPolygons(request, context) {
      const burnt = await burnPolygons(await open(), request, context)
      return transfer(
        burnt,
        burnt.masks.map(({ mask }) => mask.buffer),
      )
    },
    async openDemo(request, { signal, onProgress, onEvent }) {
      const { seed, size, sourceCount = DEMO_SOURCE_COUNT, targetCount = DEMO_TARGET_COUNT } = request
      const adder = await createPatchAdder(await open())
      try {
        let done = 0
        for (const patch of demoProject(seed, { size, sourceCount, targetCount })) {
          const path = `demo/${patch.domain}/${patch.name}`
          const added = await adder.add(patch, path)
          onEvent(addedEvent(path, added))
          onProgress({ label: `Making ${patch.name}`, done: ++done, total: sourceCount + targetCount })
          await yieldToEventLoop()
          throwIfAborted(signal)
        }
        return { added: await adder.finish() }
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
    async sceneTile(request, { signal }) {
      const rendered = await sceneTiles.draw(request, signal)
      return transfer(rendered, [rendered.rgba.buffer])
    },
    readOutlines: ({ path, file, georeference, beside = [] }, { signal }) =>
      readOutlines(blobInput(path, file), georeference, {
        beside: beside.map(other => blobInput(other.path, other.file)),
        signal,
      }),
    async pixels({ patchId }) {
      // Read again, not from the cache: what is transferred is gone here.
      const pixels = await (await open()).readPixels(patchId)
      const owned = [pixels.data, pixels.valid, pixels.label].flatMap(array => (array ? [array.buffer] : []))
      return transfer(pixels, owned)
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
    async landslides({ patchId, mask, beside = [] }) {
      const store = await open()
      if (beside.length > 0) return landslidesOverCells(store, [{ patchId, mask }, ...beside])
      const { data } = await cache.read(patchId)
      return landslidesOf(store, patchId, data, mask)
    },
    async inventoryTable(request, context) {
      const read = await inventoryTable(await open(), request, context)
      return transfer(read, buffersOf(read.table))
    },
    countAudited: async (request, context) => countAudited(await open(), request, context),
    drawAudited: async (request, context) => drawAudited(await open(), request, context),
    mapAtPoints: async (request, context) => mapAtPoints(await open(), request, context),
    async compareMaps({ patchId, maps }) {
      const store = await open()
      const read = (model: string) => store.readProbability(patchId, model)
      return compareMaps(read, await store.patch(patchId), maps)
    },
    async drawChange({ patchId, maps, what, picture }) {
      const store = await open()
      const read = (model: string) => store.readProbability(patchId, model)
      const codes = await drawChange(read, await store.patch(patchId), maps, what, picture)
      return codes && transfer(codes, [codes.buffer])
    },
    async thumbnail({ patchId, size, limits }) {
      const store = await open()
      const { cell } = await store.patch(patchId)
      const rendered = cell
        ? await cellThumbnail(store, { id: patchId, window: cell.window }, size, limits)
        : thumbnail(await pixelsOf(patchId), size, limits)
      return transfer(rendered, [rendered.rgba.buffer])
    },
    exportMasks: async (request, context) => exportMasks(await open(), request, context),
    exportInventory: async (request, context) => exportInventory(await open(), request, context),
    exportBundle: async (request, context) => exportBundle(await open(), request, readManifest, context),
    countInventory: async (request, { signal }) => countProject(await open(), request, signal),
    async saveArchive(request, context) {
      const { name, blob, notes } = await (await open()).saveArchive(request, context)
      return { fileName: `${fileNameOf(name)}.scarp.zip`, blob, notes }
    },
    inspectArchive: async ({ path, file }) => (await open()).inspectArchive(blobInput(path, file)),
    async openArchive({ path, file, asNew }, context) {
      const archive = blobInput(path, file)
      if (asNew) {
        let notes: string[] = []
        const projectId = await openProjects().make(async name => {
          notes = (await (await openProjectStore({ name })).openArchive(archive, context)).notes
        })
        return { projectId, notes }
      }
      return { projectId: null, ...(await (await open()).openArchive(archive, context)) }
    },
    async duplicateProject({ name }, context) {
      return { projectId: await openProjects().duplicate(projectId, name, context) }
    },
    exportSubmission: async (request, context) => exportSubmission(await open(), request, context),
  }
}

/** A project's name as that of a file, in one word. */
function fileNameOf(name: string): string {
  const words = name.replace(/[^\p{L}\p{N} ._-]+/gu, ' ').trim()
  return safeFileName(words.replace(/\s+/g, '-'), 'project')
}

type Pixels = Awaited<ReturnType<ProjectStore['readPixels']>>

export interface PixelCache {
  /** Pixels of a patch; read from the store unless they were used a short while ago. Not to be changed. */
  read(patchId: string): Promise<Pixels>
}

/** 64 MB: some seventy competition patches, so that switching layers costs no reading. */
const DEFAULT_BUDGET = 64 * 2 ** 20

/**
 * Keeps the pixels used last, up to a number of bytes; the one read last stays whatever its size. An id stands for
 * its content (`patchIdentity`), so that nothing kept can be out of date.
 */
export function createPixelCache(
  load: (patchId: string) => Promise<Pixels>,
  budget: number = DEFAULT_BUDGET,
): PixelCache {
  const kept = new RecentMap<string, { pixels: Promise<Pixels>; bytes: number }>({
    budget,
    sizeOf: ({ bytes }) => bytes,
  })
  return {
    read(patchId) {
      const known = kept.get(patchId)
      if (known) return known.pixels
      const pixels = load(patchId)
      kept.set(patchId, { pixels, bytes: 0 })
      pixels.then(
        ({ data, valid, label }) => {
          const bytes = data.byteLength + (valid?.byteLength ?? 0) + (label?.byteLength ?? 0)
          if (kept.get(patchId)?.pixels === pixels) kept.set(patchId, { pixels, bytes })
        },
        () => kept.delete(patchId),
      )
      return pixels
    },
  }
}
