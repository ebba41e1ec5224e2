import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../foundation/appError'

/** One recorded operation (TensorFlow.js 4.22 `TapeNode`). */
export interface TapeNode {
  readonly inputs: Readonly<Record<string, tf.Tensor>>
  readonly outputs: readonly tf.Tensor[]
  readonly kernelName: string
  readonly gradient?: (dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>
  /** What the gradient needs of the forward pass: clones that keep its memory alive. */
  readonly saved?: readonly tf.Tensor[]
}

/**
 * Gradients of a scalar by a walk back over its tape that frees as it goes: an operation's saved tensors and its dy are
 * gone once its inputs have theirs. Must run inside a tidy.
 *
 * @param tape the recorded operations in order; on return, or if an operation has no gradient, nothing of it is held.
 * @param y the scalar.
 * @param targets tensors to differentiate in.
 * @returns gradients by tensor id; absent where y does not depend on a target.
 */
export function walkTape(
  tape: readonly TapeNode[],
  y: tf.Tensor,
  targets: readonly tf.Tensor[],
): Map<number, tf.Tensor> {
  const moving = dependents(tape, targets)
  const wanted = new Set(targets.map(target => target.id))
  const slopes = new Map<number, tf.Tensor>([[y.id, tf.onesLike(y)]])
  try {
    for (const node of tape.toReversed()) {
      const dys = node.outputs.map(output => slopes.get(output.id) ?? null)
      const names = Object.keys(node.inputs).filter(name => moving.has(node.inputs[name]!.id))
      if (names.length > 0 && dys.some(dy => dy !== null)) {
        inputSlopes(node, dys, names).forEach((slope, i) => {
          accumulate(slopes, node.inputs[names[i]!]!, slope)
        })
      }
      tf.dispose([...(node.saved ?? [])])
      for (const output of node.outputs) {
        if (wanted.has(output.id)) continue
        slopes.get(output.id)?.dispose()
        slopes.delete(output.id)
      }
    }
  } finally {
    for (const node of tape) tf.dispose([...(node.saved ?? [])])
  }
  return slopes
}

/** Ids of all tensors that change with the targets. */
function dependents(tape: readonly TapeNode[], targets: readonly tf.Tensor[]): Set<number> {
  const moving = new Set(targets.map(target => target.id))
  for (const node of tape) {
    if (Object.values(node.inputs).some(input => moving.has(input.id))) {
      for (const output of node.outputs) moving.add(output.id)
    }
  }
  return moving
}

function inputSlopes(node: TapeNode, dys: (tf.Tensor | null)[], names: readonly string[]): tf.Tensor[] {
  const { gradient } = node
  if (!gradient) throw new AppError('internal', `TensorFlow.js has no gradient for ${node.kernelName}.`)
  return tf.tidy(() => {
    const slopes = gradient(dys)
    return names.map(name => {
      const slope = slopes[name]!()
      const { shape } = node.inputs[name]!
      // Several stock gradients forget to sum over what was broadcast.
      if (slope.shape.join() !== shape.join()) {
        throw new AppError(
          'internal',
          `The gradient of ${node.kernelName} has shape [${slope.shape}] for an input of shape [${shape}].`,
        )
      }
      // A gradient may hand dy itself on, and dy is about to be freed.
      return dys.includes(slope) ? tf.clone(slope) : slope
    })
  })
}

function accumulate(slopes: Map<number, tf.Tensor>, input: tf.Tensor, slope: tf.Tensor): void {
  const before = slopes.get(input.id)
  if (!before) {
    slopes.set(input.id, slope)
    return
  }
  slopes.set(input.id, tf.add(before, slope))
  tf.dispose([before, slope])
}
