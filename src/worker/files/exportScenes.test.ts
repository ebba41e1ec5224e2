import { execFileSync } from 'node:child_process'
import { unzipSync } from 'fflate'
import { beforeAll, describe, expect, test } from 'vitest'
import { gdalInfo, gdalPixels, hasTool, temporaryFile } from '../../core/export/gdal.testing'
import { mosaicMaskTags, mosaicProbabilityTags } from '../../core/export/mosaicTags'
import {
  probabilityBytes,
  type SceneExport,
  sceneMask,
  sceneProbability,
} from '../../core/export/resultGeotiffs'
import { type StreamedCog, streamCog } from '../../core/export/writeCog'
import { joined } from '../../core/foundation/bytes'
import type { Progress } from '../../core/foundation/job'
import { maskFromProbability } from '../../core/masks/probability'
import type { ProjectReader } from '../../core/project/projectReader'
import {
  ids,
  judged,
  memoryScratch,
  projectOf,
  SCENE_WINDOW,
  type TestScene,
  testScene,
} from '../../core/results/sceneProject.testing'
import { maskProvenance, recordedOrigin } from '../../core/review/provenance'
import type { HistoryRecord, PatchRecord } from '../../core/review/records'
import { patchRecordFixture } from '../../core/review/records.testing'
import { disagreementMap } from '../../core/review/uncertainty'
import { areaMask } from '../../core/scenes/polygons'
import { georeferenceOf } from '../../core/scenes/stack'
import { exportMasks } from './exportMasks'
import { exportSubmission } from './exportSubmission'

async function bytesOf(image: StreamedCog): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of streamCog(image, await memoryScratch().make())) parts.push(part)
  return joined(parts)
}

/** Much faster than `toEqual` of large arrays. */
function expectBytes(got: Uint8Array | undefined, expected: Uint8Array): void {
  expect(got?.length).toBe(expected.length)
  expect(Buffer.compare(got!, expected)).toBe(0)
}

const REQUEST = {
  threshold: 0.5,
  includeProbability: false,
  includeDisagreement: false,
  mosaics: 'scene',
} as const

const ALL = { ...REQUEST, includeProbability: true, includeDisagreement: true } as const

async function exported(
  store: ProjectReader,
  request: Parameters<typeof exportMasks>[1],
  onProgress?: (progress: Progress) => void,
) {
  const scratch = memoryScratch()
  const result = await exportMasks(store, request, { onProgress }, scratch.make)
  expect(scratch.open).toEqual([])
  const bytes = new Uint8Array(await result.blob.arrayBuffer())
  const files = result.fileName.endsWith('.zip') ? unzipSync(bytes) : { [result.fileName]: bytes }
  return { ...result, files }
}

/** Without what lies beside them. */
const rastersIn = (files: Record<string, Uint8Array>) =>
  Object.keys(files).filter(name => name.endsWith('.tif'))

let scene: TestScene
beforeAll(async () => {
  scene = await testScene('one')
})

/** What the command line writes of a scene, but for the tags. */
function asCommandLine(
  { record }: TestScene,
  values: Uint8Array,
  metadata: Record<string, string>,
): SceneExport {
  const { crs, transform } = record.recipe.grid
  const { width, height } = record.window
  return {
    width,
    height,
    georeference: georeferenceOf({ crs, transform, geoKeys: null }, record.window),
    metadata,
    name: record.name,
    rows: async (top, count) => values.subarray(top * width, (top + count) * width),
  }
}

