import * as tf from '@tensorflow/tfjs-core'

let registered = false

/**
 * Gives depthwise convolutions with a bias in their own dispatch a gradient: TensorFlow.js has none for them, and adds the
 * bias in a second dispatch as soon as one is recorded. Without an activation. Idempotent.
 */
export function registerFusedConvolutionGradients(): void {
  if (registered) return
  registered = true
  tf.registerGradient({
    kernelName: tf.FusedDepthwiseConv2D,
    inputsToSave: ['x', 'filter'],
    gradFunc: (dy, saved, attributes) => {
      const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D]
      const slope = dy as tf.Tensor4D
      const run = (kernel: string, inputs: tf.NamedTensorMap, shape: tf.NamedAttrMap): tf.Tensor =>
        tf.engine().runKernel(kernel, inputs, { ...attributes, ...shape })
      return {
        x: () => run(tf.DepthwiseConv2dNativeBackpropInput, { dy: slope, filter }, { inputShape: x.shape }),
        filter: () =>
          run(tf.DepthwiseConv2dNativeBackpropFilter, { x, dy: slope }, { filterShape: filter.shape }),
        bias: () => tf.sum(slope, [0, 1, 2]),
      }
    },
  })
}
