import { randomStream } from '../../foundation/random'
import { dropPath } from '../../nn/layers/dropPath'
import { resizeBilinear } from '../../nn/ops/resizeBilinear'
import type { ParameterScope } from '../../nn/parameterScope'
import type { NetworkDefinition, NetworkSettings } from '../networkDefinition'
import type { SegformerConfig } from './config'
import { decodeHead } from './decodeHead'
import { mixTransformer } from './mixTransformer'

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