describe('a scene', () => {
  test('leaves as the command line writes it, byte for byte but for the tags', async () => {
    const { store, read } = projectOf([scene], [])
    const progress: Progress[] = []
    const { files, fileName, notes } = await exported(store, { ...ALL, patchIds: ids(scene) }, one =>
      progress.push(one),
    )
    expect(fileName).toBe('landslide-masks.zip')
    const names = ['scene one_mask.tif', 'scene one_prob.tif', 'scene one_disagreement.tif']
    expect(Object.keys(files)).toEqual(names.flatMap(name => [name, name.replace('.tif', '.qml')]))
    const facts = { scenes: [scene.record], included: 4, cells: 4, share: 1 }
    const masks = scene.cells.map(cell => maskProvenance(cell, [], 0.5))
    const maskTags = mosaicMaskTags(facts, masks, [])
    const otherTags = mosaicProbabilityTags(facts, scene.cells.map(recordedOrigin), [])
    const mask = maskFromProbability(scene.probability, 0.5, null)
    const spread = probabilityBytes(disagreementMap(scene.members))
    const values = [mask, probabilityBytes(scene.probability), spread] as const
    const [first, second, third] = values.map((bytes, i) =>
      asCommandLine(scene, bytes, i === 0 ? maskTags : otherTags),
    )
    expectBytes(files[names[0]!], await bytesOf(sceneMask(first!)))
    expectBytes(files[names[1]!], await bytesOf(sceneProbability(second!, 'probability')))
    expectBytes(files[names[2]!], await bytesOf(sceneProbability(third!, 'disagreement')))
    expect(notes).toEqual([
      'Masks: 4 predicted, not reviewed.',
      'scene one: 4 of 4 cells, 100 % of the area.',
    ])
    // Row by row of cells, each once a file.
    expect(read.slice(0, 4)).toEqual(ids(scene).map(id => `${id} ensemble`))
    expect(read).toHaveLength(4 + 4 + 8)
    expect(progress.at(-1)).toMatchObject({ done: 3 * 700 * 530, total: 3 * 700 * 530 })
    expect(progress.map(({ done }) => done)).toEqual(
      [...progress.map(({ done }) => done)].sort((a, b) => a - b),
    )
  })

  test('holds the mask of each cell that is chosen, and no data elsewhere', async () => {
    const [first, second, third, fourth] = scene.cells as [PatchRecord, PatchRecord, PatchRecord, PatchRecord]
    const corrected = new Uint8Array(first.width * first.height).fill(1)
    const unpredicted = { ...third, predictedBy: undefined }
    const { store } = projectOf(
      [{ ...scene, cells: [first, second, unpredicted, fourth] }],
      [judged(first.id, 'corrected'), judged(second.id, 'accepted', 'Bea')],
      new Map([[first.id, corrected]]),
    )
    const patchIds = [first.id, second.id, third.id]
    const { files, fileName, notes } = await exported(store, { ...REQUEST, patchIds })
    expect(fileName).toBe('scene one_mask.tif')
    expect(notes).toEqual([
      'Masks: 1 accepted; 1 corrected.',
      'scene one: 2 of 4 cells, 50 % of the area.',
      'Left out, since the ensemble was not run on them: 1 cell.',
    ])
    const masks = [judged(second.id, 'accepted', 'Bea'), judged(first.id, 'corrected')].map(step =>
      maskProvenance(first, [step], 0.5),
    )
    const facts = { scenes: [scene.record], included: 2, cells: 4, share: 0.5 }
    const values = maskFromProbability(scene.probability, 0.5, null)
    for (let i = 0; i < values.length; i++) {
      if (i >= 265 * 700) values[i] = 255
      else if (i % 700 < 350) values[i] = 1
    }
    const expected = asCommandLine(scene, values, mosaicMaskTags(facts, masks.reverse(), []))
    expectBytes(files[fileName], await bytesOf(sceneMask(expected)))
  })

  test('is no data outside its area', async () => {
    const ring = [120, 60, 640, 90, 300, 560]
    const area = { name: 'area.geojson', polygons: [[ring]] }
    const within = { ...scene, record: { ...scene.record, area } }
    const { store } = projectOf([within], [])
    const { files, notes } = await exported(store, { ...ALL, patchIds: ids(scene) })
    const inside = areaMask(area.polygons)(SCENE_WINDOW)
    const values = maskFromProbability(scene.probability, 0.5, inside)
    const masks = scene.cells.map(cell => maskProvenance(cell, [], 0.5))
    const tags = mosaicMaskTags({ scenes: [scene.record], included: 4, cells: 4, share: 1 }, masks, [])
    expectBytes(files['scene one_mask.tif'], await bytesOf(sceneMask(asCommandLine(scene, values, tags))))
    expect(notes).toContain('scene one: 4 of 4 cells, 100 % of the area.')
  })

  test('leaves in one zip with patches', async () => {
    const patch = patchRecordFixture({ id: 'p', name: 'image_7', hasLabel: false, predictedBy: ['a'] })
    const { store } = projectOf([scene], [], new Map(), [patch])
    const { files, notes } = await exported(store, { ...ALL, patchIds: [...ids(scene), 'p'] })
    expect(rastersIn(files)).toEqual([
      'image_7_mask.tif',
      'image_7_prob.tif',
      'scene one_mask.tif',
      'scene one_prob.tif',
      'scene one_disagreement.tif',
    ])
    expect(notes[0]).toBe('Masks: 5 predicted, not reviewed.')
    expect(notes.at(-1)).toContain('No CRS: the source of image_7')
  })

  test('that is cancelled leaves nothing, and says so', async () => {
    const { store } = projectOf([scene], [])
    for (const request of [REQUEST, ALL]) {
      const controller = new AbortController()
      const scratch = memoryScratch()
      const context = { signal: controller.signal, onProgress: () => controller.abort() }
      const work = exportMasks(store, { ...request, patchIds: ids(scene) }, context, scratch.make)
      await expect(work).rejects.toMatchObject({ code: 'aborted' })
      expect(scratch.open).toEqual([])
    }
  })

  test('without a mask in any cell is no file', async () => {
    const bare = { ...scene, cells: scene.cells.map(cell => ({ ...cell, predictedBy: undefined })) }
    const { store } = projectOf([bare], [])
    const work = exportMasks(store, { ...ALL, patchIds: ids(scene) }, {}, memoryScratch().make)
    await expect(work).rejects.toMatchObject({ code: 'export-failed' })
  })

  test('is refused by name in the competition’s zip', async () => {
    const { store } = projectOf([scene], [])
    await expect(exportSubmission(store, { patchIds: ids(scene), threshold: 0.5 }, {})).rejects.toThrow(
      'The competition takes patches, not scenes. Leave out scene one, or export as GeoTIFF.',
    )
  })
})

