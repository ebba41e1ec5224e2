import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import type { Parameter } from './parameterStore'

/** The part of TensorFlow.js's engine that records; private in its types, stable in the pinned 4.22.0. */
interface RecordingEngine {
  startTape(): void
  endTape(): void
  state: { gradientDepth: number; activeTape: TapeNode[] | null }
}

/**
 * Evaluates a scalar function of parameters and its gradients; what f allocated on the way is freed, even if it throws.
 *
 * Unlike `tf.variableGrads`, the backward pass frees activations as it uses them up.
 *
 * @param f the loss; assignments to variables inside it (running statistics) are kept.
 * @returns the value and one gradient per parameter, in their order and shapes (zeros where the value does not depend
 *   on a parameter). The caller disposes them.
 */
export function valueAndGradients(
  f: () => tf.Scalar,
  parameters: readonly Parameter[],
): { value: tf.Scalar; gradients: tf.Tensor[] } {
  const engine = tf.engine() as unknown as RecordingEngine
  if (engine.state.gradientDepth > 0) {
    throw new AppError('internal', 'Gradients were asked for inside a function that is being differentiated.')
  }
  const variables = parameters.map(parameter => parameter.variable)
  return tf.tidy(() => {
    const { value, tape } = record(engine, f)
    const slopes = walkTape(tape, value, variables)
    const gradients = variables.map(variable => slopes.get(variable.id) ?? tf.zeros(variable.shape))
    return { value, gradients }
  })
}

function record(engine: RecordingEngine, f: () => tf.Scalar): { value: tf.Scalar; tape: TapeNode[] } {
  engine.startTape()
  const tape = new Tape()
  engine.state.activeTape = tape
  try {
    return { value: tf.tidy(f), tape }
  } catch (thrown) {
    for (const node of tape) tf.dispose([...(node.saved ?? [])])
    throw thrown
  } finally {
    engine.endTape()
    engine.state.activeTape = null
  }
}

/** Kernels whose gradients read nothing but the shapes of what TensorFlow.js 4.22 saves for them. */
const READ_SHAPES_ONLY: ReadonlySet<string> = new Set([
  tf.Add,
  tf.AddN,
  tf.Concat,
  tf.ExpandDims,
  tf.Mean,
  tf.MirrorPad,
  tf.Pack,
  tf.PadV2,
  tf.Reshape,
  tf.Slice,
  tf.Sub,
  tf.Sum,
])

/** Recorded operations in order; what a gradient reads the shape of keeps no memory alive. */
class Tape extends Array<TapeNode> {
  override push(node: TapeNode): number {
    // A disposed tensor still has its shape.
    if (READ_SHAPES_ONLY.has(node.kernelName)) tf.dispose([...(node.saved ?? [])])
    return super.push(node)
  }
}

/** One recorded operation (TensorFlow.js 4.22 `TapeNode`). */
interface TapeNode {
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
function walkTape(
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
