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
  backward: (dy: Out, saved: tf.Tensor[]) => tf.Tensor[],
): Out {
  const op = tf.customGrad((...given: Array<tf.Tensor | tf.GradSaveFunc>) => {
    const save = given[given.length - 1] as tf.GradSaveFunc
    let needed: tf.Tensor[] = []
    const value: tf.Tensor = forward(tensors => {
      needed = tensors
    })
    // Kept only now: what is kept before a forward that throws would never be freed.
    save(needed)
    return { value, gradFunc: (dy, saved) => backward(dy as Out, saved) }
  })
  return op(...inputs) as Out
}

/** The part of TensorFlow.js's engine behind `customGrad`, which itself takes functions of one result only. */
interface DifferentiatingEngine {
  runKernelFunc(kernel: {
    inputs: Record<string, tf.Tensor>
    forwardFunc: (backend: unknown, save: tf.GradSaveFunc) => tf.Tensor[]
    backwardsFunc: (dys: tf.Tensor[], saved: tf.Tensor[]) => Record<string, () => tf.Tensor>
  }): tf.Tensor[]
}

/**
 * The same for a function of two results or more.
 *
 * @param backward is given a gradient for each result, zeros where nothing depends on it.
 */
export function differentiableResults<Outs extends tf.Tensor[]>(
  inputs: readonly tf.Tensor[],
  forward: (save: (tensors: tf.Tensor[]) => void) => Outs,
  backward: (dys: Outs, saved: tf.Tensor[]) => tf.Tensor[],
): Outs {
  const engine = tf.engine() as unknown as DifferentiatingEngine
  return engine.runKernelFunc({
    inputs: Object.fromEntries(inputs.map((input, i) => [i, input])),
    forwardFunc(_, save) {
      let needed: tf.Tensor[] = []
      const values = forward(tensors => {
        needed = tensors
      })
      save(needed)
      return values
    },
    backwardsFunc(dys, saved) {
      const gradients = backward(dys as Outs, saved)
      return Object.fromEntries(gradients.map((gradient, i) => [i, () => gradient]))
    },
  }) as Outs
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
