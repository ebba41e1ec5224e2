import type { Scalar, Tensor, Tensor3D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { z } from '../../../core/foundation/schema'
import { throwIfGpuFailed } from '../../../engine/gpu/webgpuBackend'
import type { StoredTensor } from '../../../engine/models/checkpoint/safetensors'
import {
  type HardPixelOptions,
  hardPixels,
  ohemCrossEntropy,
  softCrossEntropy,
} from '../../../engine/training/losses/crossEntropy'
import { lovaszHinge, lovaszSoftmax } from '../../../engine/training/losses/lovasz'
import type { ParityCase } from '../parityCase'
import type { ParityResult, ParityRow } from '../parityReport'
import { largestDifference, storedIn, toTensor, whyNoGradients } from '../peerTensors'

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

/** Parameters of a sub-case, which show which loss it is. */
const lossParams = z.union([crossEntropyParams, ohemParams, lovaszParams])

export type LossParams = z.output<typeof lossParams>

/** A loss of ours set up as a sub-case says. */
interface LossOfCase {
  /** Logits are one number per pixel [B, H, W] instead of one per class. */
  binary: boolean
  loss(logits: Tensor, labels: Tensor): Scalar
  /** Of hard example mining: the pixels that are kept [N], 1 or 0, and how many the peer kept. */
  selection?: { kept(logits: Tensor, labels: Tensor): Tensor; expected: number }
}

/** @param targets the case's soft targets, NHWC, where it has some. */
function lossOf(params: LossParams, targets: Tensor | undefined): LossOfCase {
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

const subcases = z.array(
  z.looseObject({
    name: z.string(),
    params: lossParams,
    loss: z.number(),
    loss_atol: z.number().nonnegative(),
    grad_atol: z.number().nonnegative().optional(),
    compare_grad: z.boolean().default(true),
    grad_note: z.string().default(''),
  }),
)

type Subcase = z.output<typeof subcases>[number]

/**
 * A loss case: per sub-case "<name>/loss", "<name>/grad" (its slope in the logits) and, of hard example mining,
 * "<name>/kept" (how many pixels; exact). WASM has no gradients: there only the losses are compared.
 *
 * @throws AppError `model-invalid` if the case describes a loss that is not ours.
 */
export async function runLosses(parity: ParityCase): Promise<ParityResult> {
  const parsed = subcases.safeParse(parity.json.subcases)
  if (!parsed.success) {
    throw new AppError(
      'model-invalid',
      `${parity.name}: not a known loss:\n${z.prettifyError(parsed.error)}`,
      {
        cause: parsed.error,
      },
    )
  }
  const result: ParityResult = { rows: [], notCompared: [] }
  for (const subcase of parsed.data) await runSubcase(parity, subcase, result)
  return result
}

async function runSubcase(parity: ParityCase, subcase: Subcase, result: ParityResult): Promise<void> {
  const { name, params } = subcase
  const input = parity.stored('input.safetensors')
  const target = input.get(`${name}/target`)
  const targets = target && tf.tidy(() => classesLast(toTensor(target)))
  const ofCase = lossOf(params, targets)
  const given = toTensor(storedIn(input, `${name}/logits`, parity))
  const logits = ofCase.binary ? given : tf.tidy(() => classesLast(given))
  const labels = toTensor(storedIn(input, `${name}/labels`, parity))
  const why = whyNoGradient(subcase)
  const expected = storedIn(parity.stored('output.safetensors'), `${name}/grad`, parity)
  try {
    const { value, slope } = evaluate(ofCase, logits, labels, why === null)
    const loss = (await value.data())[0] ?? Number.NaN
    result.rows.push({
      output: `${name}/loss`,
      error: Math.abs(loss - subcase.loss),
      tolerance: subcase.loss_atol,
    })
    if (slope) result.rows.push(await slopeRow(slope, expected, subcase))
    else result.notCompared.push({ output: `${name}/grad`, reason: why ?? '' })
    if (ofCase.selection) {
      const kept = tf.tidy(() => tf.sum(ofCase.selection!.kept(logits, labels)))
      const error = Math.abs((await kept.data())[0]! - ofCase.selection.expected)
      result.rows.push({ output: `${name}/kept`, error, tolerance: 0 })
      kept.dispose()
    }
    throwIfGpuFailed()
    tf.dispose([value, slope ?? []])
  } finally {
    tf.dispose([given, logits, labels, targets ?? []])
  }
}

function whyNoGradient({ compare_grad, grad_note, grad_atol }: Subcase): string | null {
  if (!compare_grad) return grad_note || 'The case marks this gradient as ambiguous.'
  if (grad_atol === undefined) return 'The case states no tolerance for the gradient.'
  return whyNoGradients()
}

function evaluate(
  { loss, binary }: LossOfCase,
  logits: Tensor,
  labels: Tensor,
  withSlope: boolean,
): { value: Tensor; slope: Tensor | null } {
  if (!withSlope) return { value: tf.tidy(() => loss(logits, labels)), slope: null }
  return tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad((x: Tensor) => loss(x, labels))(logits)
    return { value, slope: binary ? grad : classesFirst(grad) }
  })
}

async function slopeRow(slope: Tensor, expected: StoredTensor, subcase: Subcase): Promise<ParityRow> {
  const fits = slope.shape.join() === expected.shape.join()
  const error = fits ? largestDifference(await slope.data(), expected.data) : Number.NaN
  return { output: `${subcase.name}/grad`, error, tolerance: subcase.grad_atol ?? 0 }
}

/** [B, C, ...] -> [B, ..., C]. */
function classesLast(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis)
  return tf.transpose(x, [0, ...axes.slice(2), 1])
}

/** [B, ..., C] -> [B, C, ...]. */
function classesFirst(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis)
  return tf.transpose(x, [0, x.rank - 1, ...axes.slice(1, -1)])
}
