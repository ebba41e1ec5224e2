import { AppError } from '../foundation/appError'
import { isId } from '../foundation/ids'
import { z } from '../foundation/schema'
import { BAND_COUNT } from '../patches/bands'
import type { Domain } from '../patches/patch'
import { type BandStatistics, type PatchSpread, shiftStrength, statisticsShift } from '../patches/statistics'
import { type StatisticsRule, type TargetStatistics, targetStatistics } from '../patches/targetStatistics'
import type { ConfusionCounts, SegmentationMetrics } from './metrics'
import { FAMILIES, type NetworkOptions } from './networks'
import { DEFAULT_MASK_THRESHOLD } from './probabilityTally'

/** A probability may differ by this much between adapters before a model counts as broken; float32 stays well below it. */
export const GOLDEN_TOLERANCE = 1e-3

/**
 * Whose key names a checkpoint has.
 *
 * SegFormer: `transformers` (ours), `nvlabs` (NVlabs and mmsegmentation up to 0.x), `smp-segformer`.
 * U-Nets: `smp` (ours); encoders alone: `timm-features` and `timm` (class names), `swin-original` (the authors; timm
 * before 0.9), `mmseg-swin` (mmsegmentation 1.x), `torchvision` (ResNet). HRNet with OCR: `hrnet` (ours).
 */
export const DIALECT_NAMES = [
  'transformers',
  'nvlabs',
  'smp-segformer',
  'smp',
  'timm-features',
  'timm',
  'swin-original',
  'mmseg-swin',
  'torchvision',
  'hrnet',
] as const

export type DialectName = (typeof DIALECT_NAMES)[number]

/** Bounds of what a manifest may hold: it comes from anywhere. */
const MAX_BYTES = 1024 * 1024

const MAX_CHANNELS = 1024

const line = z.string().max(200)

const sentences = z.array(z.string().max(10_000)).max(1000)

const perBand = z.array(z.number().nonnegative()).max(MAX_CHANNELS)

export const spreadSchema = z.object({
  patches: z.number().int().positive(),
  independent: z.number().min(1),
  meanVariance: perBand,
}) satisfies z.ZodType<PatchSpread>

const statistics = z.object({
  count: z.number().nonnegative(),
  mean: z.array(z.number()).max(MAX_CHANNELS),
  m2: perBand,
  /** Absent in models of earlier versions: then a share of the variance is assumed. */
  spread: spreadSchema.optional(),
}) satisfies z.ZodType<BandStatistics>

export const confusionSchema = z.object({
  truePositive: z.number(),
  falsePositive: z.number(),
  falseNegative: z.number(),
  trueNegative: z.number(),
}) satisfies z.ZodType<ConfusionCounts>

const score = z.number().nullable()

/** Beside the manifest and not in metrics.ts, so that code that only scores needs no zod. */
export const metricsSchema = confusionSchema.extend({
  precision: score,
  recall: score,
  f1: score,
  iou: score,
}) satisfies z.ZodType<SegmentationMetrics>

/** Where a model comes from. Everything a person needs to judge it, and a later round to continue it. */
const training = z.object({
  /** What it learned from, one sentence each: "The generated demo project, seed 7, 64 source patches". */
  data: sentences.default([]),
  seed: z.number().int().nullable().default(null),
  steps: z.number().int().nullable().default(null),
  roundId: line.nullable().default(null),
  /** Model it was fine-tuned from; null: trained from its seeded initialisation. */
  parentModelId: line.nullable().default(null),
  /** ISO 8601, from the caller's clock. */
  at: line.nullable().default(null),
  backend: line.nullable().default(null),
  adapter: line.nullable().default(null),
  /** Landslide-class scores on the held-out patches; null where nothing was held out. */
  heldOut: metricsSchema.nullable().default(null),
  /** The same, set by set, where it was scored on several: "Generated source region, held out". */
  scores: z
    .array(metricsSchema.extend({ on: line }))
    .max(100)
    .default([]),
  notes: sentences.default([]),
})

const side = z.number().int().positive()

/** What the peers disagree on, see `NetworkOptions`. */
const options = z.object({
  dropPath: z.number().min(0).lt(1).optional(),
  normEpsilon: z.enum(['transformers', 'nvlabs']).optional(),
  windowPadding: z.enum(['timm', 'original']).optional(),
  nominalSize: z.union([side, z.tuple([side, side])]).optional(),
  outputNorms: z.boolean().optional(),
  ocrDropout: z.number().min(0).lt(1).optional(),
  affine: z.enum(['shared', 'separate']).optional(),
  inputLimit: z.number().positive().max(1000).optional(),
}) satisfies z.ZodType<NetworkOptions>

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** Of weights whose maker said nothing; those of a round among them. */
const LICENSE_NOT_STATED = 'not stated'

