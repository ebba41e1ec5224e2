import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { setStatistics } from '../../core/patches/setStatistics'
import { statisticsOf } from '../../core/patches/statistics'
import { bytesInput } from '../../core/raster/inputFile'
import { openRaster } from '../../core/raster/openRaster'
import type { PixelWindow, RasterSource } from '../../core/raster/rasterSource'
import type { PatchRecord } from '../../core/review/records'
import { patchRecordFixture } from '../../core/review/records.testing'
import { ensembleMean } from '../../core/rounds/ensemble'
import { imageStatistics, parseManifest } from '../../core/rounds/modelManifest'
import { cutScene } from '../../core/scenes/cells'
import { findScenes } from '../../core/scenes/findScenes'
import { planStack } from '../../core/scenes/planStack'
import type { Polygon } from '../../core/scenes/polygons'
import { areaMask } from '../../core/scenes/polygons'
import { sampleScene } from '../../core/scenes/sampleScene'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { openByPath, openSceneStack } from '../../core/scenes/sceneSources'
import { georeferenceOf, type SceneStack } from '../../core/scenes/stack'
import {
  createNetwork,
  engineMemory,
  loadModelFolder,
  predictScene,
  saveModelFolder,
  startEngine,
} from '../../engine'
import type { EngineEvent } from '../protocol'
import { type PredictionStore, predictPatches } from './predictPatches'

const folder = resolve(process.env.SCARP_SHARED ?? '../shared', 'data/scenes')
const isPresent = existsSync(folder)
if (!isPresent) console.warn(`Scenes are not at ${folder}: their prediction by cells is not compared.`)

/** Coast and hills; two cells, one above the other, and eight windows. */
const PART = { column: 500, row: 100, width: 360, height: 780 }

/** One that shipped, and one whose kernels round by the number of images in a pass. */
const MODELS = ['starter-segformer', 'convolutions']
const files = new Map<string, Record<string, Uint8Array>>()
const catalogue = { files: async (id: string) => ({ id, files: files.get(id)! }) }

let stack: SceneStack
let scene: Omit<SceneRecord, 'window' | 'area' | 'pieces'>
/** [height, width] of the scene by each model. */
const whole: Float32Array[] = []

beforeAll(async () => {
  if (!isPresent) return
  expect((await startEngine({ prefer: 'webgpu', purpose: 'training', wasmPath: '' })).backend).toBe('webgpu')
  const starter = (part: string) => new Uint8Array(readFileSync(join('models', MODELS[0]!, part)))
  files.set(MODELS[0]!, {
    'manifest.json': starter('manifest.json'),
    'weights.safetensors': starter('weights.safetensors'),
  })
  const { statistics } = parseManifest(starter('manifest.json'))
  const network = createNetwork('efficientnetv2-unet', 'tiny', { seed: 7 })
  files.set(MODELS[1]!, await saveModelFolder(network, { id: MODELS[1]!, statistics }, false))
  network.dispose()

  const inputs = ['s2_aberystwyth_10band_mosaic.tif', 'SRTM_aber.tif'].map(name =>
    bytesInput(name, new Uint8Array(readFileSync(join(folder, name)))),
  )
  const open = (file: (typeof inputs)[number]) =>
    openRaster(file).then(raster => (file === inputs[0] ? partOfRaster(raster, PART) : raster))
  const { scenes } = await findScenes(inputs, { open })
  const recipe = planStack(scenes[0]!, {
    resampling: 'nearest',
    elevation: [inputs[1]!.path],
    slope: null,
    means: statistics.source!.mean,
  })
  const byPath = openByPath(new Map(inputs.map(input => [input.path, input])), open)
  stack = (await openSceneStack(recipe, byPath)).stack
  expect([stack.width, stack.height]).toEqual([PART.width, PART.height])
  const { crs, transform } = recipe.grid
  const georeference = { crs, transform, geoKeys: null }
  const { name, level, tile, sensed } = scenes[0]!
  const samples = await sampleScene(stack, { name, georeference })
  scene = {
    ...{ id: 'aberystwyth', name, at: '', recipe, level, tile, sensed },
    ...{ synthetic: [], samples, complete: true },
  }
  const own = setStatistics(samples)
  const networks = []
  for (const id of MODELS) {
    const { network, manifest } = await loadModelFolder(files.get(id)!)
    networks.push({ network, scale: 1, statistics: imageStatistics(manifest, own, 'auto').statistics })
    whole.push(new Float32Array(stack.width * stack.height))
  }
  for await (const { top, members } of predictScene(stack, networks, { domain: 'target' }))
    for (const [i, rows] of members.entries()) whole[i]!.set(rows, top * stack.width)
  for (const { network } of networks) network.dispose()
}, 600_000)

