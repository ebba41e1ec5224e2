import type { Tensor4D } from '@tensorflow/tfjs-core'
import { randomStream } from '../../../core/foundation/random'
import { kaimingNormalFanOut, zeros } from '../../nn/initialisers'
import {
  convolution,
  type DropPath,
  depthwiseConvolution,
  dropPath,
  type ForwardMode,
  type Layer,
  layerNormalisation,
  linearMap,
} from '../../nn/layers'
import { blockSequence, networkBlock } from '../../nn/networkBlock'
import { multiHeadAttention } from '../../nn/ops/attention'
import { addBranch } from '../../nn/ops/residual'
import { resizeBilinear } from '../../nn/ops/resize'
import type { ParameterScope } from '../../nn/parameterRegistry'
import type { NetworkDefinition, NetworkSettings } from '../network'
import type { SegformerConfig } from './config'
import { decodeHead } from './decodeHead'

/**
 * Self-attention whose keys and values come from a map shrunk by a strided convolution (paper, section 3.1).
 *
 * Keys of transformers: `self.query`, `self.key`, `self.value`, `self.sr`, `self.layer_norm`, `output.dense`.
 */
function efficientSelfAttention(
  scope: ParameterScope,
  { width, heads, reduction }: { width: number; heads: number; reduction: number },
): (x: Tensor4D) => Tensor4D {
  const self = scope.at('self')
  const square = { in: width, out: width }
  const query = linearMap(self.at('query'), square)
  const key = linearMap(self.at('key'), square)
  const value = linearMap(self.at('value'), square)
  const reduce = reduction > 1 ? reducer(self, width, reduction) : (x: Tensor4D) => x
  const project = linearMap(scope.at('output').at('dense'), square)

  return x => {
    // First, so that its gradient comes last and takes up that of the other way.
    const queries = query(x)
    const reduced = reduce(x)
    const context = multiHeadAttention(queries, key(reduced), value(reduced), heads)
    return scope.observed(project(self.observed(context)))
  }
}

/** The strided convolution, which drops what does not fill its window, and its norm (epsilon 1e-5 in every peer). */
function reducer(scope: ParameterScope, width: number, reduction: number): (x: Tensor4D) => Tensor4D {
  const shrink = convolution(scope.at('sr'), {
    in: width,
    out: width,
    kernel: reduction,
    stride: reduction,
    bias: true,
    initialise: kaimingNormalFanOut(),
    initialiseBias: zeros,
  })
  const norm = layerNormalisation(scope.at('layer_norm'), width)
  return x => norm(shrink(x))
}

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
    blockSequence(
      ...Array.from({ length: depths[stage]! }, (_, block) =>
        transformerBlock(scope.at('block').at(stage).at(block), {
          width,
          heads: heads[stage]!,
          reduction: reductions[stage]!,
          hidden: Math.floor(width * mlpRatios[stage]!),
          epsilon: options.normEpsilon,
          dropPath: options.dropPathOf(count++, total),
        }),
      ),
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
      map = blocks[stage]!(map, mode)
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
  return networkBlock((x, mode) => {
    const { sum: kept, normed } = norm1.ofResidual({ x })
    const branch = attend(scope.at('layer_norm_1').observed(normed))
    const attended = norm2.ofResidual({ x: kept, branch, factors: spec.dropPath(x.shape[0], mode) })
    const fed = feedForward(scope.at('layer_norm_2').observed(attended.normed))
    return scope.observed(addBranch(attended.sum, fed, spec.dropPath(x.shape[0], mode)))
  })
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
  return x => scope.observed(contract(scope.at('dwconv').observed(mix(expand(x))), { activation: 'gelu' }))
}

/**
 * SegFormer (Xie et al. 2021) under transformers' key names. Any size from 32: maps are the ceiling of each halving.
 * The logits of the quarter grid are brought to the input's by a bilinear resize with half-pixel centres.
 */
export function segformer(
  scope: ParameterScope,
  config: SegformerConfig,
  { bands, classes, seed, options }: NetworkSettings,
): NetworkDefinition {
  const random = randomStream(seed, 'drop-path')
  const rate = options.dropPath ?? 0
  const encode = mixTransformer(scope.at('segformer').at('encoder'), config, {
    bands,
    normEpsilon: options.normEpsilon === 'nvlabs' ? 1e-6 : 1e-5,
    dropPathOf: (block, blocks) => dropPath(blocks > 1 ? (rate * block) / (blocks - 1) : 0, random),
  })
  const decode = decodeHead(scope.at('decode_head'), config, classes)
  return {
    features: encode,
    forward(x, mode) {
      const logits = decode(encode(x, mode), mode)
      return resizeBilinear(logits, [x.shape[1], x.shape[2]])
    },
  }
}
