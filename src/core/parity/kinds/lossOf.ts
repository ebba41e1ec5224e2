import type { Scalar, Tensor, Tensor3D } from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { type HardPixelOptions, hardPixels } from '../../training/losses/hardPixels'
import { lovaszHinge } from '../../training/losses/lovaszHinge'
import { lovaszSoftmax } from '../../training/losses/lovaszSoftmax'
import { ohemCrossEntropy } from '../../training/losses/ohemCrossEntropy'
import { softCrossEntropy } from '../../training/losses/softCrossEntropy'

const label = z.number().int().nullable().default(null)

const crossEntropyParams = z.looseObject({
  impl: z.enum(['torch', 'toolbelt', 'torch-soft']),
  label_smoothing: z.number().default(0),
  weight: z.array(z.number()).nullable().default(null),
  ignore_index: label,
  reduction: z.enum(['mean', 'sum']).default('mean'),
})

const ohemParams = z.looseObject({
  impl: z.enum(['hrnet', 'mmseg']),
  thresh: z.number().nullable(),
  min_kept: z.number().int().nonnegative(),
  ignore: label,
  kept: z.number().int().nullish(),
})

const lovaszParams = z.looseObject({
  impl: z.undefined().optional(),
  classes: z.enum(['present', 'all']).optional(),
  per_image: z.boolean(),
  ignore: label,
})

/** Parameters of a sub-case, which tell which loss it is of. */
export const lossParams = z.union([crossEntropyParams, ohemParams, lovaszParams])
export type LossParams = z.output<typeof lossParams>

/** A loss of ours set up as a sub-case says. */
export interface LossOfCase {
  /** Logits are one number per pixel [B, H, W] instead of one per class. */
  binary: boolean
  loss(logits: Tensor, labels: Tensor): Scalar
  /** Of hard example mining: the pixels that are kept [N], 1 or 0, and how many the peer kept. */
  selection?: { kept(logits: Tensor, labels: Tensor): Tensor; expected: number }
}

/** @param targets the case's soft targets, NHWC, where it has some. */
export function lossOf(params: LossParams, targets: Tensor | undefined): LossOfCase {
  if ('min_kept' in params && (params.impl === 'hrnet' || params.impl === 'mmseg')) {
    return hardExamples(params as z.output<typeof ohemParams>)
  }
  if (params.impl !== undefined) {
    const { impl, label_smoothing, weight, ignore_index, reduction } = params as z.output<
      typeof crossEntropyParams
    >
    // PyTorch has no ignored pixels beside probabilities as targets.
    const soft = impl === 'torch-soft'
    const options = {
      variant: impl === 'toolbelt' ? impl : 'torch',
      labelSmoothing: label_smoothing,
      classWeights: weight ?? undefined,
      softTargets: soft ? targets : undefined,
      ignoreIndex: soft ? null : ignore_index,
      reduction,
    } as const
    return { binary: false, loss: (logits, labels) => softCrossEntropy(logits, labels, options) }
  }
  const { classes, per_image: perImage, ignore: ignoreIndex } = params as z.output<typeof lovaszParams>
  if (classes) {
    const options = { classes, perImage, ignoreIndex }
    return { binary: false, loss: (logits, labels) => lovaszSoftmax(logits, labels, options) }
  }
  return {
    binary: true,
    loss: (logits, labels) => lovaszHinge(logits as Tensor3D, labels as Tensor3D, { perImage, ignoreIndex }),
  }
}

function hardExamples(params: z.output<typeof ohemParams>): LossOfCase {
  const options: HardPixelOptions = {
    variant: params.impl,
    threshold: params.thresh,
    minKept: params.min_kept,
    ignoreIndex: params.ignore,
  }
  const { kept } = params
  return {
    binary: false,
    loss: (logits, labels) => ohemCrossEntropy(logits, labels, options),
    selection:
      kept == null
        ? undefined
        : { kept: (logits, labels) => hardPixels(logits, labels, options), expected: kept },
  }
}
