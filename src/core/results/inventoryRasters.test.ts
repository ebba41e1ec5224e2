import { beforeAll, describe, expect, test } from 'vitest'
import type { InventoryRaster, InventoryRows } from '../inventory/inventory'
import { maskFromProbability } from '../masks/probability'
import type { ProjectReader } from '../project/projectReader'
import { patchRecordFixture, roundFixture } from '../review/records.testing'
import { disagreementMap } from '../review/uncertainty'
import { areaMask } from '../scenes/polygons'
import { planRasters } from './inventoryRasters'
import {
  groundOf,
  ids,
  judged,
  projectOf,
  SCENE_WINDOW,
  slopeOf,
  type TestScene,
  testScene,
} from './sceneProject.testing'

const PLANES = ['mask', 'probability', 'disagreement', 'elevation', 'slope'] as const

type Plane = (typeof PLANES)[number]

/** All of a raster by runs of rows that end within cells. */
async function allOf(raster: InventoryRaster, run = 100): Promise<Record<Plane, number[] | null>> {
  const all = Object.fromEntries(PLANES.map(name => [name, [] as number[] | null]))
  for (let top = 0; top < raster.height; top += run) {
    const rows: InventoryRows = await raster.rows(top, Math.min(run, raster.height - top))
    for (const name of PLANES) {
      const values = rows[name]
      if (!values) all[name] = null
      else for (const value of values) all[name]!.push(value)
    }
  }
  return all as Record<Plane, number[] | null>
}

/** The first pixel that is not as expected; -1 for none. Faster than `toEqual`. */
function firstWrong(got: readonly number[] | null, expected: ArrayLike<number>): number {
  if (got?.length !== expected.length) throw new Error(`${got?.length} pixels, not ${expected.length}`)
  return got.findIndex((value, i) => !Object.is(value, expected[i]))
}

const projectRasters = async (...request: Parameters<typeof planRasters>) =>
  (await planRasters(...request)).rasters

let scene: TestScene
beforeAll(async () => {
  scene = await testScene('one')
})

describe('a scene', () => {
  test('is one raster of its cells, each read once', async () => {
    const { store, read } = projectOf([scene], [judged(scene.cells[3]!.id, 'accepted')])
    const [raster, ...others] = await projectRasters(store, ids(scene), 0.5)
    expect(others).toEqual([])
    expect(raster).toMatchObject({
      name: 'scene one',
      width: 700,
      height: 530,
      georeference: { crs: 'EPSG:32633', transform: [466180, 10, 0, 5079750, 0, -10] },
      area: null,
      sources: [{ id: 'scene one', kind: 'Sentinel-2 L1C', sensed: '2020-07-04T09:50:29Z', tile: null }],
      elevationSource: 'dem.tif',
    })
    expect(raster!.origins).toHaveLength(4)
    expect(raster!.origins[3]).toEqual({
      window: { column: 350, row: 265, width: 350, height: 265 },
      state: 'accepted',
      reviewer: 'Ann',
      at: '2024-05-01T12:00:00.000Z',
      round: null,
      models: ['a', 'b'],
      threshold: 0.5,
    })
    expect(read).toEqual([])
    const all = await allOf(raster!)
    expect(firstWrong(all.mask, maskFromProbability(scene.probability, 0.5, null))).toBe(-1)
    expect(firstWrong(all.probability, scene.probability)).toBe(-1)
    expect(firstWrong(all.disagreement, disagreementMap(scene.members))).toBe(-1)
    // Also where the mask has no data.
    expect(all.mask).toContain(255)
    expect(firstWrong(all.elevation, groundOf(scene))).toBe(-1)
    expect(firstWrong(all.slope, groundOf(scene).map(slopeOf))).toBe(-1)
    expect(new Set(read).size).toBe(read.length)
    // A pass of the mask alone reads what the masks are made of.
    read.splice(0)
    const mask = await raster!.maskRows!(0, 530)
    expect(Buffer.compare(mask, Uint8Array.from(all.mask!))).toBe(0)
    expect(read).toEqual(ids(scene).map(id => `${id} ensemble`))
  })

  test('has no data outside its area, where no cell was asked for, and in cells without a mask', async () => {
    const [first, second, third] = scene.cells
    const polygons = [[[120, 60, 640, 90, 300, 560]]]
    const within: TestScene = {
      ...scene,
      record: { ...scene.record, area: { name: 'area.geojson', polygons } },
      cells: [first!, second!, { ...third!, predictedBy: undefined }, scene.cells[3]!],
    }
    const { store } = projectOf([within], [])
    const [raster] = await projectRasters(store, [first!.id, second!.id, third!.id], 0.5)
    expect(raster!.area).toEqual([[[20, 10, 540, 40, 200, 510]]])
    expect(raster!.origins).toHaveLength(2)
    const expected = maskFromProbability(scene.probability, 0.5, areaMask(polygons)(SCENE_WINDOW))
    expected.fill(255, 265 * 700)
    expect(firstWrong((await allOf(raster!)).mask, expected)).toBe(-1)
  })

  test('stops when it is cancelled', async () => {
    const { store, read } = projectOf([scene], [])
    const [raster] = await projectRasters(store, ids(scene), 0.5)
    await expect(raster!.rows(0, 10, AbortSignal.abort())).rejects.toMatchObject({ code: 'aborted' })
    expect(read).toEqual([])
  })
})

