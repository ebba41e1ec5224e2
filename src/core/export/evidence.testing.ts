import type { InventoryRaster } from '../inventory/inventory'
import { DEM_BAND, SLOPE_BAND } from '../patches/bands'
import type { Patch } from '../patches/patch'
import { IGNORE } from '../patches/patch'
import type { PointAuditRecord } from '../review/pointAudit'
import { generatePatch } from '../synthetic/generatePatch'
import { TARGET_REGION } from '../synthetic/region'
import type { EvidenceFacts } from './evidence'
import type { RasterLook } from './mapPicture'

/** A generated event on one grid, a corner of it without data, and what it looks like. */
export function evidenceEvent(
  size = 192,
  changes: Partial<InventoryRaster> = {},
): { raster: InventoryRaster; look: RasterLook; patch: Patch } {
  const spec = { seed: 5, index: 3, region: TARGET_REGION, size, name: 'event', id: 'event', labelled: true }
  const patch = generatePatch(spec)
  const area = size * size
  const band = (index: number) => patch.data.subarray(index * area, (index + 1) * area)
  const mask = Uint8Array.from(patch.label!)
  for (let row = 0; row < size / 4; row++) mask.fill(IGNORE, row * size, row * size + size / 4 - row)
  const probability = Float32Array.from(mask, (value, i) =>
    value === IGNORE ? Number.NaN : value === 1 ? 0.7 + (i % 10) / 50 : (i % 10) / 50,
  )
  const cut = (plane: Float32Array, top: number, count: number) =>
    plane.slice(top * size, (top + count) * size)
  const window = { column: 0, row: 0, width: size, height: size / 2 }
  const raster: InventoryRaster = {
    name: 'event',
    width: size,
    height: size,
    georeference: {
      crs: 'EPSG:32633',
      transform: [412_000, 10, 0, 5_190_000, 0, -10],
      geoKeys: null,
    },
    area: null,
    sources: [
      {
        id: 'S2B_MSIL1C_20200704T095029_T33TWM',
        kind: 'Sentinel-2 L1C',
        sensed: '2020-07-04T09:50:29Z',
        tile: 'T33TWM',
      },
      {
        id: 'S2A_MSIL1C_20200729T095031_T33TWM',
        kind: 'Sentinel-2 L1C',
        sensed: '2020-07-29T09:50:31Z',
        tile: 'T33TWM',
      },
    ],
    elevationSource: 'Copernicus_DSM_10_N46.tif',
    origins: [
      {
        window,
        state: 'accepted',
        reviewer: 'Ada',
        at: '2024-04-30T08:00:00.000Z',
        round: '2',
        models: ['segformer-r2', 'swin-r2'],
        threshold: 0.5,
      },
      {
        window: { ...window, row: size / 2 },
        state: 'predicted',
        reviewer: null,
        at: '2024-04-29T08:00:00.000Z',
        round: '2',
        models: ['segformer-r2', 'swin-r2'],
        threshold: 0.5,
      },
    ],
    async rows(top, count) {
      return {
        mask: mask.slice(top * size, (top + count) * size),
        probability: cut(probability, top, count),
        disagreement: cut(
          probability.map(p => p / 4),
          top,
          count,
        ),
        elevation: cut(band(DEM_BAND), top, count),
        slope: cut(band(SLOPE_BAND), top, count),
      }
    },
    ...changes,
  }
  return {
    raster,
    look: {
      window: { column: 0, row: 0, width: size, height: size },
      width: size,
      height: size,
      planes: [band(3), band(2), band(1)],
    },
    patch,
  }
}

/** Forty points, five of them open. */
export function auditFixture(): PointAuditRecord {
  const points = Array.from({ length: 40 }, (_, i) => ({
    number: i + 1,
    patchId: 'event',
    column: i,
    row: i,
    stratum:
      i < 15 ? ('landslide' as const) : i < 30 ? ('not-landslide' as const) : ('disagreement' as const),
  }))
  const at = '2024-05-01T09:00:00.000Z'
  return {
    id: 'audit-1',
    at,
    name: 'Audit 1',
    reviewer: 'Grace',
    seed: 7,
    precision: 0.05,
    disagreementFrom: 0.4,
    strata: [
      { stratum: 'landslide', pixels: 2_000, area: 200_000 },
      { stratum: 'not-landslide', pixels: 90_000, area: 9_000_000 },
      { stratum: 'disagreement', pixels: 8_000, area: 800_000 },
    ],
    points,
    answers: Object.fromEntries(
      points.slice(0, 35).map(({ number, stratum }) => {
        const right = number % 6 !== 0
        const answer =
          number === 34
            ? ('cannot-tell' as const)
            : (stratum === 'landslide') === right
              ? ('landslide' as const)
              : ('not-landslide' as const)
        return [number, { answer, at }]
      }),
    ),
  }
}

/** Everything that a report can say. */
export const FACTS: EvidenceFacts = {
  title: 'Carnic Alps, July 2020',
  at: '2024-05-02T10:00:00.000Z',
  version: '0.2.0',
  models: [
    { id: 'segformer-r2', architecture: 'SegFormer', weights: 'ab12'.repeat(16), licence: null },
    { id: 'swin-r2', architecture: 'Swin + U-Net', weights: 'cd34'.repeat(16), licence: 'Apache-2.0' },
  ],
  rounds: [],
  audits: [],
  options: { minimumArea: 300, fillHoles: 0, simplify: 0 },
  notes: [],
}
