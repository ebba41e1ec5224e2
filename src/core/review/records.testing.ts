import { SPECTRAL_BAND_COUNT } from '../patches/bands'
import type { RoundRecord } from '../rounds/round'
import type { SceneRecord } from '../scenes/sceneRecord'
import type { PointAuditRecord } from './pointAudit'
import type { HistoryRecord, PatchRecord } from './records'
import type { Verdict } from './verdict'

/** Small valid records for tests. */
export function patchRecordFixture(change: Partial<PatchRecord> = {}): PatchRecord {
  return {
    id: 'image_1-0a1b2c',
    order: 0,
    name: 'image_1',
    path: 'train/img/image_1.h5',
    domain: 'source',
    width: 3,
    height: 2,
    hasLabel: true,
    heldOut: false,
    scale: 'l4s',
    georeference: null,
    problems: [],
    statistics: { count: 6, mean: new Array(14).fill(0.5), m2: new Array(14).fill(1) },
    ...change,
  }
}

/** A scene of 9 x 2 pixels, of which the right two thirds are asked for: two cells, with a margin on their left. */
export function sceneFixture(change: Partial<SceneRecord> = {}): SceneRecord {
  const { georeference, statistics } = scenePieceFixture(1)
  return {
    id: 'scene_1',
    name: 'S2A_T33TWM',
    at: '2024-05-01T12:00:00.000Z',
    recipe: {
      name: 'S2A_T33TWM',
      grid: { crs: 'EPSG:32633', transform: [500_000, 10, 0, 5_000_000, 0, -10], width: 9, height: 2 },
      bands: Array.from({ length: SPECTRAL_BAND_COUNT }, (_, index) =>
        index === 9 ? { value: 12 } : { path: `B${index}.jp2`, band: 0, factor: 1, scale: 1, offset: -1000 },
      ),
      resampling: 'nearest',
      elevation: ['dem.tif'],
      slope: null,
    },
    level: 'L1C',
    tile: 'T33TWM',
    sensed: '2020-07-04T09:50:29Z',
    synthetic: ['B10'],
    window: { column: 3, row: 0, width: 6, height: 2 },
    area: { name: 'valley.geojson', polygons: [[[3, 0, 9, 0, 9, 2, 3, 2]]] },
    samples: [{ name: 'S2A_T33TWM, column 0, row 0', width: 9, height: 2, georeference, statistics }],
    pieces: 3,
    complete: true,
    ...change,
  }
}

/** A piece of `sceneFixture`: column 0 is its margin, 1 and 2 are its cells. */
export function scenePieceFixture(column: number, change: Partial<PatchRecord> = {}): PatchRecord {
  const place = {
    sceneId: 'scene_1',
    row: 0,
    column,
    window: { column: 3 * column, row: 0, width: 3, height: 2 },
  }
  return patchRecordFixture({
    id: `scene_1~r00c0${column}`,
    order: 10 + column,
    name: `S2A_T33TWM r00c0${column}`,
    path: 'S2A_T33TWM',
    domain: 'target',
    hasLabel: false,
    scale: 'raw',
    georeference: {
      crs: 'EPSG:32633',
      transform: [500_000 + 30 * column, 10, 0, 5_000_000, 0, -10],
      geoKeys: null,
    },
    cell: column === 0 ? { ...place, margin: true } : place,
    ...change,
  })
}

export function pixelsFixture(width = 3, height = 2) {
  return {
    data: Float32Array.from({ length: width * height * 14 }, (_, index) => index / 10),
    valid: Uint8Array.from({ length: width * height }, (_, index) => (index === 0 ? 0 : 1)),
    label: Uint8Array.from({ length: width * height }, (_, index) => (index % 2 ? 1 : 255)),
  }
}

export function verdictFixture(change: Partial<Verdict> = {}): Verdict {
  return {
    id: 'verdict-1',
    patchId: 'image_1-0a1b2c',
    kind: 'accepted',
    threshold: 0.7,
    roundId: null,
    modelIds: ['starter'],
    maskHash: 'ff',
    at: '2024-05-01T12:00:00.000Z',
    ...change,
  }
}

