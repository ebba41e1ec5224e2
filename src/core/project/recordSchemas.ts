import { AppError } from '../foundation/appError'
import { idSchema } from '../foundation/ids'
import { z } from '../foundation/schema'
import { BAND_COUNT, SPECTRAL_BAND_COUNT } from '../patches/bands'
import { VALUE_SCALES } from '../patches/patch'
import type { SetPatch } from '../patches/setStatistics'
import type { BandStatistics } from '../patches/statistics'
import { STATISTICS_RULES } from '../patches/targetStatistics'
import { NOTE_REASONS, type NoteReason, noteOfSentence } from '../raster/fileNote'
import type { PixelWindow } from '../raster/rasterSource'
import type { AuditEntry } from '../review/auditLog'
import type { PointAuditRecord } from '../review/pointAudit'
import type { PredictionOrigin } from '../review/predictionOrigin'
import type { DrawnFrom, HistoryRecord, PatchChange, PatchRecord, UnfinishedRound } from '../review/records'
import type { Verdict } from '../review/verdict'
import { confusionSchema } from '../rounds/modelManifest'
import { FAMILIES } from '../rounds/networks'
import type { ProbabilityTally } from '../rounds/probabilityTally'
import type { RoundRecord } from '../rounds/round'
import type { RoundConfig } from '../rounds/roundConfig'
import { MOST_VERTICES, type Polygon } from '../scenes/polygons'
import type { AbsentBand, StackBand, StackRecipe } from '../scenes/scene'
import type { CellPlace, SceneRecord } from '../scenes/sceneRecord'
import type { ImportedModelRecord, ProjectRecord } from './projectRecords'
import { isWithin } from './rasterFiles'

/** Records as stored. Unknown fields are kept, so that a record written by a later version loses nothing. */
const domain = z.enum(['source', 'target'])
const share = z.number().min(0).max(1)
const family = z.enum(FAMILIES)

const statistics = z.looseObject({
  count: z.number().nonnegative(),
  mean: z.array(z.number()),
  m2: z.array(z.number()),
}) satisfies z.ZodType<BandStatistics>

const perBand = z.array(z.number()).length(BAND_COUNT)

const patchStatistics = statistics.extend({ mean: perBand, m2: perBand })

const transform = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number()]).readonly()

const georeference = z.looseObject({
  crs: z.string().nullable(),
  transform: transform.nullable(),
  geoKeys: z.record(z.string(), z.union([z.number(), z.string(), z.array(z.number())])).nullable(),
})

const metrics = z.looseObject({
  ...confusionSchema.shape,
  precision: share.nullable(),
  recall: share.nullable(),
  f1: share.nullable(),
  iou: share.nullable(),
})

export const projectSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  createdAt: z.string(),
  threshold: share,
  thresholdChosen: z.boolean().optional(),
  modelThreshold: share.optional(),
  ensemble: z.array(idSchema).nullable().optional(),
  startFrom: z.record(idSchema, idSchema).optional(),
  baseRoundId: idSchema.nullable().optional(),
  filesFolder: z.string().min(1).optional(),
}) satisfies z.ZodType<ProjectRecord>

export const importedModelSchema = z.looseObject({
  id: idSchema,
  at: z.string(),
  from: z.string(),
  needsTraining: z.boolean(),
  notes: z.array(z.string()),
}) satisfies z.ZodType<ImportedModelRecord>

const prediction = z.looseObject({
  at: z.string(),
  roundId: idSchema.nullable(),
  models: z.array(z.looseObject({ id: idSchema, weightsHash: z.string() })),
  rule: z.enum(STATISTICS_RULES),
  normalisation: z.array(z.string()),
}) satisfies z.ZodType<PredictionOrigin>

/** Earlier versions kept a note as its sentence alone. */
const fileNote = z.union([
  z.string().transform(noteOfSentence),
  z.looseObject({
    // A reason of a later version still has its sentence.
    reason: z.enum(Object.keys(NOTE_REASONS) as [NoteReason]).catch('unsorted'),
    message: z.string(),
  }),
])

/** Pixels along a side, and at most as many in all. */
const MOST_SCENE_PIXELS = 2 ** 29
const side = z.int().positive().max(MOST_SCENE_PIXELS)
const place = z.int().nonnegative().max(MOST_SCENE_PIXELS)

const pixelWindow = z.looseObject({
  column: place,
  row: place,
  width: side,
  height: side,
}) satisfies z.ZodType<PixelWindow>

const cellPlace = z.looseObject({
  sceneId: idSchema,
  row: place,
  column: place,
  window: pixelWindow,
  margin: z.literal(true).optional(),
}) satisfies z.ZodType<CellPlace>

