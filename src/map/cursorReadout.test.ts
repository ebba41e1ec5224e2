import { expect, test } from 'vitest'
import { pointAuditFixture } from '../core/review/records.testing'
import { enterAudit } from '../state/accuracy/actions'
import { openProject } from '../state/session/openProject'
import { emptyDisk, openStudio, patchRecord, SIDE } from '../state/studio.testing'
import type { ModelSummary } from '../worker/protocolModels'
import { readUnderCursor } from './cursorReadout'

const AREA = SIDE * SIDE
const filled = (value: number) => new Float32Array(AREA).fill(value)

async function studioWith(patch = patchRecord('t1', { predictedBy: ['a', 'b'] })) {
  const studio = openStudio(emptyDisk([patch]))
  await openProject(studio)
  // Band b of pixel p holds 100 b + p; slope and elevation too.
  const data = Float32Array.from({ length: 14 * AREA }, (_, i) => Math.floor(i / AREA) * 100 + (i % AREA))
  const valid = new Uint8Array(AREA).fill(1)
  valid[1] = 0
  studio.pixels.pixels.set('t1', { data, valid, label: null })
  studio.store.change({
    models: {
      list: [
        { id: 'a', family: 'segformer', title: 'A' },
        { id: 'b', family: 'swin-unet', title: 'B' },
      ] as ModelSummary[],
    },
  })
  return { studio, patch }
}

test('reads all bands in their units, slope and elevation', async () => {
  const { studio, patch } = await studioWith()
  const readout = readUnderCursor(studio, patch, 2, 1)!
  expect(readout.reflectance.map(({ name }) => name)).toEqual(
    Array.from({ length: 12 }, (_, i) => `B${i + 1}`),
  )
  expect(readout.reflectance[11]!.value).toBeCloseTo((1100 + SIDE + 2) / 10_000, 6)
  expect(readout).toMatchObject({ slope: 1210, elevation: 1310, place: null, valid: true })
  expect(readUnderCursor(studio, patch, 1, 0)!.valid).toBe(false)
})

test('is nothing outside the raster', async () => {
  const { studio, patch } = await studioWith()
  for (const [column, row] of [
    [-1, 0],
    [0, -1],
    [SIDE, 0],
    [0, SIDE],
  ] as const) {
    expect(readUnderCursor(studio, patch, column, row)).toBeNull()
  }
})

test('reads the ensemble and every network, and how far apart they are', async () => {
  const { studio, patch } = await studioWith()
  studio.pixels.probabilities.set('t1/ensemble', filled(0.5))
  studio.pixels.probabilities.set('t1/a', filled(0.25))
  expect(readUnderCursor(studio, patch, 0, 0)).toMatchObject({ disagreement: null, entropy: 1 })
  studio.pixels.probabilities.set('t1/b', filled(0.75))
  const readout = readUnderCursor(studio, patch, 0, 0)!
  expect(readout.probabilities.map(({ title, value }) => [title, value])).toEqual([
    ['Ensemble', 0.5],
    ['SegFormer', 0.25],
    ['Swin + U-Net', 0.75],
  ])
  expect(readout).toMatchObject({ disagreement: 0.5, probability: 0.5 })
  studio.pixels.probabilities.set('t1/ensemble', filled(Number.NaN))
  expect(readUnderCursor(studio, patch, 0, 0)).toMatchObject({ probability: null, entropy: null })
})

test('places the middle of the pixel in the coordinates of the raster', async () => {
  const georeference = {
    crs: 'EPSG:32633',
    geoKeys: null,
    transform: [500_000, 10, 0, 4_000_000, 0, -10] as [number, number, number, number, number, number],
  }
  const { studio, patch } = await studioWith(patchRecord('t1', { georeference }))
  expect(readUnderCursor(studio, patch, 2, 1)!.place).toEqual({ x: 500_025, y: 3_999_985, crs: 'EPSG:32633' })
})

test('tells nothing of the map while points are audited, and all of the image', async () => {
  const { studio, patch } = await studioWith()
  for (const model of ['ensemble', 'a', 'b']) studio.pixels.probabilities.set(`t1/${model}`, filled(0.5))
  studio.pixels.masks.set('t1', new Uint8Array(AREA).fill(1))
  const open = readUnderCursor(studio, patch, 2, 1)!
  expect(open).toMatchObject({ mask: 'landslide', probability: 0.5, entropy: 1, disagreement: 0 })
  const points = pointAuditFixture().points.map(point => ({ ...point, patchId: 't1', column: 1, row: 1 }))
  studio.store.change({ accuracy: { list: [pointAuditFixture({ points, answers: {} })] } })
  enterAudit(studio, 'audit-1')
  const hidden = { mask: null, probability: null, probabilities: [], entropy: null, disagreement: null }
  expect(readUnderCursor(studio, patch, 2, 1)).toEqual({ ...open, ...hidden })
  studio.close()
})
