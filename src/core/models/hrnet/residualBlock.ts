import * as tf from '@tensorflow/tfjs-core'
import { type Layer, sequence } from '../../nn/layers/layer'
import type { ParameterScope } from '../../nn/parameterScope'
import type { HrnetStage } from './config'
import { convolutionNorm, observedLayer, rectified, sequentialConvolutionNorm } from './convolutionNorm'

interface BlockSpec {
  in: number
  /** Width inside the block; times `EXPANSION` outside. */
  channels: number
  epsilon: number
}

/** Output width of a block over its inner width (He et al. 2016). */
export const EXPANSION = { basic: 1, bottleneck: 4 } as const

/** `count` residual blocks under the scope's numbers; the first one's skip is a 1 x 1 convolution where widths differ. */
export function residualBlocks(
  scope: ParameterScope,
  kind: HrnetStage['block'],
  count: number,
  spec: BlockSpec,
): Layer {
  const blocks = Array.from({ length: count }, (_, index) => {
    const input = index === 0 ? spec.in : spec.channels * EXPANSION[kind]
    return residualBlock(scope.at(index), kind, { ...spec, in: input })
  })
  return observedLayer(scope, sequence(...blocks))
}

function residualBlock(scope: ParameterScope, kind: HrnetStage['block'], spec: BlockSpec): Layer {
  const { channels, epsilon } = spec
  const out = channels * EXPANSION[kind]
  const layer = (index: number, widths: { in: number; out: number; kernel: 1 | 3 }) =>
    convolutionNorm(scope.at(`conv${index}`), scope.at(`bn${index}`), { ...widths, epsilon })
  const body =
    kind === 'basic'
      ? sequence(
          rectified(layer(1, { in: spec.in, out: channels, kernel: 3 })),
          layer(2, { in: channels, out, kernel: 3 }),
        )
      : sequence(
          rectified(layer(1, { in: spec.in, out: channels, kernel: 1 })),
          rectified(layer(2, { in: channels, out: channels, kernel: 3 })),
          layer(3, { in: channels, out, kernel: 1 }),
        )
  const skip: Layer =
    spec.in === out
      ? x => x
      : sequentialConvolutionNorm(scope.at('downsample'), { in: spec.in, out, kernel: 1, epsilon })
  return (x, mode) => scope.observed(tf.relu(tf.add(body(x, mode), skip(x, mode))))
}