const drawnFrom = z.looseObject({
  event: z.string().regex(/^[0-9a-f]{64}$/),
  input: z.string().max(1000),
  index: z.int().nonnegative(),
  window: pixelWindow,
}) satisfies z.ZodType<DrawnFrom>

const patchFields = z.looseObject({
  id: idSchema,
  order: z.number(),
  name: z.string(),
  path: z.string(),
  domain,
  width: z.int().positive(),
  height: z.int().positive(),
  hasLabel: z.boolean(),
  heldOut: z.boolean(),
  scale: z.enum(VALUE_SCALES),
  georeference: georeference.nullable(),
  problems: z.array(fileNote),
  statistics: patchStatistics,
  predictedBy: z.array(idSchema).optional(),
  prediction: prediction.optional(),
  scores: z.looseObject({ disagreement: share, entropy: share, confidence: share }).optional(),
  removed: z.boolean().optional(),
  note: z.string().optional(),
  exported: z.string().optional(),
  cell: cellPlace.optional(),
  drawn: drawnFrom.optional(),
})

export const patchSchema = patchFields.refine(
  ({ cell, width, height }) => !cell || (cell.window.width === width && cell.window.height === height),
  { path: ['cell', 'window'], message: 'of another size than the patch' },
) satisfies z.ZodType<PatchRecord>

const stackBand = z.looseObject({
  path: z.string(),
  band: place,
  factor: z.number().positive(),
  scale: z.number(),
  offset: z.number(),
}) satisfies z.ZodType<StackBand>

const absentBand = z.looseObject({ value: z.number() }) satisfies z.ZodType<AbsentBand>

const recipe = z.looseObject({
  name: z.string(),
  grid: z
    .looseObject({ crs: z.string(), transform, width: side, height: side })
    .refine(grid => grid.width * grid.height <= MOST_SCENE_PIXELS, 'too many pixels'),
  bands: z.array(z.union([stackBand, absentBand])).length(SPECTRAL_BAND_COUNT),
  resampling: z.enum(['nearest', 'bilinear']),
  elevation: z.array(z.string()),
  slope: z.string().nullable(),
}) satisfies z.ZodType<StackRecipe>

/** By hand: a million vertices are checked whenever the project is opened. */
const polygons = z.custom<Polygon[]>(isPolygons, 'not rings of x, y, x, y ...')

function isPolygons(value: unknown): boolean {
  let numbers = 0
  const isRing = (ring: unknown) => {
    if (!Array.isArray(ring) || ring.length % 2 !== 0) return false
    numbers += ring.length
    return numbers <= 2 * MOST_VERTICES && ring.every(Number.isFinite)
  }
  return Array.isArray(value) && value.every(rings => Array.isArray(rings) && rings.every(isRing))
}

/** Far more than `sampleWindows` gives. */
const MOST_SAMPLES = 10_000

/** Of scenes and patches by themselves together. */
export const MOST_PATCHES = 100_000

const sample = z.looseObject({
  name: z.string(),
  width: side,
  height: side,
  georeference: georeference.nullable(),
  statistics: patchStatistics,
}) satisfies z.ZodType<SetPatch>

export const sceneSchema = z
  .looseObject({
    id: idSchema,
    name: z.string(),
    at: z.string(),
    recipe,
    level: z.enum(['L1C', 'L2A']).nullable(),
    tile: z.string().nullable(),
    sensed: z.string().nullable(),
    synthetic: z.array(z.string()).max(BAND_COUNT),
    window: pixelWindow,
    area: z.looseObject({ name: z.string(), polygons }).nullable(),
    samples: z.array(sample).max(MOST_SAMPLES),
    pieces: z.int().nonnegative().max(MOST_PATCHES),
    complete: z.boolean(),
  })
  .refine(scene => isWithin(scene.window, scene.recipe.grid), {
    path: ['window'],
    message: 'leaves the scene',
  }) satisfies z.ZodType<SceneRecord>

export const verdictSchema = z.looseObject({
  id: idSchema,
  patchId: idSchema,
  kind: z.enum(['accepted', 'corrected', 'label-corrected', 'rejected', 'unsure']),
  threshold: share,
  roundId: idSchema.nullable(),
  modelIds: z.array(idSchema),
  prediction: prediction.nullable().optional(),
  reviewer: z.string().optional(),
  maskHash: z.string(),
  at: z.string(),
  note: z.string().optional(),
  agreement: z
    .looseObject({ kept: z.number(), added: z.number(), removed: z.number(), pixels: z.number() })
    .optional(),
}) satisfies z.ZodType<Verdict>

