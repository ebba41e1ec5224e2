import * as tf from '@tensorflow/tfjs-core'
import { kaimingNormalFanOut } from '../../nn/initialiser'
import { convolution } from '../../nn/layers/convolution'
import { crossSensorNormalisation } from '../../nn/layers/crossSensorNormalisation'
import type { Layer } from '../../nn/layers/layer'
import type { ParameterScope } from '../../nn/parameterScope'

export interface ResidualBlockSpec {
  in: number
  /** Channels inside the block. */
  width: number
  /** Channels of its output. */
  out: number
  stride: 1 | 2
}

/** Two 3 x 3 convolutions beside a skip (torchvision `BasicBlock`); `out` is `width`. */
export function basicBlock(scope: ParameterScope, spec: ResidualBlockSpec): Layer {
  const first = convolutionNorm(scope, 'conv1', 'bn1', { ...spec, out: spec.width, kernel: 3 })
  const second = convolutionNorm(scope, 'conv2', 'bn2', { in: spec.width, out: spec.out, kernel: 3 })
  return residual(scope, spec, (x, mode) => second(tf.relu(first(x, mode)), mode))
}

/** 1 x 1, 3 x 3, 1 x 1 beside a skip, the stride in the 3 x 3: v1.5 (torchvision `Bottleneck`). */
export function bottleneckBlock(scope: ParameterScope, spec: ResidualBlockSpec): Layer {
  const { width, stride } = spec
  const reduce = convolutionNorm(scope, 'conv1', 'bn1', { in: spec.in, out: width, kernel: 1 })
  const filter = convolutionNorm(scope, 'conv2', 'bn2', { in: width, out: width, kernel: 3, stride })
  const expand = convolutionNorm(scope, 'conv3', 'bn3', { in: width, out: spec.out, kernel: 1 })
  return residual(scope, spec, (x, mode) => expand(tf.relu(filter(tf.relu(reduce(x, mode)), mode)), mode))
}

/** A bias-free convolution, padded by half its kernel, and its norm. */
export function convolutionNorm(
  scope: ParameterScope,
  convolutionName: string,
  normName: string,
  spec: { in: number; out: number; kernel: number; stride?: number },
): Layer {
  const convolve = convolution(scope.at(convolutionName), {
    ...spec,
    padding: (spec.kernel - 1) / 2,
    initialise: kaimingNormalFanOut(),
  })
  const norm = crossSensorNormalisation(scope.at(normName), spec.out)
  return (x, mode) => norm(convolve(x), mode)
}

/** ReLU of the body plus the skip, which a 1 x 1 convolution (`downsample.0`, `.1`) fits where the shape changes. */
function residual(scope: ParameterScope, spec: ResidualBlockSpec, body: Layer): Layer {
  const changes = spec.stride !== 1 || spec.in !== spec.out
  const project = changes ? convolutionNorm(scope.at('downsample'), '0', '1', { ...spec, kernel: 1 }) : null
  return (x, mode) => scope.observed(tf.relu(tf.add(body(x, mode), project ? project(x, mode) : x)))
}
