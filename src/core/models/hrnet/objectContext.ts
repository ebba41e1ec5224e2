import type { Tensor3D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { uniformFanIn } from '../../nn/initialiser'
import { type Layer, sequence } from '../../nn/layers/layer'
import { softmax } from '../../nn/ops/softmax'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ForwardMode } from '../network'
import { convolutionNorm, observedLayer, rectified } from './convolutionNorm'

/**
 * Soft object regions (Yuan et al. 2020, equation 2; the authors' `SpatialGather_Module`): each class's mean of the
 * pixels' features, weighted by a softmax of its coarse logits over the PIXELS.
 *
 * @param features [B, H, W, C]
 * @param logits [B, H, W, classes]
 * @returns [B, classes, 1, C]
 */
export function gatherObjectRegions(features: Tensor4D, logits: Tensor4D): Tensor4D {
  const [batch, height, width, channels] = features.shape
  const classes = logits.shape[3]
  const perClass = tf.transpose(tf.reshape(logits, [batch, height * width, classes]), [0, 2, 1])
  // Stock, for it shares each of the few long rows among a workgroup; ours, for many short rows, takes a thread for each.
  const weights = tf.softmax(perClass) as Tensor3D
  const regions = tf.matMul(weights, tf.reshape(features, [batch, height * width, channels]))
  return tf.reshape(regions, [batch, classes, 1, channels])
}

interface ObjectContextSpec {
  /** Width of the pixels' features, in and out. */
  channels: number
  keyChannels: number
  epsilon: number
  dropout: Layer
}

/**
 * Object-contextual representation (the authors' `SpatialOCR_Module`): pixels attend to the object regions, and what they
 * find joins their own features.
 *
 * @returns a function of the pixels' features [B, H, W, C] and the regions [B, classes, 1, C] to [B, H, W, C].
 */
export function objectContext(
  scope: ParameterScope,
  { channels, keyChannels, epsilon, dropout }: ObjectContextSpec,
): (features: Tensor4D, regions: Tensor4D, mode: ForwardMode) => Tensor4D {
  const attend = objectAttention(scope.at('object_context_block'), channels, keyChannels, epsilon)
  const join = scope.at('conv_bn_dropout')
  const fuse = observedLayer(
    join,
    sequence(pointwise(join, 0, { in: 2 * channels, out: channels, epsilon }), dropout),
  )
  return (features, regions, mode) => {
    const context = attend(features, regions, mode)
    return scope.observed(fuse(tf.concat([context, features], 3), mode))
  }
}

/** Queries of the pixels, keys and values of the regions, one head (Yuan et al. 2020, equations 3 and 4). */
function objectAttention(
  scope: ParameterScope,
  channels: number,
  keyChannels: number,
  epsilon: number,
): (features: Tensor4D, regions: Tensor4D, mode: ForwardMode) => Tensor4D {
  const inwards = { in: channels, out: keyChannels, epsilon }
  const twice = (own: ParameterScope) =>
    observedLayer(
      own,
      sequence(pointwise(own, 0, inwards), pointwise(own, 2, { in: keyChannels, out: keyChannels, epsilon })),
    )
  const once = (own: ParameterScope, spec: typeof inwards) => observedLayer(own, pointwise(own, 0, spec))
  const query = twice(scope.at('f_pixel'))
  const key = twice(scope.at('f_object'))
  const value = once(scope.at('f_down'), inwards)
  const project = once(scope.at('f_up'), { in: keyChannels, out: channels, epsilon })
  const rows = (map: Tensor4D): Tensor3D =>
    tf.reshape(map, [map.shape[0], map.shape[1] * map.shape[2], map.shape[3]])
  return (features, regions, mode) => {
    const [batch, height, width] = features.shape
    const similarity = tf.matMul(
      rows(query(features, mode)),
      rows(key(regions, mode)),
      false,
      true,
    ) as Tensor3D
    const attention = softmax(tf.mul(similarity, keyChannels ** -0.5) as Tensor3D)
    const context = tf.matMul(attention, rows(value(regions, mode)))
    return scope.observed(project(tf.reshape(context, [batch, height, width, keyChannels]), mode))
  }
}

/** 1 x 1 convolution without bias, norm, ReLU: keys `index` and `index + 1`.`0`, PyTorch's own initialisation. */
function pointwise(
  scope: ParameterScope,
  index: number,
  spec: { in: number; out: number; epsilon: number },
): Layer {
  return rectified(
    convolutionNorm(scope.at(index), scope.at(index + 1).at(0), {
      ...spec,
      kernel: 1,
      initialise: uniformFanIn(spec.in),
    }),
  )
}
