import { expect, test } from 'vitest'
import type { HistoryRecord, PatchRecord } from '../../core/review/records'
import {
  patchRecordFixture,
  sceneFixture,
  strokeFixture,
  verdictFixture,
} from '../../core/review/records.testing'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { countAudited, drawAudited, mapAtPoints } from './pointAudit'

const [WIDTH, HEIGHT] = [5, 4]
const AREA = WIDTH * HEIGHT
const georeference = { crs: 'EPSG:32633', transform: [5e5, 10, 0, 5e6, 0, -10] as const, geoKeys: null }

const record = (id: string, change: Partial<PatchRecord> = {}) =>
  patchRecordFixture({
    ...{ id, name: id, order: Number(id.slice(1)), width: WIDTH, height: HEIGHT, georeference },
    ...{ domain: 'target', hasLabel: false, predictedBy: ['a', 'b'] },
    ...change,
  })

/** By rows: landslide from the third row on; the networks differ in the last column; no data in the first pixel. */
const probability = (model: string) =>
  Float32Array.from({ length: AREA }, (_, at) => {
    if (at === 0) return Number.NaN
    const value = at >= 2 * WIDTH ? 0.8 : 0.1
    return at % WIDTH === WIDTH - 1 && model === 'b' ? 1 - value : value
  })

function project(
  patches: PatchRecord[],
  steps: HistoryRecord[] = [],
  masks: Record<string, Uint8Array> = {},
  scenes: SceneRecord[] = [],
) {
  return {
    patches: async () => patches,
    patch: async (id: string) => patches.find(patch => patch.id === id)!,
    scenes: async () => scenes,
    history: async () => steps,
    readMask: async (id: string) => masks[id] ?? null,
    readPixelWindow: async () => ({
      data: new Float32Array(0),
      valid: Uint8Array.from({ length: AREA }, (_, at) => Number(at > 0)),
    }),
    readProbability: async (id: string, model: string) =>
      patches.some(patch => patch.id === id && patch.predictedBy) ? probability(model) : null,
  }
}

const REQUEST = { patchIds: ['p1', 'p2', 'p3'], threshold: 0.5, disagreementFrom: 0.3 }
const PAINTED = Uint8Array.from({ length: AREA }, (_, at) => (at === 7 ? 1 : 0))

const three = () =>
  project(
    [record('p1'), record('p2', { georeference: null }), record('p3', { predictedBy: undefined })],
    [strokeFixture({ patchId: 'p2' })],
    { p2: PAINTED },
  )

test('strata are counted from the masks as shown, patch by patch, and what has none is named', async () => {
  const progress: string[] = []
  const context = {
    onProgress: ({ label, done }: { label: string; done: number }) => progress.push(`${done} ${label}`),
  }
  expect(await countAudited(three(), REQUEST, context)).toEqual({
    patches: [
      {
        patchId: 'p1',
        // The last column is in the stratum of disagreement, whatever the map says.
        strata: { landslide: 8, 'not-landslide': 7, disagreement: 4 },
        landslides: 10,
        pixelArea: 100,
      },
      // Painted by hand: its mask is what is shown.
      {
        patchId: 'p2',
        strata: { landslide: 1, 'not-landslide': 14, disagreement: 4 },
        landslides: 1,
        pixelArea: null,
      },
    ],
    missing: ['p3'],
    sharedPixels: 0,
  })
  expect(progress).toEqual(['0 Reading p1', '1 Reading p2', '2 Reading p3', '3 Reading masks'])
  const plain = await countAudited(three(), { ...REQUEST, disagreementFrom: null }, {})
  expect(plain.patches[0]!.strata).toEqual({ landslide: 10, 'not-landslide': 9, disagreement: 0 })
})

test('points lie in their strata, say what the map said, and are the same for the same seed', async () => {
  const { patches } = await countAudited(three(), REQUEST, {})
  const sizes = { landslide: 4, 'not-landslide': 5, disagreement: 3 }
  const draw = (seed: number) => drawAudited(three(), { ...REQUEST, patches, sizes, seed }, {})
  const { points } = await draw(7)
  expect(points.map(({ number }) => number)).toEqual(Array.from({ length: 12 }, (_, index) => index + 1))
  expect(new Set(points.map(({ patchId, column, row }) => `${patchId}/${column}/${row}`)).size).toBe(12)
  for (const { patchId, column, row, stratum, mapped } of points) {
    const said = patchId === 'p2' ? PAINTED[row * WIDTH + column] === 1 : row >= 2
    expect(mapped).toBe(said && !(patchId === 'p2' && column === 4))
    if (column === WIDTH - 1) expect(stratum).toBe('disagreement')
    else expect(stratum).toBe(said ? 'landslide' : 'not-landslide')
  }
  expect(await draw(7)).toEqual({ points })
  expect(await draw(8)).not.toEqual({ points })
})

