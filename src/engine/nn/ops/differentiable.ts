import * as tf from '@tensorflow/tfjs-core'

/** See `slopeSoFar`; null where no walk says. */
let soFar: ((input: string) => tf.Tensor | null) | null = null

/**
 * For gradients: what other ways have brought so far of the gradient with respect to an input, or null. Whoever asks adds
 * it to its own, in its own dispatch.
 *
 * @param input its place among the inputs of `differentiable`.
 */
export function slopeSoFar(input: number): tf.Tensor | null {
  return soFar?.(String(input)) ?? null
}

/** Runs a gradient that may ask for `slopeSoFar`. */
export function withSlopesSoFar<T>(lookUp: (input: string) => tf.Tensor | null, run: () => T): T {
  const before = soFar
  soFar = lookUp
  try {
    return run()
  } finally {
    soFar = before
  }
}

/** A gradient, or what computes it where it is wanted. */
type Slope = tf.Tensor | (() => tf.Tensor)

const lazily = (slopes: readonly Slope[]) =>
  Object.fromEntries(slopes.map((slope, i) => [i, typeof slope === 'function' ? slope : () => slope]))

/** The part of TensorFlow.js's engine behind `customGrad`, which itself takes functions of one result only. */
interface DifferentiatingEngine {
  runKernelFunc<Value extends tf.Tensor | tf.Tensor[]>(kernel: {
    inputs: Record<string, tf.Tensor>
    forwardFunc: (backend: unknown, save: tf.GradSaveFunc) => Value
    backwardsFunc: (dys: Value, saved: tf.Tensor[]) => Record<string, () => tf.Tensor>
  }): Value
}

function run<Value extends tf.Tensor | tf.Tensor[]>(
  inputs: readonly tf.Tensor[],
  forward: (save: (tensors: tf.Tensor[]) => void) => Value,
  backward: (dys: Value, saved: tf.Tensor[]) => Slope[],
): Value {
  const engine = tf.engine() as unknown as DifferentiatingEngine
  return engine.runKernelFunc<Value>({
    inputs: Object.fromEntries(inputs.entries()),
    forwardFunc(_, save) {
      let needed: tf.Tensor[] = []
      const value = forward(tensors => {
        needed = tensors
      })
      // Kept only now: what is kept before a forward that throws would never be freed.
      save(needed)
      return value
    },
    backwardsFunc: (dys, saved) => lazily(backward(dys, saved)),
  })
}

/**
 * A function of tensors with a gradient of its own instead of the tape's.
 *
 * @param inputs the tensors it is differentiable in; `forward` may use others through its closure.
 * @param forward computes the value; `save`, called at most once, keeps every tensor that `backward` needs, in order.
 *   `backward` must not reach for others: a tidy around this call may have freed them.
 * @param backward the gradients with respect to every input, in their order.
 */
export function differentiable<Out extends tf.Tensor>(
  inputs: readonly tf.Tensor[],
  forward: (save: (tensors: tf.Tensor[]) => void) => Out,
  backward: (dy: Out, saved: tf.Tensor[]) => Slope[],
): Out {
  return run(inputs, forward, backward)
}

/**
 * The same for a function of two results or more.
 *
 * @param backward is given a gradient for each result, zeros where nothing depends on it.
 */
export function differentiableResults<Outs extends tf.Tensor[]>(
  inputs: readonly tf.Tensor[],
  forward: (save: (tensors: tf.Tensor[]) => void) => Outs,
  backward: (dys: Outs, saved: tf.Tensor[]) => Slope[],
): Outs {
  return run(inputs, forward, backward)
}

/** Computes a tensor that gradients treat as a constant. */
export function detached<Out extends tf.Tensor>(compute: () => Out): Out {
  return tf.tidy(() => {
    const anchor = tf.scalar(0)
    return differentiable<Out>(
      [anchor],
      () => compute(),
      () => [tf.scalar(0)],
    )
  })
}