test('scenes on one grid are one raster of the event, all planes of the piece that counts', async () => {
  // 300 pixels east and 200 south of the first.
  const later = await testScene('two', { sensed: '2020-07-14T09:50:29Z', corner: [468180, 5078250] })
  const { store } = projectOf([later, scene], [])
  const [raster, ...others] = await projectRasters(store, ids(scene, later), 0.5, undefined, 'event')
  expect(others).toEqual([])
  expect(raster).toMatchObject({ name: 'event', width: 1000, height: 730 })
  // What neither scene covers is not part of the area.
  expect(areaMask(raster!.area!)({ column: 0, row: 0, width: 1000, height: 730 })[700 * 1000]).toBe(0)
  const all = await allOf(raster!)
  const wrong = all.elevation!.findIndex((value, i) => {
    const [column, row] = [i % 1000, Math.floor(i / 1000)]
    const at = (one: TestScene, x: number, y: number) =>
      x < 0 || y < 0 || x >= 700 || y >= 530
        ? { p: Number.NaN, ground: Number.NaN }
        : { p: one.probability[y * 700 + x]!, ground: 900 - y + x / 10 }
    const [early, late] = [at(scene, column, row), at(later, column - 300, row - 200)]
    const best = !Number.isNaN(late.p) ? late : early
    if (Number.isNaN(best.p)) return !Number.isNaN(all.probability![i]!)
    return all.probability![i] !== best.p || value !== Math.fround(best.ground)
  })
  expect(wrong).toBe(-1)
})

test('scenes that overlap as rasters of their own have each place on the ground once, as the event has it', async () => {
  const later = await testScene('two', { sensed: '2020-07-14T09:50:29Z', corner: [468180, 5078250] })
  const { store } = projectOf([later, scene], [])
  const count = async (mosaics: 'scene' | 'event') => {
    const planned = await planRasters(store, ids(scene, later), 0.5, undefined, mosaics)
    let landslides = 0
    for (const raster of planned.rasters) {
      for (const value of await raster.maskRows!(0, raster.height)) landslides += Number(value === 1)
    }
    return { landslides, pairs: planned.shared.pairs }
  }
  const event = await count('event')
  expect(event.pairs).toEqual([])
  expect(event.landslides).toBeGreaterThan(1000)
  expect(await count('scene')).toEqual({
    landslides: event.landslides,
    pairs: [['scene two', 'scene one']],
  })
})

test('patches are rasters by themselves, named as the files of their masks', async () => {
  const prediction = {
    at: '2026-02-03T00:00:00Z',
    roundId: 'round-1',
    models: [{ id: 'round-1-segformer', weightsHash: 'aa' }],
    rule: 'self' as const,
    normalisation: [],
  }
  const common = { hasLabel: false, predictedBy: ['round-1-segformer'], prediction }
  const records = ['p', 'q', 'r'].map(id => patchRecordFixture({ id, ...common }))
  const { predictedBy: _, ...unpredicted } = records[2]!
  const { store } = projectOf([], [], new Map(), [...records.slice(0, 2), unpredicted])
  const known: ProjectReader = { ...store, rounds: async () => [roundFixture()] }
  const rasters = await projectRasters(known, ['p', 'q', 'r'], 0.25)
  expect(rasters.map(({ name }) => name)).toEqual(['image_1', 'image_1-2'])
  expect(rasters[0]).toMatchObject({
    georeference: null,
    sources: [{ id: 'image_1', kind: null, sensed: null, tile: null }],
    elevationSource: 'DEM band of image_1.h5',
    origins: [{ state: 'predicted', round: '1', models: ['round-1-segformer'], threshold: 0.25 }],
  })
  const rows = await rasters[0]!.rows(0, 2)
  expect(rows.mask).toEqual(new Uint8Array(6).fill(1))
  // One network disagrees with nobody.
  expect(rows.disagreement).toBeNull()
  expect(rows.elevation).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6))
})
