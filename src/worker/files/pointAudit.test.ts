import { expect, test } from 'vitest'
import type { HistoryRecord, PatchRecord } from '../../core/review/records'
import { patchRecordFixture, strokeFixture } from '../../core/review/records.testing'
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
) {
  return {
    patches: async () => patches,
    patch: async (id: string) => patches.find(patch => patch.id === id)!,
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