/** Whether a text may be the id of a model. */
export const isModelId = (text: string) => modelManifestSchema.shape.id.safeParse(text).success

/** Names of patches, models and rounds are far shorter; a file's name may not be. */
const LONGEST_ID = 100

/** An id for a model of this title: lower-case letters, digits, "_", "." and "-", as a manifest wants them. */
export function modelIdOf(title: string): string {
  const id = title
    .normalize('NFKD')
    .replace(/[^\w.-]+/g, '-')
    .toLowerCase()
    .slice(0, LONGEST_ID)
    .replace(/^[-.]+|[-.]+$/g, '')
  return isId(id) ? id : `model${id && `-${id}`}`
}

/**
 * manifest.json of a model folder. Unknown fields are dropped, so that later versions may add some; among them `mlm` and
 * `assets`, which are derived from the others on writing (`machineLearningModelFields`).
 */
export const modelManifestSchema = z.object({
  format: z.literal('scarp-model'),
  version: z.literal(1),
  id: line.regex(/^[\w.-]+$/).refine(isId),
  title: line,
  family: z.enum(FAMILIES),
  preset: line,
  bands: z.number().int().min(1).max(MAX_CHANNELS),
  /** Names of the bands in their order; null: those of Landslide4Sense where there are 14, else none are known. */
  bandNames: z.array(line.min(1)).max(MAX_CHANNELS).nullable().default(null),
  classes: z.number().int().min(2).max(MAX_CHANNELS),
  /** Names of the classes, the value of a class being its place; null: background, landslide where there are two. */
  classNames: z.array(line.min(1)).max(MAX_CHANNELS).nullable().default(null),
  /** What happens to pixels first: z-scores by the statistics of the image's set (`imageStatistics`); invalid pixels become 0. */
  normalisation: z.literal('z-score-by-image-set').default('z-score-by-image-set'),
  /** Scale promotion it learned with: prediction enlarges its input by as much, unless another is given. */
  scale: z.number().min(1).max(8).default(1),
  options: options.default({}),
  /** Trainable values, as PyTorch counts `parameters()`. */
  parameters: z.number().int().nonnegative(),
  weights: z.object({
    file: z.literal('weights.safetensors'),
    sha256,
    /** Whose key names: a U-Net's are smp's, SegFormer's transformers', HRNet's its authors'. */
    keyNames: z.enum(DIALECT_NAMES).optional(),
  }),
  /** An input and what it gave where the model was saved; null: none was made. */
  golden: z
    .object({ file: z.literal('golden.safetensors'), sha256 })
    .nullable()
    .default(null),
  /**
   * Band statistics (raw units of `BANDS`) by which its training data was normalised: each set by its own. Prediction
   * draws an image's own statistics towards them (`imageStatistics`), and they tell how far an image lies from the
   * training data.
   */
  statistics: z
    .object({
      source: statistics.nullable(),
      target: statistics.nullable(),
      /** Of further labelled sets beside the source; a starter's generated patches. */
      others: z.array(statistics).max(20).optional(),
    })
    .default({ source: null, target: null }),
  /**
   * Threshold for masks of the mean of these models, chosen on labels that none of them learned from; null: unknown.
   */
  masks: z
    .object({ threshold: z.number().min(0).max(1), models: z.array(line).min(1).max(100) })
    .nullable()
    .default(null),
  training: training.prefault({}),
  /** What it is not good for, one sentence each. */
  limits: sentences.default([]),
  /** An SPDX identifier or words, from the maker of the weights. */
  license: z.string().min(1).max(200).default(LICENSE_NOT_STATED),
})

export type ModelManifest = z.output<typeof modelManifestSchema>

/** What the caller says of a model; the rest of the manifest follows from the network. */
export type ModelManifestFields = Pick<z.input<typeof modelManifestSchema>, 'id'> &
  Partial<
    Pick<
      z.input<typeof modelManifestSchema>,
      | 'title'
      | 'scale'
      | 'statistics'
      | 'masks'
      | 'training'
      | 'limits'
      | 'license'
      | 'bandNames'
      | 'classNames'
    >
  >

/**
 * [14] mean of what models learned from, raw units: it stands for bands that a product does not have. Where they learned
 * from different data, that of the first by its id, in whatever order they are given.
 *
 * @returns null where none of them says it
 */