export function strokeFixture(change: Partial<HistoryRecord> = {}): HistoryRecord {
  return {
    sequence: 1,
    kind: 'stroke',
    patchId: 'image_1-0a1b2c',
    diff: {
      start: Uint32Array.of(1),
      length: Uint32Array.of(2),
      before: Uint8Array.of(0),
      after: Uint8Array.of(1),
    },
    undone: false,
    ...change,
  }
}

/** Two points of the patch above, one of them answered. */
export function pointAuditFixture(change: Partial<PointAuditRecord> = {}): PointAuditRecord {
  return {
    id: 'audit-1',
    at: '2024-05-02T12:00:00.000Z',
    name: 'First audit',
    reviewer: 'A. Reviewer',
    seed: 7,
    precision: 0.05,
    disagreementFrom: 0.3,
    strata: [
      { stratum: 'landslide', pixels: 2, area: 200 },
      { stratum: 'not-landslide', pixels: 3, area: 300 },
    ],
    mapped: { pixels: 2, area: 200 },
    points: [
      { number: 1, patchId: 'image_1-0a1b2c', column: 2, row: 1, stratum: 'not-landslide', mapped: false },
      { number: 2, patchId: 'image_1-0a1b2c', column: 0, row: 0, stratum: 'landslide' },
    ],
    answers: { 1: { answer: 'cannot-tell', at: '2024-05-02T12:01:00.000Z', note: 'in shadow' } },
    ...change,
  }
}

export function roundFixture(change: Partial<RoundRecord> = {}): RoundRecord {
  const metrics = {
    truePositive: 1,
    falsePositive: 2,
    falseNegative: 3,
    trueNegative: 4,
    precision: 1 / 3,
    recall: 0.25,
    f1: 2 / 7,
    iou: 1 / 6,
  }
  return {
    id: 'round-1',
    index: 1,
    parentRoundId: null,
    at: '2024-05-01T12:00:00.000Z',
    seed: 1,
    backend: 'webgpu',
    adapter: 'SwiftShader',
    config: {
      families: ['segformer'],
      preset: 'tiny',
      steps: 2,
      microBatch: 1,
      accumulate: 1,
      learningRate: 1e-4,
      weightDecay: 0.01,
      warmupSteps: 0,
      gradientClip: 1,
      labelSmoothing: 0.1,
      lovaszWeight: 1,
      crossEntropyWeight: 1,
      auxiliaryWeight: 0.4,
      scale: 1,
      ohem: { threshold: 0.7, minKeptShare: 0.1 },
      emaDecay: 0,
      crossSensor: true,
      targetWeight: 0.5,
      pseudoLabel: { high: 0.7, low: 0.3, binary: false },
      softPseudoLabels: true,
      targetStatistics: 'self',
      testTimeFlips: false,
      stopWhenChangedBelow: 0.001,
      decisionThreshold: 0.5,
      decayPower: 1,
      landslideShare: 0.5,
      augment: true,
      rotationDegrees: 15,
      rotationShare: 0.5,
      contrast: 0.2,
      brightness: 0.2,
      bandJitter: 0.05,
      gamma: 0.2,
      bandDropout: 0,
      cropSize: 32,
      evaluateEvery: 1,
      seed: 1,
    },
    statistics: { source: null, target: null },
    verdictIds: [],
    sourcePatchIds: ['image_1-0a1b2c'],
    targetPatchIds: [],
    heldOutPatchIds: [],
    networks: [
      {
        modelId: 'round-1-segformer',
        family: 'segformer',
        preset: 'tiny',
        weightsHash: 'aa',
        parentModelId: null,
        bestStep: 2,
        losses: [
          [1, 2.5],
          [2, 2.25],
        ],
        heldOut: metrics,
      },
    ],
    ensembleHeldOut: null,
    target: {
      changedPixels: { gained: 1, lost: 2, compared: 100 },
      confidence: new Array<number>(20).fill(5),
    },
    notes: [],
    seconds: 1.5,
    ...change,
  }
}
