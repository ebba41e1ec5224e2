import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../foundation/appError'
import type { Parameter } from './parameterStore'
import { type TapeNode, walkTape } from './tapeWalk'

/** The part of TensorFlow.js's engine that records; private in its types, stable in the pinned 4.22.0. */
interface RecordingEngine {
  startTape(): void
  endTape(): void
  state: { gradientDepth: number; activeTape: TapeNode[] | null }
}

/**
 * Evaluates a scalar function of parameters and its gradients; what f made meanwhile is freed, even if it throws.
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
  const tape = engine.state.activeTape ?? []
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
