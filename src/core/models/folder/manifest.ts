import { z } from 'zod'
import { AppError } from '../../foundation/appError'

const statistics = z.object({
  count: z.number().nonnegative(),
  mean: z.array(z.number()),
  m2: z.array(z.number().nonnegative()),
})

const metrics = z.object({
  truePositive: z.number(),
  falsePositive: z.number(),
  falseNegative: z.number(),
  trueNegative: z.number(),
  precision: z.number().nullable(),
  recall: z.number().nullable(),
  f1: z.number().nullable(),
  iou: z.number().nullable(),
})

/** Where a model comes from. Everything a person needs to judge it, and a later round to continue it. */
const training = z.object({
  /** What it learned from, one sentence each: "The generated demo project, seed 7, 64 source patches". */
  data: z.array(z.string()).default([]),
  seed: z.number().int().nullable().default(null),
  steps: z.number().int().nullable().default(null),
  roundId: z.string().nullable().default(null),
  /** Model it was fine-tuned from; null: trained from its seeded initialisation. */
  parentModelId: z.string().nullable().default(null),
  /** ISO 8601, from the caller's clock. */
  at: z.string().nullable().default(null),
  backend: z.string().nullable().default(null),
  adapter: z.string().nullable().default(null),
  /** Landslide-class scores on the held-out patches; null where nothing was held out. */
  heldOut: metrics.nullable().default(null),
  notes: z.array(z.string()).default([]),
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
})

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

/** manifest.json of a model folder. Unknown fields are dropped, so that later versions may add some. */
export const modelManifestSchema = z.object({
  format: z.literal('scarp-model'),
  version: z.literal(1),
  id: z.string().regex(/^[\w.-]+$/),
  title: z.string(),
  family: z.enum(['segformer', 'swin-unet', 'efficientnetv2-unet', 'resnet-unet', 'hrnet-ocr']),
  preset: z.string(),
  bands: z.number().int().min(1).max(1024),
  classes: z.number().int().min(2).max(1024),
  options: options.default({}),
  /** Trainable values, as PyTorch counts `parameters()`. */
  parameters: z.number().int().nonnegative(),
  weights: z.object({ file: z.literal('weights.safetensors'), sha256 }),
  /** An input and what it gave where the model was saved; null: none was made. */
  golden: z
    .object({ file: z.literal('golden.safetensors'), sha256 })
    .nullable()
    .default(null),
  /**
   * Band statistics (raw units of `BANDS`) by which its training data was normalised. Prediction uses those of the
   * image's own set; these serve where it has too few pixels, and tell how far an image lies from the training data.
   */
  statistics: z
    .object({ source: statistics.nullable(), target: statistics.nullable() })
    .default({ source: null, target: null }),
  training: training.prefault({}),
  /** What it is not good for, one sentence each. */
  limits: z.array(z.string()).default([]),
  license: z.literal('Apache-2.0'),
})

export type ModelManifest = z.output<typeof modelManifestSchema>

/** What the caller says of a model; the rest of the manifest follows from the network. */
export type ModelManifestFields = Pick<z.input<typeof modelManifestSchema>, 'id'> &
  Partial<Pick<z.input<typeof modelManifestSchema>, 'title' | 'statistics' | 'training' | 'limits'>>

/** @throws AppError `model-invalid` naming the fields that are wrong. */
export function parseManifest(bytes: Uint8Array): ModelManifest {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw new AppError('model-invalid', 'The model’s manifest.json is not JSON. Fetch the model again.', {
      cause,
    })
  }
  const parsed = modelManifestSchema.safeParse(json)
  if (parsed.success) return parsed.data
  throw new AppError(
    'model-invalid',
    `The model's manifest.json does not describe a model of this version:\n${z.prettifyError(parsed.error)}`,
    { cause: parsed.error },
  )
}
