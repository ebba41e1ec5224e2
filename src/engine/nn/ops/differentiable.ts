import * as tf from '@tensorflow/tfjs-core'

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
