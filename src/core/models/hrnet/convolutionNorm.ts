import * as tf from '@tensorflow/tfjs-core'
import { type Initialiser, normal } from '../../nn/initialiser'
import { convolution } from '../../nn/layers/convolution'
import { crossSensorNormalisation } from '../../nn/layers/crossSensorNormalisation'
import type { Layer } from '../../nn/layers/layer'
import type { ParameterScope } from '../../nn/parameterScope'

export interface ConvolutionNormSpec {
  in: number
  out: number
  /** Padded so that stride 1 keeps the size and stride 2 gives the ceiling of the half. */
  kernel: 1 | 3
  stride?: 1 | 2
  bias?: boolean
  epsilon: number
  /** N(0, 0.001^2) by default, as the authors fill the backbone. */
  initialise?: Initialiser
}

const backboneInitialiser = normal(0.001)

/** A convolution (no bias unless asked for) and its norm, each under its own scope. */
export function convolutionNorm(
  convolutionScope: ParameterScope,
  normScope: ParameterScope,
  spec: ConvolutionNormSpec,
): Layer {
  const convolve = convolution(convolutionScope, {
    ...spec,
    padding: (spec.kernel - 1) / 2,
    initialise: spec.initialise ?? backboneInitialiser,
  })
  const norm = crossSensorNormalisation(normScope, spec.out, { epsilon: spec.epsilon })
  return (x, mode) => norm(convolve(x), mode)
}

/** The authors' Sequential(convolution, norm): keys `0` and `1` of the scope. */
export function sequentialConvolutionNorm(scope: ParameterScope, spec: ConvolutionNormSpec): Layer {
  return convolutionNorm(scope.at(0), scope.at(1), spec)
}

/** A layer, then a ReLU. */
export function rectified(layer: Layer): Layer {
  return (x, mode) => tf.relu(layer(x, mode))
}

/** Shows the layer's output under the scope's name. */
export function observedLayer(scope: ParameterScope, layer: Layer): Layer {
  return (x, mode) => scope.observed(layer(x, mode))
}
