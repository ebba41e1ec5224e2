import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { kaimingNormalFanOut, zeros } from '../../nn/initialiser'
import { convolution, depthwiseConvolution } from '../../nn/layers/convolution'
import type { DropPath } from '../../nn/layers/dropPath'
import type { Layer } from '../../nn/layers/layer'
import { layerNormalisation } from '../../nn/layers/layerNormalisation'
import { linearMap } from '../../nn/layers/linearMap'
import { gelu } from '../../nn/ops/gelu'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ForwardMode } from '../network'
import type { SegformerConfig } from './config'
import { efficientSelfAttention } from './efficientSelfAttention'

export interface MixTransformerOptions {
  bands: number
  /** Epsilon of block and stage norms: 1e-5 as transformers, 1e-6 as NVlabs; patch and reduction norms have 1e-5. */
  normEpsilon: number
  /** Stochastic depth of the i-th of n blocks. */
  dropPathOf(block: number, blocks: number): DropPath
}

/**
 * The Mix Transformer encoder, under the keys of transformers' `SegformerEncoder`.
 *
 * @returns a function from [B, H, W, bands] to the four stages' maps after their closing norms; with the published
 *   strides [B, ceil(H/4), ceil(W/4), C1] and on, halved each time.
 */
export function mixTransformer(
  scope: ParameterScope,
  config: SegformerConfig,
  options: MixTransformerOptions,
): (x: Tensor4D, mode: ForwardMode) => Tensor4D[] {
  const { hiddenSizes, depths, reductions, heads, mlpRatios } = config
  const embeddings = hiddenSizes.map((width, stage) =>
    patchEmbedding(scope.at('patch_embeddings').at(stage), {
      in: stage === 0 ? options.bands : hiddenSizes[stage - 1]!,
      out: width,
      kernel: config.patchSizes[stage]!,
      stride: config.strides[stage]!,
    }),
  )
  const total = depths.reduce((a, b) => a + b, 0)
  let count = 0
  const blocks = hiddenSizes.map((width, stage) =>
    Array.from({ length: depths[stage]! }, (_, block) =>
      transformerBlock(scope.at('block').at(stage).at(block), {
        width,
        heads: heads[stage]!,
        reduction: reductions[stage]!,
        hidden: Math.floor(width * mlpRatios[stage]!),
        epsilon: options.normEpsilon,
        dropPath: options.dropPathOf(count++, total),
      }),
    ),
  )
  const norms = hiddenSizes.map((width, stage) =>
    layerNormalisation(scope.at('layer_norm').at(stage), width, options.normEpsilon),
  )
  return (x, mode) => {
    const stages: Tensor4D[] = []
    let map = x
    for (const [stage, embed] of embeddings.entries()) {
      map = embed(map)
      for (const block of blocks[stage]!) map = block(map, mode)
      map = norms[stage]!(map)
      stages.push(map)
    }
    return stages
  }
}

function patchEmbedding(
  scope: ParameterScope,
  spec: { in: number; out: number; kernel: number; stride: number },
): (x: Tensor4D) => Tensor4D {
  const project = convolution(scope.at('proj'), {
    ...spec,
    padding: Math.floor(spec.kernel / 2),
    bias: true,
    initialise: kaimingNormalFanOut(),
    initialiseBias: zeros,
  })
  const norm = layerNormalisation(scope.at('layer_norm'), spec.out)
  return x => scope.observed(norm(project(x)))
}

function transformerBlock(
  scope: ParameterScope,
  spec: {
    width: number
    heads: number
    reduction: number
    hidden: number
    epsilon: number
    dropPath: DropPath
  },
): Layer {
  const norm1 = layerNormalisation(scope.at('layer_norm_1'), spec.width, spec.epsilon)
  const attend = efficientSelfAttention(scope.at('attention'), spec)
  const norm2 = layerNormalisation(scope.at('layer_norm_2'), spec.width, spec.epsilon)
  const feedForward = mixFeedForward(scope.at('mlp'), spec.width, spec.hidden)
  return (x, mode) => {
    const normed = scope.at('layer_norm_1').observed(norm1(x))
    const attended: Tensor4D = tf.add(x, spec.dropPath(attend(normed), mode))
    const fed = feedForward(scope.at('layer_norm_2').observed(norm2(attended)))
    return scope.observed(tf.add(attended, spec.dropPath(fed, mode)))
  }
}

/** Linear, depthwise 3 x 3, GELU, linear: the convolution carries the position (paper, equation 3). */
function mixFeedForward(scope: ParameterScope, width: number, hidden: number): (x: Tensor4D) => Tensor4D {
  const expand = linearMap(scope.at('dense1'), { in: width, out: hidden })
  const mix = depthwiseConvolution(scope.at('dwconv').at('dwconv'), {
    channels: hidden,
    kernel: 3,
    padding: 1,
    bias: true,
    initialise: kaimingNormalFanOut(hidden),
  })
  const contract = linearMap(scope.at('dense2'), { in: hidden, out: width })
  return x => scope.observed(contract(gelu(scope.at('dwconv').observed(mix(expand(x))))))
}
