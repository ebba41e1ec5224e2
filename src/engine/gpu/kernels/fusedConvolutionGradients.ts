import * as tf from '@tensorflow/tfjs-core'

/** Of a convolution that adds its bias, by the name of the kernel that gives each gradient. */
const GRADIENTS = [
  { fused: tf.FusedConv2D, ofInput: tf.Conv2DBackpropInput, ofFilter: tf.Conv2DBackpropFilter },
  {
    fused: tf.FusedDepthwiseConv2D,
    ofInput: tf.DepthwiseConv2dNativeBackpropInput,
    ofFilter: tf.DepthwiseConv2dNativeBackpropFilter,
  },
] as const

let registered = false

/**
 * Gives convolutions with a bias in their own dispatch a gradient: TensorFlow.js has none for them, and adds the bias in
 * a second dispatch as soon as one is recorded. Without an activation. Idempotent.
 */
export function registerFusedConvolutionGradients(): void {
  if (registered) return
  registered = true
  for (const { fused, ofInput, ofFilter } of GRADIENTS) {
    tf.registerGradient({
      kernelName: fused,
      inputsToSave: ['x', 'filter'],
      gradFunc: (dy, saved, attributes) => {
        const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D]
        const slope = dy as tf.Tensor4D
        const run = (kernel: string, inputs: tf.NamedTensorMap, shape: tf.NamedAttrMap): tf.Tensor =>
          tf.engine().runKernel(kernel, inputs, { ...attributes, ...shape })
        return {
          x: () => run(ofInput, { dy: slope, filter }, { inputShape: x.shape }),
          filter: () => run(ofFilter, { x, dy: slope }, { filterShape: filter.shape }),
          bias: () => tf.sum(slope, [0, 1, 2]),
        }
      },
    })
  }
}