/** As if only a part of a file were there: windows take time. */
function partOfRaster(raster: RasterSource, part: PixelWindow): RasterSource {
  const { georeference } = raster
  const { column, row } = part
  return {
    ...raster,
    width: part.width,
    height: part.height,
    georeference: georeferenceOf(georeference, part),
    read: ({ window = { ...part, column: 0, row: 0 }, ...rest } = {}) =>
      raster.read({ ...rest, window: { ...window, column: window.column + column, row: window.row + row } }),
  }
}

/** A project with the scene in it, cut as the studio cuts it, in memory. */
async function projectOf(polygons: Polygon[] | null, bounds?: PixelWindow) {
  const mask = polygons && areaMask(polygons)
  const { width, height } = stack
  const cut = await cutScene({
    width,
    height,
    bounds,
    touches: mask ? window => mask(window).includes(1) : undefined,
  })
  const pixels = new Map<string, Awaited<ReturnType<SceneStack['read']>>>()
  const records: PatchRecord[] = []
  for (const { id, row, column, window, kind } of cut) {
    const read = await stack.read(window)
    pixels.set(id, read)
    records.push(
      patchRecordFixture({
        ...{ id, name: id, domain: 'target', width: window.width, height: window.height, hasLabel: false },
        // Of cells they are wrong on purpose: the scene's samples count.
        statistics: { ...statisticsOf(read), mean: new Array(14).fill(1) },
        cell: { sceneId: scene.id, row, column, window, ...(kind === 'margin' && { margin: true as const }) },
      }),
    )
  }
  const probabilities = new Map<string, Float32Array>()
  /** How often each row of each piece was read. */
  const reads = new Map<string, Uint8Array>()
  const store: PredictionStore = {
    patches: async () => records.filter(({ cell }) => !cell?.margin),
    scenes: async () => [record],
    scene: async () => record,
    scenePieces: async () => records,
    rounds: async () => [],
    readPixels: () => Promise.reject(new Error('A cell was read as a patch.')),
    async readPixelWindow(id, window) {
      const piece = pixels.get(id)!
      const seen = reads.get(id) ?? new Uint8Array(piece.height)
      reads.set(id, seen)
      const rows = [window.row, window.row + window.height] as const
      for (let row = rows[0]; row < rows[1]; row++) seen[row]!++
      expect([window.column, window.width]).toEqual([0, piece.width])
      const area = piece.width * piece.height
      const data = new Float32Array(14 * window.width * window.height)
      for (let band = 0; band < 14; band++) {
        const plane = piece.data.subarray(band * area, (band + 1) * area)
        data.set(
          plane.subarray(rows[0] * piece.width, rows[1] * piece.width),
          band * window.width * window.height,
        )
      }
      const valid = piece.valid?.slice(rows[0] * piece.width, rows[1] * piece.width) ?? null
      return { data, valid }
    },
    async writeProbability(id, model, probability) {
      probabilities.set(`${id} ${model}`, probability)
    },
    async updatePatch(id, change) {
      const index = records.findIndex(each => each.id === id)
      records[index] = { ...records[index]!, ...change }
    },
  }
  const record: SceneRecord = {
    ...scene,
    window: bounds ?? { column: 0, row: 0, width, height },
    area: polygons && { name: 'area', polygons },
    pieces: records.length,
  }
  const predict = (
    patchIds: string[],
    hear: { signal?: AbortSignal; onEvent?: (event: EngineEvent) => void; labels?: string[] } = {},
  ) =>
    predictPatches(
      store,
      catalogue,
      { patchIds, modelIds: MODELS, statistics: 'auto' },
      {
        signal: hear.signal ?? new AbortController().signal,
        onProgress: ({ label, done, total }) =>
          label.includes('shader') || hear.labels?.push(`${label}: ${done} of ${total}`),
        onEvent: hear.onEvent ?? (() => {}),
      },
    )
  const cells = async () => (await store.patches()).map(({ id, cell }) => ({ id, window: cell!.window }))
  return { store, records, probabilities, reads, predict, cells, mask }
}

