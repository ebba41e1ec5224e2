import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { randomStream } from '../../foundation/random'
import { uniformFanIn } from '../../nn/initialiser'
import { convolution } from '../../nn/layers/convolution'
import { resizeBilinear } from '../../nn/ops/resizeBilinear'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ForwardMode } from '../network'
import type { NetworkDefinition, NetworkSettings } from '../networkDefinition'
import { channelDropout } from './channelDropout'
import type { HrnetConfig } from './config'
import { convolutionNorm, observedLayer, rectified } from './convolutionNorm'
import { highResolutionNet } from './highResolutionNet'
import { gatherObjectRegions, objectContext } from './objectContext'

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
    rectified(
      convolutionNorm(ocr.at(0), ocr.at(1), {
        in: width,
        out: midChannels,
        kernel: 3,
        bias: true,
        initialise: uniformFanIn(width * 9),
        epsilon,
      }),
    ),
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
  const body = rectified(
    convolutionNorm(scope.at(0), scope.at(1), {
      in: width,
      out: width,
      kernel: 1,
      bias: true,
      initialise: uniformFanIn(width),
      epsilon,
    }),
  )
  const classify = convolution(scope.at(3), { in: width, out: classes, kernel: 1, bias: true })
  return (x: Tensor4D, mode: ForwardMode) => scope.observed(classify(body(x, mode)))
}