describe.skipIf(!hasTool('gdalinfo', '--version'))('GDAL reads of a scene', () => {
  test('its place, no data, colours and overviews, and takes it as cloud-optimised', async () => {
    const { store } = projectOf([scene], [judged(scene.cells[3]!.id, 'accepted')])
    const { files } = await exported(store, { ...ALL, patchIds: ids(scene) })
    const path = temporaryFile('mask.tif', files['scene one_mask.tif']!)
    const info = gdalInfo(path)
    expect(info.size).toEqual([700, 530])
    expect(info.geoTransform).toEqual([466180, 10, 0, 5079750, 0, -10])
    expect(info.coordinateSystem?.wkt).toContain('UTM zone 33N')
    expect(info.bands[0]).toMatchObject({ type: 'Byte', noDataValue: 255, colorInterpretation: 'Palette' })
    expect(info.bands[0]!.colorTable?.entries[1]).toEqual([213, 94, 0, 255])
    expect(info.bands[0]!.overviews?.map(({ size }) => size)).toEqual([[350, 265]])
    expect(info.metadata['']).toMatchObject({
      SCARP_SCENE: 'scene one',
      SCARP_SENSED: '2020-07-04T09:50:29Z',
      SCARP_ELEVATION: 'dem.tif',
      SCARP_CELLS: '4 of 4, 100 % of the area',
      SCARP_MASK: '1 accepted; 3 predicted, not reviewed',
      SCARP_REVIEWER: 'Ann',
    })
    expectBytes(gdalPixels(path), maskFromProbability(scene.probability, 0.5, null))
    for (const name of rastersIn(files)) expectCloudOptimised(temporaryFile(name, files[name]!))
  })
})

