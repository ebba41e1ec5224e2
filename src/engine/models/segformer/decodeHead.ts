import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { crossSensorNormalisation } from '../../nn/crossSensorNormalisation'
import { kaimingNormalFanOut, normal, zeros } from '../../nn/initialisers'
import { convolution, declareLinear, type ForwardMode } from '../../nn/layers'
import { linear } from '../../nn/ops/linear'
import { sumResized } from '../../nn/ops/resize'
import type { ParameterScope } from '../../nn/parameterRegistry'
import type { SegformerConfig } from './config'

/**
 * The all-MLP decoder (paper, section 3.2), under the keys of transformers' `SegformerDecodeHead`: every stage to one
 * width, to the first stage's grid, joined from the deepest to the first, fused, classified.
 *
 * Computed in another order than the peer's, with the same result but for rounding: a 1 x 1 convolution of joined
 * enlarged maps is the sum of the enlarged products of each map with its rows of the weights. So maps are fused on their
 * own grids and the joined map, the largest of the network, never exists.
 *
 * @returns a function from the encoder's maps to logits [B, ceil(H/4), ceil(W/4), classes].
 */
export function decodeHead(
  scope: ParameterScope,
  config: SegformerConfig,
  classes: number,
): (stages: readonly Tensor4D[], mode: ForwardMode) => Tensor4D {
  const width = config.decoderWidth
  const count = config.hiddenSizes.length
  const projections = config.hiddenSizes.map((channels, stage) =>
    declareLinear(scope.at('linear_c').at(stage).at('proj'), { in: channels, out: width }),
  )
  const fuse = scope.at('linear_fuse').declare({
    name: 'weight',
    shape: [width, width * count, 1, 1],
    layout: 'conv',
    initialise: kaimingNormalFanOut(),
    trainable: true,
    decay: true,
  })
  const norm = crossSensorNormalisation(scope.at('batch_norm'), width, { activation: 'relu' })
  const classify = convolution(scope.at('classifier'), {
    in: width,
    out: classes,
    kernel: 1,
    bias: true,
    initialise: normal(0.01),
    initialiseBias: zeros,
  })
  return (stages, mode) => {
    const weights = projections.map(({ weight }) => weight.value() as Tensor2D)
    const biases = projections.map(({ bias }) => bias!.value() as Tensor1D)
    const grid = [stages[0]!.shape[1], stages[0]!.shape[2]] as const
    for (const [stage, map] of stages.entries()) {
      scope
        .at('linear_c')
        .at(stage)
        .observed(map, () => linear(map, weights[stage]!, { bias: biases[stage] }))
    }
    const joint = tf.reshape(fuse.value(), [count * width, width]) as Tensor2D
    // The peer joins the deepest stage first. A copy: the list itself belongs to the tape.
    const shares = (tf.split(joint, count, 0) as Tensor2D[]).toReversed()
    // Enlarging keeps a constant, so that the biases of all stages pass as one.
    const bias = tf.reshape(
      tf.matMul(tf.reshape(tf.concat(biases.toReversed()), [1, count * width]) as Tensor2D, joint),
      [width],
    ) as Tensor1D
    const fused = stages.map((map, stage) => {
      const added = { bias: stage === 0 ? bias : undefined }
      const [project, share] = [weights[stage]!, shares[stage]!]
      // Two maps in turn, or their product at once where that is fewer multiplications. An image alone decides, so that
      // its result does not depend on the batch.
      return map.shape[1] * map.shape[2] > map.shape[3]
        ? linear(map, tf.matMul(project, share), added)
        : linear(linear(map, project), share, added)
    })
    const sum = scope.at('linear_fuse').observed(sumResized(fused.toReversed(), grid))
    return classify(scope.at('activation').observed(norm(sum, mode)))
  }
}