/** A cell's part of a map of the scene; NaN outside the area. */
function partOf(map: Float32Array, window: PixelWindow, mask: ((window: PixelWindow) => Uint8Array) | null) {
  const inside = mask?.(window)
  return Float32Array.from({ length: window.width * window.height }, (_, i) => {
    const row = window.row + Math.floor(i / window.width)
    if (inside?.[i] === 0) return Number.NaN
    return map[row * stack.width + window.column + (i % window.width)]!
  })
}

async function expectPartsOfWhole({ cells, probabilities, mask }: Awaited<ReturnType<typeof projectOf>>) {
  for (const { id, window } of await cells()) {
    const members = whole.map(map => partOf(map, window, mask))
    for (const [i, model] of MODELS.entries())
      expect(sameBits(probabilities.get(`${id} ${model}`)!, members[i]!), `${id} by ${model}`).toBe(true)
    expect(sameBits(probabilities.get(`${id} ensemble`)!, ensembleMean(members)), id).toBe(true)
  }
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]))
}

describe.runIf(isPresent)('a real scene by cells', () => {
  test('all of it has the bits of the whole, and its files are read less than twice over', async () => {
    expect(whole.map(map => map.some(p => p > 0.2))).toEqual([true, true])
    const project = await projectOf(null)
    const labels: string[] = []
    const heard: string[] = []
    const tensors = engineMemory().tensors
    // In another order than they become whole.
    const ids = (await project.cells()).map(({ id }) => id).reverse()
    expect(ids).toEqual(['r01c00', 'r00c00'])
    const result = await project.predict(ids, {
      labels,
      onEvent: event => event.kind === 'predicted' && heard.push(`${event.patchId} after ${labels.length}`),
    })
    expect(result.patchIds).toEqual(ids)
    expect(engineMemory().tensors).toBe(tensors)
    await expectPartsOfWhole(project)
    // Two for the models; the upper cell as soon as its rows are whole.
    expect(heard).toEqual(['r00c00 after 8', 'r01c00 after 10'])
    expect(labels.at(-1)).toBe(`Predicting ${scene.name}, window 8 of 8: 16 of 16`)
    for (const [id, rows] of project.reads) {
      expect(Math.max(...rows), id).toBeLessThanOrEqual(3)
      expect(rows.reduce((sum, n) => sum + n, 0) / rows.length, id).toBeLessThan(2)
    }
    const record = project.records.find(({ id }) => id === 'r01c00')!
    expect(record.predictedBy).toEqual(MODELS)
    expect(record.scores!.disagreement).toBeGreaterThan(0)
  }, 600_000)

  test('of an area the cells have the bits of the whole inside it, and nothing outside', async () => {
    const ring = [50, 262, 300, 270, 260, 775, 100, 600]
    const project = await projectOf([[ring]], { column: 50, row: 262, width: 250, height: 513 })
    const cells = await project.cells()
    expect(cells.map(({ id }) => id)).toEqual(['r01c01', 'r02c01'])
    expect(project.records).toHaveLength(12)
    const labels: string[] = []
    await project.predict(
      cells.map(({ id }) => id),
      { labels },
    )
    // Without the two at the top.
    expect(labels.at(-1)).toMatch(/window 6 of 6: 12 of 12$/)
    await expectPartsOfWhole(project)
    const map = project.probabilities.get('r02c01 ensemble')!
    const data = map.filter(p => !Number.isNaN(p)).length / map.length
    expect(data).toBeGreaterThan(0.2)
    expect(data).toBeLessThan(0.8)
  }, 600_000)

  test('what a cancelled run did not come to is predicted later with the same bits, one cell by itself too', async () => {
    const project = await projectOf(null)
    const controller = new AbortController()
    const heard: string[] = []
    const onEvent = (event: EngineEvent) => {
      if (event.kind !== 'predicted') return
      heard.push(event.patchId)
      controller.abort()
    }
    const ids = (await project.cells()).map(({ id }) => id)
    await expect(project.predict(ids, { signal: controller.signal, onEvent })).rejects.toMatchObject({
      code: 'aborted',
    })
    expect(heard).toEqual(['r00c00'])
    // A cell is whole or not there.
    expect([...project.probabilities.keys()].filter(key => !key.startsWith('r00c00'))).toEqual([])
    const labels: string[] = []
    await project.predict(['r01c00'], { labels })
    expect(labels.at(-1)).toMatch(/window 6 of 6: 12 of 12$/)
    await expectPartsOfWhole(project)
  }, 600_000)
})