const VALIDATE = 'osgeo_utils.samples.validate_cloud_optimized_geotiff'

/** Where GDAL's Python module is there. */
function expectCloudOptimised(path: string): void {
  try {
    execFileSync('/usr/bin/python3', ['-c', `import ${VALIDATE}`], { stdio: 'ignore' })
  } catch (cause) {
    console.warn(`GDAL's own check of cloud-optimised files is not there (${String(cause)}).`)
    return
  }
  const said = execFileSync('/usr/bin/python3', ['-m', VALIDATE, path], { encoding: 'utf8' })
  expect(said).toContain('is a valid cloud optimized GeoTIFF')
}

describe('an event', () => {
  let later: TestScene
  beforeAll(async () => {
    // 300 pixels east and 200 south of the first.
    later = await testScene('two', { sensed: '2020-07-14T09:50:29Z', corner: [468180, 5078250] })
  })

  /** The pixel of the mosaic's mask; counted from its corner. */
  async function mosaicOf(
    scenes: TestScene[],
    steps: HistoryRecord[],
    masks = new Map<string, Uint8Array>(),
  ) {
    const { store } = projectOf(scenes, steps, masks)
    const { files, notes } = await exported(store, { ...ALL, patchIds: ids(...scenes), mosaics: 'event' })
    return { files, notes }
  }

  test.skipIf(!hasTool('gdalinfo', '--version'))('is one mosaic, where the later scene counts', async () => {
    // Whatever the order in which they were added.
    const { files } = await mosaicOf([later, scene], [])
    expect(rastersIn(files)).toEqual(['event_mask.tif', 'event_prob.tif', 'event_disagreement.tif'])
    const path = temporaryFile('event.tif', files['event_mask.tif']!)
    expect(gdalInfo(path).size).toEqual([1000, 730])
    expect(gdalInfo(path).geoTransform).toEqual([466180, 10, 0, 5079750, 0, -10])
    const pixels = gdalPixels(path)
    const [first, second] = [scene, later].map(one => maskFromProbability(one.probability, 0.5, null))
    const wrong = pixels.findIndex((value, i) => {
      const [column, row] = [i % 1000, Math.floor(i / 1000)]
      const early = column < 700 && row < 530 ? first![row * 700 + column]! : 255
      const late = column >= 300 && row >= 200 ? second![(row - 200) * 700 + column - 300]! : 255
      return value !== (late === 255 ? early : late)
    })
    expect(wrong).toBe(-1)
  })

  test.skipIf(!hasTool('gdalinfo', '--version'))('keeps a verdict above the later scene', async () => {
    const cell = scene.cells[3]!
    const drawn = new Uint8Array(cell.width * cell.height).fill(1)
    const { files } = await mosaicOf(
      [scene, later],
      [judged(cell.id, 'corrected')],
      new Map([[cell.id, drawn]]),
    )
    const pixels = gdalPixels(temporaryFile('event.tif', files['event_mask.tif']!))
    // The last cell of the first scene: 350..699, 265..529.
    let others = 0
    for (let row = 265; row < 530; row++) {
      for (let column = 350; column < 700; column++) if (pixels[row * 1000 + column] !== 1) others++
    }
    expect(others).toBe(0)
  })

  test('of several systems is one mosaic each', async () => {
    const { grid } = later.record.recipe
    const elsewhere = {
      ...later,
      record: { ...later.record, recipe: { ...later.record.recipe, grid: { ...grid, crs: 'EPSG:32634' } } },
    }
    const { files, notes } = await mosaicOf([scene, elsewhere], [])
    expect(rastersIn(files).filter(name => name.includes('mask'))).toEqual([
      'event_EPSG32633_mask.tif',
      'event_EPSG32634_mask.tif',
    ])
    expect(notes.at(-1)).toContain('One mosaic for each grid')
  })
})