export const auditSchema = z.looseObject({
  at: z.string(),
  kind: z.string(),
  patchId: z.string().nullable(),
  verdict: z.string().nullable(),
  verdictId: z.string().nullable(),
  supersedes: z.string().nullable(),
  threshold: share,
  roundId: z.string().nullable(),
  modelIds: z.array(z.string()),
  maskHash: z.string().nullable(),
  reviewer: z.string().nullable().default(null),
  detail: z.string(),
}) satisfies z.ZodType<AuditEntry>

/** Far more than a person judges. */
const MOST_POINTS = 10_000

const LONGEST_NOTE = 10_000

const auditStratum = z.enum(['landslide', 'not-landslide', 'disagreement'])

const auditPoint = z.looseObject({
  number: z.int().positive().max(MOST_POINTS),
  patchId: idSchema,
  column: place,
  row: place,
  stratum: auditStratum,
  mapped: z.boolean().optional(),
})

const auditAnswer = z.looseObject({
  answer: z.enum(['landslide', 'not-landslide', 'cannot-tell']),
  at: z.string(),
  note: z.string().max(LONGEST_NOTE).optional(),
})

export const pointAuditSchema = z
  .looseObject({
    id: idSchema,
    at: z.string(),
    name: z.string(),
    reviewer: z.string().nullable(),
    seed: z.int(),
    precision: share,
    disagreementFrom: share.nullable(),
    strata: z
      .array(
        z.looseObject({
          stratum: auditStratum,
          pixels: z.int().nonnegative(),
          area: z.number().nonnegative().nullable(),
        }),
      )
      .max(auditStratum.options.length),
    mapped: z
      .looseObject({ pixels: z.int().nonnegative(), area: z.number().nonnegative().nullable() })
      .optional(),
    points: z.array(auditPoint).max(MOST_POINTS),
    answers: z.record(z.string().regex(/^[1-9]\d{0,5}$/), auditAnswer),
  })
  .refine(({ strata }) => new Set(strata.map(({ stratum }) => stratum)).size === strata.length, {
    path: ['strata'],
    message: 'a stratum twice',
  })
  .refine(({ points }) => points.every(({ number }, index) => number === index + 1), {
    path: ['points'],
    message: 'not numbered 1, 2, 3 and so on',
  })
  .refine(
    ({ points, strata }) => {
      const drawn = new Map(strata.map(({ stratum, pixels }) => [stratum, pixels]))
      for (const { stratum } of points) drawn.set(stratum, (drawn.get(stratum) ?? 0) - 1)
      return [...drawn.values()].every(left => left >= 0)
    },
    { path: ['points'], message: 'more in a stratum than it has pixels' },
  )
  .refine(({ points, answers }) => Object.keys(answers).every(number => Number(number) <= points.length), {
    path: ['answers'],
    message: 'of a point that there is not',
  }) satisfies z.ZodType<PointAuditRecord>

const LAST_SEQUENCE = 2 ** 32 - 1

const patchChange = z.looseObject({
  heldOut: z.boolean().optional(),
  hasLabel: z.boolean().optional(),
  domain: domain.optional(),
}) satisfies z.ZodType<PatchChange>

export const historySchema = z.looseObject({
  // A mask's file says in 32 bits which steps it holds.
  sequence: z.int().nonnegative().max(LAST_SEQUENCE),
  kind: z.enum(['stroke', 'verdict', 'removal', 'addition', 'hold-out']),
  patchId: idSchema,
  diff: z
    .looseObject({
      start: z.instanceof(Uint32Array),
      length: z.instanceof(Uint32Array),
      before: z.instanceof(Uint8Array),
      after: z.instanceof(Uint8Array),
    })
    .optional(),
  verdictBefore: verdictSchema.nullable().optional(),
  verdictAfter: verdictSchema.nullable().optional(),
  group: z.string().optional(),
  remask: z.boolean().optional(),
  restores: z.boolean().optional(),
  change: z.looseObject({ before: patchChange, after: patchChange }).optional(),
  at: z.string().optional(),
  base: z
    .looseObject({
      threshold: share,
      label: z.boolean().optional(),
      file: z.string().optional(),
      prediction: prediction.nullable().optional(),
    })
    .optional(),
  undone: z.boolean(),
}) satisfies z.ZodType<HistoryRecord>

/**
 * Configurations grow with the method: what an old round ran with is shown as it is, not judged. What did not exist
 * yet gets the value that means the same.
 */