test('a map that changed between the passes is noticed, and a cancelled draw ends', async () => {
  const { patches } = await countAudited(three(), REQUEST, {})
  const sizes = { landslide: 9, 'not-landslide': 0, disagreement: 0 }
  const request = { ...REQUEST, patches, sizes, seed: 1 }
  const emptied = project(
    [record('p1'), record('p2')],
    [strokeFixture({ patchId: 'p1' }), strokeFixture({ sequence: 2, patchId: 'p2' })],
    { p1: new Uint8Array(AREA), p2: new Uint8Array(AREA) },
  )
  await expect(drawAudited(emptied, request, {})).rejects.toMatchObject({ code: 'bad-argument' })
  const signal = AbortSignal.abort()
  await expect(drawAudited(three(), request, { signal })).rejects.toMatchObject({ code: 'aborted' })
  await expect(countAudited(three(), REQUEST, { signal })).rejects.toMatchObject({ code: 'aborted' })
})

test('the map is read now at the points, and says nothing where it is ignored or gone', async () => {
  const points = [
    { patchId: 'p1', column: 1, row: 0 },
    { patchId: 'p2', column: 2, row: 1 },
    { patchId: 'p1', column: 1, row: 3 },
    { patchId: 'p1', column: 0, row: 0 },
    { patchId: 'gone', column: 0, row: 0 },
    { patchId: 'p3', column: 0, row: 0 },
  ]
  const { classes } = await mapAtPoints(three(), { points, threshold: 0.5 }, {})
  expect(classes).toEqual([0, 1, 1, null, null, null])
  const higher = await mapAtPoints(three(), { points, threshold: 0.9 }, {})
  expect(higher.classes).toEqual([0, 1, 0, null, null, null])
})

const moved = (east: number, crs = 'EPSG:32633') => ({
  ...georeference,
  crs,
  transform: [5e5 + east, 10, 0, 5e6, 0, -10] as const,
})

/** Pixels of all strata of what was counted. */
const pixelsOf = ({ patches }: Awaited<ReturnType<typeof countAudited>>) =>
  patches.map(({ strata }) => strata.landslide + strata['not-landslide'] + strata.disagreement)

test('ground that two patches show is counted and drawn from once, in the first of them', async () => {
  // The second begins at the third column of the first: three of its five columns are shared.
  const overlapping = project([record('p1'), record('p2', { georeference: moved(20) })])
  const counted = await countAudited(overlapping, REQUEST, {})
  // The first pixel of each patch has no data; what the first does not know, the second may own.
  expect(pixelsOf(counted)).toEqual([19, 8])
  expect(counted.sharedPixels).toBe(11)
  // 7 columns of 4 pixels on the ground, less the pixel that nobody knows.
  expect(counted.patches.reduce((sum, { landslides }) => sum + landslides, 0)).toBe(2 * 7)
  const sizes = { landslide: 9, 'not-landslide': 9, disagreement: 9 }
  const strata = counted.patches.map(patch => patch.strata)
  for (const stratum of ['landslide', 'not-landslide', 'disagreement'] as const)
    sizes[stratum] = strata.reduce((sum, one) => sum + one[stratum], 0)
  const { points } = await drawAudited(
    overlapping,
    { ...REQUEST, patches: counted.patches, sizes, seed: 1 },
    {},
  )
  // Every pixel was drawn: no place on the ground twice.
  const places = points.map(({ patchId, column, row }) => `${column + (patchId === 'p2' ? 2 : 0)},${row}`)
  expect(places).toHaveLength(27)
  expect(new Set(places).size).toBe(27)
})

test('a judged mask owns the ground before one that was only predicted', async () => {
  const both = [record('p1'), record('p2', { georeference: moved(20) })]
  const verdict = verdictFixture({ patchId: 'p2' })
  const step: HistoryRecord = {
    sequence: 1,
    kind: 'verdict',
    patchId: 'p2',
    verdictAfter: verdict,
    undone: false,
  }
  const counted = await countAudited(project(both, [step], { p2: PAINTED }), REQUEST, {})
  expect(pixelsOf(counted)).toEqual([8, 19])
})

test('patches of different systems overlap on the ground, those of no system never do', async () => {
  const zone34 = {
    ...georeference,
    crs: 'EPSG:32634',
    transform: [28_380, 10, 0, 5_017_540, 0, -10] as const,
  }
  const nowhere = { ...georeference, crs: null }
  const patches = [
    record('p1'),
    record('p2', { georeference: zone34 }),
    record('p3', { georeference: nowhere }),
  ]
  const counted = await countAudited(project(patches), REQUEST, {})
  expect(pixelsOf(counted)[0]).toBe(19)
  expect(pixelsOf(counted)[1]).toBe(19 - counted.sharedPixels)
  expect(counted.sharedPixels).toBeGreaterThan(5)
  expect(pixelsOf(counted)[2]).toBe(19)
})

test('outside the area of interest of its scene a cell is no ground of the event', async () => {
  const window = { column: 10, row: 20, width: WIDTH, height: HEIGHT }
  const cell = record('p1', { cell: { sceneId: 'scene_1', row: 0, column: 0, window } })
  const area = { name: 'a', polygons: [[[10, 20, 10, 24, 12, 24, 12, 20]]] }
  const counted = await countAudited(project([cell], [], {}, [sceneFixture({ area })]), REQUEST, {})
  expect(pixelsOf(counted)).toEqual([7])
})
