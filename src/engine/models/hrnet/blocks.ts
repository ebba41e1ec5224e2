import * as tf from '@tensorflow/tfjs-core'
import type { Random } from '../../../core/foundation/random'
import {
  crossSensorNormalisation,
  type NormalisationLayer,
  normalisedConvolution,
} from '../../nn/crossSensorNormalisation'
import { type Initialiser, normal } from '../../nn/initialisers'
import { convolution, type Layer, sequence } from '../../nn/layers'
import { blockSequence, networkBlock } from '../../nn/networkBlock'
import type { ParameterScope } from '../../nn/parameterRegistry'
import type { HrnetStage } from './config'

export interface ConvolutionNormSpec {
  in: number
  out: number
  /** Padded so that stride 1 keeps the size and stride 2 gives the ceiling of the half. */
  kernel: 1 | 3
  stride?: 1 | 2
  bias?: boolean
  epsilon: number
  /** After the norm and a skip, where one is given. */
  activation: 'none' | 'relu'
  /** N(0, 0.001^2) by default, as the authors fill the backbone. */
  initialise?: Initialiser
}

const backboneInitialiser = normal(0.001)

/** A convolution (no bias unless asked for) and its norm, each under its own scope, and what follows. */
export function convolutionNorm(
  convolutionScope: ParameterScope,
  normScope: ParameterScope,
  spec: ConvolutionNormSpec,
): NormalisationLayer {
  const convolve = convolution(convolutionScope, {
    ...spec,
    padding: (spec.kernel - 1) / 2,
    initialise: spec.initialise ?? backboneInitialiser,
  })
  const { epsilon, activation } = spec
  const norm = crossSensorNormalisation(normScope, spec.out, { epsilon, activation })
  return normalisedConvolution(convolve, norm)
}

/** The authors' Sequential(convolution, norm): keys `0` and `1` of the scope. */
export function sequentialConvolutionNorm(
  scope: ParameterScope,
  spec: ConvolutionNormSpec,
): NormalisationLayer {
  return convolutionNorm(scope.at(0), scope.at(1), spec)
}

/** Shows the layer's output under the scope's name. */
export function observedLayer(scope: ParameterScope, layer: Layer): Layer {
  return (x, mode) => scope.observed(layer(x, mode))
}

/**
 * Drops whole channels of a sample in training (PyTorch's `Dropout2d`, Tompson et al. 2015): zero with probability
 * `rate`, divided by 1 - rate otherwise. Inference, and rate 0, pass the map unchanged.
 *
 * @param random draws one number per sample, channel and pass, where the pass brings no stream of its own.
 */
export function channelDropout(rate: number, random: Random): Layer {
  if (rate === 0) return x => x
  return (x, mode) => {
    if (!mode.training) return x
    const draw = mode.random ?? random
    const [batch, , , channels] = x.shape
    const kept = Float32Array.from({ length: batch * channels }, () =>
      draw.chance(rate) ? 0 : 1 / (1 - rate),
    )
    return tf.mul(x, tf.tensor4d(kept, [batch, 1, 1, channels]))
  }
}

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
  return observedLayer(scope, blockSequence(...blocks))
}

function residualBlock(scope: ParameterScope, kind: HrnetStage['block'], spec: BlockSpec): Layer {
  const { channels, epsilon } = spec
  const out = channels * EXPANSION[kind]
  const layer = (index: number, widths: { in: number; out: number; kernel: 1 | 3 }) =>
    convolutionNorm(scope.at(`conv${index}`), scope.at(`bn${index}`), {
      ...widths,
      epsilon,
      activation: 'relu',
    })
  const layers =
    kind === 'basic'
      ? [layer(1, { in: spec.in, out: channels, kernel: 3 }), layer(2, { in: channels, out, kernel: 3 })]
      : [
          layer(1, { in: spec.in, out: channels, kernel: 1 }),
          layer(2, { in: channels, out: channels, kernel: 3 }),
          layer(3, { in: channels, out, kernel: 1 }),
        ]
  const body = sequence(...layers.slice(0, -1))
  const last = layers.at(-1)!
  const skip: Layer =
    spec.in === out
      ? x => x
      : sequentialConvolutionNorm(scope.at('downsample'), {
          in: spec.in,
          out,
          kernel: 1,
          epsilon,
          activation: 'none',
        })
  return networkBlock((x, mode) => scope.observed(last(body(x, mode), mode, skip(x, mode))))
}
