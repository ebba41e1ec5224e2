import type { Tensor3D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { randomStream } from '../../../core/foundation/random'
import { uniformFanIn } from '../../nn/initialisers'
import { convolution, type ForwardMode, type Layer, sequence } from '../../nn/layers'
import { resizeBilinear } from '../../nn/ops/resize'
import { softmax } from '../../nn/ops/softmax'
import type { ParameterScope } from '../../nn/parameterRegistry'
import type { NetworkDefinition, NetworkSettings } from '../network'
import { channelDropout, convolutionNorm, observedLayer } from './blocks'
import type { HrnetConfig } from './config'
import { highResolutionNet } from './highResolutionNet'

/**
 * Soft object regions (Yuan et al. 2020, equation 2; the authors' `SpatialGather_Module`): each class's mean of the
 * pixels' features, weighted by a softmax of its coarse logits over the PIXELS.
 *
 * @param features [B, H, W, C]
 * @param logits [B, H, W, classes]
 * @returns [B, classes, 1, C]
 */
function gatherObjectRegions(features: Tensor4D, logits: Tensor4D): Tensor4D {
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
function objectContext(
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
  return convolutionNorm(scope.at(index), scope.at(index + 1).at(0), {
    ...spec,
    kernel: 1,
    activation: 'relu',
    initialise: uniformFanIn(spec.in),
  })
}

/**
 * Inner maps, NHWC, on the quarter grid [B, ceil(H/4), ceil(W/4), C]: `layer1`; `concat`: all branches, joined;
 * `conv3x3_ocr`; `ocr_gather_head`: the object regions [B, classes, 1, C]; `ocr_distri_head`; and the logits `aux` of the
 * coarse head and `out` of the last, which is what the authors' forward returns.
 */
export type HrnetOutputs = Record<
  'layer1' | 'concat' | 'conv3x3_ocr' | 'ocr_gather_head' | 'ocr_distri_head' | 'aux' | 'out',
  Tensor4D
>

export interface HrnetDefinition extends NetworkDefinition {
  outputs(x: Tensor4D, mode: ForwardMode): HrnetOutputs
  forwardWithAuxiliary: NonNullable<NetworkDefinition['forwardWithAuxiliary']>
}

/**
 * HRNet with object-contextual representations (Wang et al. 2020; Yuan et al. 2020) under the key names of the authors'
 * HRNet-Semantic-Segmentation, branch HRNet-OCR. Any size. Logits of the quarter grid are brought to the input's with
 * corners aligned, as the authors do. Modules are shown to the registry's observer under the authors' module names.
 */
export function hrnetOcr(
  scope: ParameterScope,
  config: HrnetConfig,
  { bands, classes, seed, options }: NetworkSettings,
): HrnetDefinition {
  const { alignCorners, normEpsilon: epsilon } = config
  const { midChannels, keyChannels } = config.ocr
  const { channels, encode } = highResolutionNet(scope, config, bands)
  const width = channels.reduce((sum, branch) => sum + branch, 0)

  const ocr = scope.at('conv3x3_ocr')
  const features = observedLayer(
    ocr,
    convolutionNorm(ocr.at(0), ocr.at(1), {
      in: width,
      out: midChannels,
      kernel: 3,
      bias: true,
      activation: 'relu',
      initialise: uniformFanIn(width * 9),
      epsilon,
    }),
  )
  const distribute = objectContext(scope.at('ocr_distri_head'), {
    channels: midChannels,
    keyChannels,
    epsilon,
    dropout: channelDropout(options.ocrDropout ?? 0, randomStream(seed, 'ocr-dropout')),
  })
  const classify = convolution(scope.at('cls_head'), { in: midChannels, out: classes, kernel: 1, bias: true })
  const coarse = coarseHead(scope.at('aux_head'), width, classes, epsilon)

  function outputs(x: Tensor4D, mode: ForwardMode): HrnetOutputs {
    const { layer1, branches } = encode(x, mode)
    const [, height, columns] = branches[0]!.shape
    const concat = tf.concat(
      branches.map(map => resizeBilinear(map, [height, columns], { alignCorners })),
      3,
    )
    const aux = coarse(concat, mode)
    const pixels = features(concat, mode)
    const regions = scope.at('ocr_gather_head').observed(gatherObjectRegions(pixels, aux))
    const augmented = distribute(pixels, regions, mode)
    const out = scope.at('cls_head').observed(classify(augmented))
    return {
      layer1,
      concat,
      conv3x3_ocr: pixels,
      ocr_gather_head: regions,
      ocr_distri_head: augmented,
      aux,
      out,
    }
  }

  const onGridOf = (x: Tensor4D, logits: Tensor4D) =>
    resizeBilinear(logits, [x.shape[1], x.shape[2]], { alignCorners })
  return {
    outputs,
    features: (x, mode) => encode(x, mode).branches,
    forward: (x, mode) => onGridOf(x, outputs(x, mode).out),
    forwardWithAuxiliary(x, mode) {
      const { aux, out } = outputs(x, mode)
      return { logits: onGridOf(x, out), auxiliary: onGridOf(x, aux) }
    },
  }
}

/** `aux_head`: the coarse segmentation that the object regions come from. */
function coarseHead(scope: ParameterScope, width: number, classes: number, epsilon: number) {
  const body = convolutionNorm(scope.at(0), scope.at(1), {
    in: width,
    out: width,
    kernel: 1,
    bias: true,
    activation: 'relu',
    initialise: uniformFanIn(width),
    epsilon,
  })
  const classify = convolution(scope.at(3), { in: width, out: classes, kernel: 1, bias: true })
  return (x: Tensor4D, mode: ForwardMode) => scope.observed(classify(body(x, mode)))
}