export function learnedMeans(
  models: readonly { id: string; manifest: Pick<ModelManifest, 'statistics'> }[],
): readonly number[] | null {
  const sorted = [...models].sort((a, b) => Number(a.id > b.id) - Number(a.id < b.id))
  for (const { manifest } of sorted) {
    const { source } = manifest.statistics
    if (source && source.count > 0 && source.mean.length === BAND_COUNT) return source.mean
  }
  return null
}

/**
 * The statistics that a set of images is compared with, and drawn towards: of a target those of the target that the
 * model adapted to, where it did; else of the labelled sets that it learned from the one that lies nearest, so that a
 * model that learned from generated and from real patches does not blur the two. null: none is recorded.
 */
export function learnedStatistics(
  { statistics: { source, target, others = [] } }: Pick<ModelManifest, 'statistics'>,
  own: BandStatistics,
  domain: Domain = 'target',
): BandStatistics | null {
  if (domain === 'target' && target && target.count > 0) return target
  const sets = [source, ...others].filter(
    set => set !== null && set.count > 0 && set.mean.length === own.mean.length,
  )
  const distance = (set: BandStatistics) => shiftStrength(statisticsShift(own, set))
  let nearest: BandStatistics | null = null
  for (const set of sets) if (set && (!nearest || distance(set) < distance(nearest))) nearest = set
  return nearest
}

/** By what a model z-scores a set of images (`targetStatistics`). */
export function imageStatistics(
  manifest: Pick<ModelManifest, 'statistics'>,
  own: BandStatistics,
  rule: StatisticsRule,
  domain: Domain = 'target',
): TargetStatistics {
  return targetStatistics(own, learnedStatistics(manifest, own, domain), rule)
}

/**
 * Threshold for masks of the mean of some models: the one that was chosen for just these, 0.5 where none was.
 */
export function maskThresholdOf(models: readonly Pick<ModelManifest, 'id' | 'masks'>[]): number {
  const ids = models
    .map(({ id }) => id)
    .sort()
    .join()
  // A model that stayed in the ensemble while others were trained still says what was chosen for the set before.
  const chosen = models.flatMap(({ masks }) =>
    masks && [...masks.models].sort().join() === ids ? [masks.threshold] : [],
  )
  const [threshold] = chosen
  return threshold !== undefined && chosen.every(other => other === threshold)
    ? threshold
    : DEFAULT_MASK_THRESHOLD
}

/** @throws AppError `model-invalid` naming the fields that are wrong. */
export function parseManifest(bytes: Uint8Array): ModelManifest {
  if (bytes.byteLength > MAX_BYTES) {
    throw new AppError(
      'model-invalid',
      'The model’s manifest.json is larger than the 1 MiB that a manifest may have. Fetch the model again.',
    )
  }
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new AppError('model-invalid', 'The model’s manifest.json is not JSON. Fetch the model again.', {
      cause,
    })
  }
  const parsed = modelManifestSchema.safeParse(json)
  if (parsed.success) return consistent(parsed.data)
  throw new AppError(
    'model-invalid',
    `The model's manifest.json does not describe a model of this version:\n${z.prettifyError(parsed.error)}`,
    { cause: parsed.error },
  )
}

/** Lists that go with the bands or the classes have as many entries. */
function consistent(manifest: ModelManifest): ModelManifest {
  const { bands, classes, bandNames, classNames, statistics } = manifest
  const lists: [name: string, list: readonly unknown[] | undefined | null, length: number][] = [
    ['bandNames', bandNames, bands],
    ['classNames', classNames, classes],
    ['statistics.source.mean', statistics.source?.mean, bands],
    ['statistics.source.m2', statistics.source?.m2, bands],
    ['statistics.target.mean', statistics.target?.mean, bands],
    ['statistics.target.m2', statistics.target?.m2, bands],
    ['statistics.source.spread.meanVariance', statistics.source?.spread?.meanVariance, bands],
    ['statistics.target.spread.meanVariance', statistics.target?.spread?.meanVariance, bands],
    ...(statistics.others ?? []).flatMap((set, i): [string, readonly unknown[] | undefined, number][] => [
      [`statistics.others[${i}].mean`, set.mean, bands],
      [`statistics.others[${i}].m2`, set.m2, bands],
      [`statistics.others[${i}].spread.meanVariance`, set.spread?.meanVariance, bands],
    ]),
  ]
  for (const [name, list, length] of lists) {
    if (!list || list.length === length) continue
    throw new AppError(
      'model-invalid',
      `The model's manifest.json contradicts itself: ${name} has ${list.length} entries where the model has ${length}.`,
    )
  }
  return manifest
}
