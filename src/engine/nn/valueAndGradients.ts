import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import { finishSums } from '../gpu/kernels/partialSums'
import { webGpuBackend } from '../gpu/webgpuBackend'
import { withSlopesSoFar } from './ops/differentiable'
import type { Parameter } from './parameterStore'

/** The part of TensorFlow.js's engine that records; private in its types, stable in the pinned 4.22.0. */
interface RecordingEngine {
  startTape(): void
  endTape(): void
  state: { gradientDepth: number; kernelDepth: number; activeTape: TapeNode[] | null }
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
    const slopes: Slopes = new Map([[value.id, tf.onesLike(value)]])
    walkTape(engine, tape, slopes, variables)
    const backend = webGpuBackend()
    if (backend) finishSums(backend)
    const gradients = variables.map(variable => slopes.get(variable.id) ?? tf.zeros(variable.shape))
    return { value, gradients }
  })
}

/**
 * A part of a function that keeps its inputs alone for gradients and is computed a second time in the backward pass.
 * Where nothing is recorded it is computed once, as it is.
 *
 * @param inputs tensors that differ.
 * @param first the part, which frees what it makes on the way.
 * @param again the same from copies of the inputs: the same operations in the same order, so that gradients have the
 *   bits that they would have without.
 */
export function recomputed<Out extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  first: () => Out,
  again: (inputs: readonly tf.Tensor[]) => Out,
): Out {
  const { state } = tf.engine() as unknown as RecordingEngine
  const tape = state.activeTape
  if (state.kernelDepth > 0 || !(tape instanceof Tape)) return tf.tidy(first)
  const output = unrecorded(state, () => tf.tidy(first))
  const saved = unrecorded(state, () => inputs.map(input => tf.keep(tf.clone(input))))
  tape.push({
    inputs: Object.fromEntries(inputs.entries()),
    outputs: [output],
    kernelName: 'recomputed',
    saved,
    again,
  })
  return output
}

/** As within a kernel: gradients stay on, so that nothing takes another way for their absence. */
function unrecorded<T>(state: RecordingEngine['state'], run: () => T): T {
  state.kernelDepth++
  try {
    return run()
  } finally {
    state.kernelDepth--
  }
}

function record<T extends tf.Tensor>(engine: RecordingEngine, f: () => T): { value: T; tape: TapeNode[] } {
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

/** One recorded operation (TensorFlow.js 4.22 `TapeNode`), or a part that is computed again. */
interface TapeNode {
  readonly inputs: Readonly<Record<string | number, tf.Tensor>>
  readonly outputs: readonly tf.Tensor[]
  readonly kernelName: string
  readonly gradient?: (dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>
  /** What the gradient needs of the forward pass: clones that keep its memory alive. */
  readonly saved?: readonly tf.Tensor[]
  /** Of a part that is computed again: the part, of what was saved. */
  readonly again?: (saved: readonly tf.Tensor[]) => tf.Tensor
}

/** Gradients of a scalar by the id of the tensor that they are with respect to. */
type Slopes = Map<number, tf.Tensor>

/**
 * Gradients of a scalar by a walk back over its tape that frees as it goes: an operation's saved tensors and its dy are
 * gone once its inputs have theirs. Must run inside a tidy.
 *
 * @param tape the recorded operations in order; on return, or if an operation has no gradient, nothing of it is held.
 * @param slopes those of the tape's results; on return those of its inputs, absent where the scalar does not depend on
 *   one.
 * @param targets tensors to differentiate in.
 */
function walkTape(
  engine: RecordingEngine,
  tape: readonly TapeNode[],
  slopes: Slopes,
  targets: readonly tf.Tensor[],
): void {
  const moving = dependents(tape, targets)
  const wanted = new Set(targets.map(target => target.id))
  try {
    for (const node of tape.toReversed()) {
      const dys = node.outputs.map(output => slopes.get(output.id) ?? null)
      const names = Object.keys(node.inputs).filter(name => moving.has(node.inputs[name]!.id))
      if (dys.some(dy => dy !== null)) {
        if (node.again) walkAgain(engine, node, slopes, targets, names)
        else if (names.length > 0) {
          addSlopes(slopes, node, dys, names)
        }
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
}

/**
 * Records a part again, and walks back over that. The inputs' slopes so far go along under the copies' ids: what is added
 * to them is added in the order of a walk that never left the tape.
 *
 * @param names of the inputs that change with the targets.
 */
function walkAgain(
  engine: RecordingEngine,
  node: TapeNode,
  slopes: Slopes,
  targets: readonly tf.Tensor[],
  names: readonly string[],
): void {
  const copies = names.map(name => node.saved![Number(name)]!)
  const originals = names.map(name => node.inputs[name]!)
  const { value, tape } = record(engine, () => node.again!(node.saved!))
  move(slopes, node.outputs[0]!, value)
  value.dispose()
  originals.forEach((original, i) => {
    move(slopes, original, copies[i]!)
  })
  walkTape(engine, tape, slopes, [...targets, ...copies])
  copies.forEach((copy, i) => {
    move(slopes, copy, originals[i]!)
  })
}

function move(slopes: Slopes, from: tf.Tensor, to: tf.Tensor): void {
  const slope = slopes.get(from.id)
  if (!slope) return
  slopes.delete(from.id)
  slopes.set(to.id, slope)
}

/** Ids of all tensors that change with the targets; a part that is computed again may hold some of them. */
function dependents(tape: readonly TapeNode[], targets: readonly tf.Tensor[]): Set<number> {
  const moving = new Set(targets.map(target => target.id))
  for (const node of tape) {
    if (node.again || Object.values(node.inputs).some(input => moving.has(input.id))) {
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

/** Adds a node's gradients to those that its inputs have. */
function addSlopes(
  slopes: Slopes,
  node: TapeNode,
  dys: (tf.Tensor | null)[],
  names: readonly string[],
): void {
  const added = new Set<string>()
  const lookUp = (name: string) => {
    const slope = names.includes(name) && !added.has(name) ? slopes.get(node.inputs[name]!.id) : undefined
    if (slope) added.add(name)
    return slope ?? null
  }
  const own = withSlopesSoFar(lookUp, () => inputSlopes(node, dys, names))
  own.forEach((slope, i) => {
    const input = node.inputs[names[i]!]!
    if (added.has(names[i]!)) {
      slopes.get(input.id)!.dispose()
      slopes.set(input.id, slope)
    } else {
      accumulate(slopes, input, slope)
    }
  })
}

function accumulate(slopes: Slopes, input: tf.Tensor, slope: tf.Tensor): void {
  const before = slopes.get(input.id)
  if (!before) {
    slopes.set(input.id, slope)
    return
  }
  slopes.set(input.id, tf.add(before, slope))
  tf.dispose([before, slope])
}
