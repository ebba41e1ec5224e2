import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { convolution } from '../../nn/layers/convolution'
import { layerNormalisation } from '../../nn/layers/layerNormalisation'
import { linearMap } from '../../nn/layers/linearMap'
import type { ParameterScope } from '../../nn/parameterScope'
import { padToMultiple } from './swinBlock'

/**
 * Patches to tokens: a convolution whose stride is its kernel, and a norm. Zeros fill the last row and column of patches up,
 * as with the authors; timm refuses such inputs.
 */
export function patchEmbedding(
  scope: ParameterScope,
  { bands, width, patch }: { bands: number; width: number; patch: number },
): (x: Tensor4D) => Tensor4D {
  const project = convolution(scope.at('proj'), {
    in: bands,
    out: width,
    kernel: patch,
    stride: patch,
    bias: true,
  })
  const norm = layerNormalisation(scope.at('norm'), width)
  return x => scope.observed(norm(project(padToMultiple(x, [patch, patch]))))
}

/** Joins 2 x 2 neighbours in the order (row, column) = (0,0), (1,0), (0,1), (1,1); norm; to twice the channels. */
export function patchMerging(scope: ParameterScope, channels: number): (x: Tensor4D) => Tensor4D {
  const norm = layerNormalisation(scope.at('norm'), 4 * channels)
  const reduce = linearMap(scope.at('reduction'), { in: 4 * channels, out: 2 * channels, bias: false })
  return x => {
    const even = padToMultiple(x, [2, 2])
    const [batch, height, width] = even.shape
    const neighbours = tf.transpose(
      tf.reshape(even, [batch, height / 2, 2, width / 2, 2, channels]),
      [0, 1, 3, 4, 2, 5],
    )
    const joined: Tensor4D = tf.reshape(neighbours, [batch, height / 2, width / 2, 4 * channels])
    return scope.observed(reduce(norm(joined)))
  }
}