const roundConfig = z
  .looseObject({
    families: z.array(family),
    preset: z.string(),
    steps: z.number().positive(),
    seed: z.number(),
    scale: z.number().default(1),
    ohem: z.looseObject({ threshold: z.number(), minKeptShare: z.number() }).nullable().default(null),
    emaDecay: z.number().default(0),
    crossSensor: z.boolean().default(true),
    softPseudoLabels: z.boolean().default(false),
    /** Of earlier versions, which knew two of the three rules. */
    separatedNormalisation: z.boolean().optional(),
    targetStatistics: z.enum(STATISTICS_RULES).optional(),
    testTimeFlips: z.boolean().default(false),
    stopWhenChangedBelow: z.number().default(0),
  })
  .transform(({ separatedNormalisation, ...config }) => {
    const targetStatistics = config.targetStatistics ?? (separatedNormalisation === false ? 'model' : 'self')
    return { ...config, targetStatistics } as unknown as RoundConfig
  })

const tally = z.looseObject({
  pixels: z.array(z.number()),
  landslides: z.array(z.number()),
}) satisfies z.ZodType<ProbabilityTally>

const roundNetwork = z.looseObject({
  modelId: idSchema,
  family,
  preset: z.string(),
  weightsHash: z.string(),
  parentModelId: idSchema.nullable(),
  bestStep: z.number(),
  losses: z.array(z.tuple([z.number(), z.number()])),
  heldOut: metrics.nullable(),
  tally: tally.optional(),
})

const normalisation = z.looseObject({
  rule: z.enum(STATISTICS_RULES),
  own: share,
  ownMean: z.array(share),
  patches: z.number().nullable(),
  independent: z.number().nullable(),
})

export const roundSchema = z.looseObject({
  id: idSchema,
  index: z.int().positive(),
  parentRoundId: idSchema.nullable(),
  at: z.string(),
  seed: z.number(),
  backend: z.enum(['webgpu', 'wasm', 'webgl', 'cpu']),
  adapter: z.string(),
  config: roundConfig,
  statistics: z.looseObject({ source: statistics.nullable(), target: statistics.nullable() }),
  normalisation: normalisation.nullable().optional(),
  verdictIds: z.array(idSchema),
  sourcePatchIds: z.array(idSchema),
  targetPatchIds: z.array(idSchema),
  heldOutPatchIds: z.array(idSchema),
  networks: z.array(roundNetwork),
  kept: z
    .array(
      z.looseObject({
        modelId: idSchema,
        family,
        weightsHash: z.string(),
        tally: tally.optional(),
        normalisation: normalisation.optional(),
      }),
    )
    .optional(),
  ensembleHeldOut: metrics.nullable(),
  heldOutTally: tally.nullable().optional(),
  heldOutBefore: tally.nullable().optional(),
  maskThreshold: share.nullable().optional(),
  target: z
    .looseObject({
      changedPixels: z.looseObject({ gained: z.number(), lost: z.number(), compared: z.number() }).nullable(),
      changes: z.looseObject({ gained: z.array(z.number()), lost: z.array(z.number()) }).optional(),
      confidence: z.array(z.number()),
    })
    .nullable()
    .default(null),
  notes: z.array(z.string()),
  seconds: z.number(),
}) satisfies z.ZodType<RoundRecord>

export const unfinishedRoundSchema = z.looseObject({
  id: idSchema,
  index: z.int().positive(),
  parentRoundId: idSchema.nullable(),
  at: z.string(),
  config: roundConfig,
  statistics: z.looseObject({ source: statistics, target: statistics.nullable() }),
  verdicts: z.array(verdictSchema),
  sourcePatchIds: z.array(idSchema),
  heldOutPatchIds: z.array(idSchema),
  targetPatchIds: z.array(idSchema),
  parents: z.partialRecord(family, idSchema),
  kept: z.array(idSchema).optional(),
  heldOutBefore: tally.nullable().optional(),
  means: z.array(z.number()).length(BAND_COUNT).optional(),
  finished: z.array(roundNetwork),
  saved: z.looseObject({ family, step: z.number(), at: z.string() }).nullable(),
  curves: z.partialRecord(
    family,
    z.looseObject({
      steps: z.number(),
      losses: z.array(z.tuple([z.number(), z.number()])),
      heldOut: z.array(z.tuple([z.number(), z.number().nullable()])),
    }),
  ),
  resumed: z.number(),
  stopped: z.string().nullable(),
}) satisfies z.ZodType<UnfinishedRound>

/**
 * A record that holds what its type says.
 *
 * @param what names the record in the message: "patch image_1".
 * @throws AppError `storage-failed` naming the first field that is wrong.
 */
export function checkRecord<T>(schema: z.ZodType<T>, what: string, record: unknown): T {
  const parsed = schema.safeParse(record)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue ? `${issue.path.join('.') || 'record'}: ${issue.message}` : 'unknown'
  throw new AppError(
    'storage-failed',
    `The record of ${what} is damaged (${where}). Reload the page: the project can be opened without it.`,
    { cause: parsed.error },
  )
}
