import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gdalInfo, gdalPixels, hasTool } from '../core/export/gdal.testing'
import { type SceneExport, sceneMask, sceneProbability } from '../core/export/resultGeotiffs'
import { georeferenceOf } from '../core/scenes/stack'
import { recordingIo } from './commandIo.testing'
import { planEventMosaics, writeEventMosaic } from './eventMosaics'
import { streamCogFile } from './node/streamCogFile'
import { sceneFiles } from './predictScenes'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-mosaic-'))
})
afterAll(() => rm(folder, { recursive: true }))

const WIDTH = 700

const HEIGHT = 600

const value = (scene: number, i: number) => (i % 13 === 0 ? 255 : (i + scene) % 2)

const at = (x: number, y: number, crs = 'EPSG:32633') => ({
  crs,
  transform: [x, 10, 0, y, 0, -10] as const,
  geoKeys: null,
})

/** A scene of which a part is asked for, with the files that a prediction would have left. */
async function predicted(
  index: number,
  name: string,
  georeference: ReturnType<typeof at>,
  sensed: string | null,
) {
  const window = { column: 20, row: 10, width: WIDTH, height: HEIGHT }
  const scene: SceneExport = {
    width: WIDTH,
    height: HEIGHT,
    georeference: georeferenceOf(georeference, window),
    metadata: {},
    name,
    rows: async (top, count) =>
      Uint8Array.from({ length: count * WIDTH }, (_, i) => value(index, top * WIDTH + i)),
  }
  const files = sceneFiles(name)
  await streamCogFile(join(folder, files.mask), sceneMask(scene), {})
  for (const what of ['probability', 'disagreement'] as const)
    await streamCogFile(join(folder, files[what]), sceneProbability(scene, what), {})
  return { name, georeference, sensed, wanted: { window, mask: null } }
}

test.skipIf(!hasTool('gdalinfo', '--version'))(
  'an event is one mosaic of the later scene over the earlier, and nowhere no data over data',
  async () => {
    const scenes = [
      await predicted(0, 'late', at(503_000, 5_000_000), '2020-07-14T09:50:29Z'),
      await predicted(1, 'early', at(500_000, 5_001_000), '2020-07-04T09:50:29Z'),
    ]
    const [mosaic, another] = planEventMosaics(scenes)
    expect([mosaic?.name, another]).toEqual(['event', undefined])
    const { io } = recordingIo()
    await writeEventMosaic(folder, 'event', mosaic!, { SCARP_SCENE: 'late, early' }, io)
    expect((await readdir(folder)).filter(name => name.startsWith('event')).sort()).toEqual([
      'event_disagreement.qml',
      'event_disagreement.tif',
      'event_mask.qml',
      'event_mask.tif',
      'event_prob.qml',
      'event_prob.tif',
    ])
    const path = join(folder, 'event_mask.tif')
    const info = gdalInfo(path)
    expect(info.size).toEqual([1000, 700])
    expect(info.geoTransform).toEqual([500_200, 10, 0, 5_000_900, 0, -10])
    expect(info.bands[0]).toMatchObject({ noDataValue: 255, colorInterpretation: 'Palette' })
    expect(info.metadata['']).toMatchObject({ SCARP_SCENE: 'late, early' })
    const of = (scene: number, column: number, row: number) =>
      column >= 0 && row >= 0 && column < WIDTH && row < HEIGHT ? value(scene, row * WIDTH + column) : 255
    const expected = Uint8Array.from({ length: 1000 * 700 }, (_, i) => {
      const [column, row] = [i % 1000, Math.floor(i / 1000)]
      const late = of(0, column - 300, row - 100)
      return late === 255 ? of(1, column, row) : late
    })
    for (const file of ['event_mask.tif', 'event_prob.tif'])
      expect(Buffer.compare(gdalPixels(join(folder, file)), expected), file).toBe(0)
  },
)

test('scenes on several grids give a mosaic each, called by its system', () => {
  const scene = (name: string, georeference: ReturnType<typeof at> | null) => ({
    ...{ name, georeference, sensed: null },
    wanted: { window: { column: 0, row: 0, width: 10, height: 10 }, mask: null },
  })
  const scenes = [
    scene('a', at(0, 0)),
    scene('b', at(0, 0, 'EPSG:32634')),
    scene('c', at(50, 70)),
    scene('d', null),
  ]
  const mosaics = planEventMosaics(scenes)
  expect(mosaics.map(({ name, grid }) => [name, grid.members.map(({ place }) => place.scene.name)])).toEqual([
    ['event_EPSG32633', ['a', 'c']],
    ['event_EPSG32634', ['b']],
    ['event_d', ['d']],
  ])
})
