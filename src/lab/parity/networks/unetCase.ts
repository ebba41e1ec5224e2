import type { Tensor4D } from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { z } from '../../../core/foundation/schema'
import { blocksOfArchitecture } from '../../../engine/models/efficientnetv2/config'
import { efficientNetV2Encoder } from '../../../engine/models/efficientnetv2/efficientNetV2Unet'
import { resnetEncoder } from '../../../engine/models/resnet/resnetUnet'
import { swinEncoder } from '../../../engine/models/swin/swinUnet'
import { unet, unetDecoder } from '../../../engine/models/unet'
import type { ForwardMode } from '../../../engine/nn/layers'
import type { ParameterScope } from '../../../engine/nn/parameterRegistry'
import type { ParityCase } from '../parityCase'
import { bandsOf, type CaseNetwork, configOf, imageSize, inputOf, noLogits, weightTable } from './caseNetwork'
import { efficientNetV2Shape, resnetShape, swinShape } from './encoderShapes'

/** What our decoder fixes, as smp's defaults do. */
const decoderFields = {
  decoder_channels: z.array(z.number().int().positive()).length(5),
  interpolation: z.literal('nearest').default('nearest'),
  use_norm: z.literal('batchnorm').default('batchnorm'),
  bn_eps_decoder: z.literal(1e-5).default(1e-5),
}

/** A complete U-Net of smp: `feature1` on (strides 2, 4, ...), `decoder.blocks.0` on, `logits`. */
export function unetCase(scope: ParameterScope, parity: ParityCase): CaseNetwork {
  const { decoder_channels } = configOf(parity, z.looseObject(decoderFields))
  const encoder = unetEncoder(scope, parity)
  const decoder = unetDecoder(scope, {
    encoderChannels: encoder.channels,
    decoderChannels: decoder_channels,
    classes: classesOf(parity),
  })
  // The whole network runs; the maps between its parts are kept.
  let features: (Tensor4D | null)[] = []
  let blocks: Tensor4D[] = []
  const network = unet(
    (x, mode) => {
      features = encoder.encode(x, mode)
      return features
    },
    {
      blocks(...given) {
        blocks = decoder.blocks(...given)
        return blocks
      },
      head: decoder.head,
    },
  )
  return {
    forward: network.forward,
    outputs(inputs, mode) {
      const logits = network.forward(inputOf(inputs), mode)
      return { ...named(features, i => `feature${i + 1}`), ...blockNames(blocks), logits }
    },
  }
}

/** smp's decoder and head on given maps `feature1` on: `decoder.blocks.0` on, `logits`. */
export function unetDecoderCase(scope: ParameterScope, parity: ParityCase): CaseNetwork {
  const { encoder_channels, decoder_channels, size } = configOf(
    parity,
    z.looseObject({ ...decoderFields, encoder_channels: z.array(z.number().int()), size: imageSize }),
  )
  const channels = encoder_channels.slice(1)
  const decoder = unetDecoder(scope, {
    encoderChannels: channels,
    decoderChannels: decoder_channels,
    classes: classesOf(parity),
  })
  return {
    forward: noLogits,
    outputs(inputs, mode) {
      const maps = channels.map((width, i) => (width > 0 ? inputOf(inputs, `feature${i + 1}`) : null))
      const blocks = decoder.blocks(maps, size, mode)
      const last = blocks.at(-1)
      if (!last) throw new AppError('model-invalid', 'The decoder has no blocks.')
      return { ...blockNames(blocks), logits: decoder.head(last) }
    },
  }
}

function classesOf(parity: ParityCase): number {
  return weightTable(parity.weights).shape('segmentation_head.0.weight')[0] ?? 0
}

const blockNames = (blocks: readonly Tensor4D[]) => named(blocks, i => `decoder.blocks.${i}`)

function named(maps: readonly (Tensor4D | null)[], nameOf: (i: number) => string): Record<string, Tensor4D> {
  return Object.fromEntries(maps.flatMap((map, i) => (map ? [[nameOf(i), map]] : [])))
}

const schema = z.looseObject({
  /** smp's name of the encoder; "tu-" before one of timm's. */
  encoder: z.string().default(''),
  encoder_channels: z.array(z.number()).optional(),
  encoder_kwargs: z.looseObject({ img_size: imageSize.optional() }).default({}),
  /** Of a Swin's training step. */
  img_size: imageSize.optional(),
  /** timm's architecture strings, of an EfficientNetV2's training step. */
  blocks: z
    .looseObject({ stem: z.number(), blocks: z.array(z.union([z.string(), z.array(z.string())])) })
    .optional(),
  bn_eps: z.number().optional(),
  bn_eps_encoder: z.number().optional(),
})

export interface UnetEncoder {
  /** Of the maps at strides 2, 4, 8, 16, 32; 0 where there is none. */
  channels: number[]
  encode(x: Tensor4D, mode: ForwardMode): (Tensor4D | null)[]
}

/** The encoder of one of smp's U-Nets: its architecture from the names and shapes of the weights. */
function unetEncoder(scope: ParameterScope, parity: ParityCase): UnetEncoder {
  const fields = configOf(parity, schema)
  const bands = bandsOf(parity)
  const timm = weightTable(parity.weights, 'encoder.model.')
  const own = weightTable(parity.weights, 'encoder.')
  const dropPathOf = () => () => null
  if (timm.has('patch_embed.proj.weight')) {
    const nominalSize =
      fields.encoder_kwargs.img_size ?? fields.img_size ?? sizeInName(fields.encoder, parity)
    const config = swinShape(timm, nominalSize)
    const { channels, encode } = swinEncoder(scope.at('encoder').at('model'), config, {
      bands,
      padding: 'timm',
      dropPathOf,
    })
    return { channels: [0, ...channels], encode: (x, mode) => [null, ...encode(x, mode)] }
  }
  if (timm.has('conv_stem.weight')) {
    const tensorFlows = /(^|-)tf_|_same$/.test(fields.encoder)
    const config = {
      ...(fields.blocks
        ? { stem: fields.blocks.stem, stages: blocksOfArchitecture(fields.blocks.blocks, fields.blocks.stem) }
        : efficientNetV2Shape(timm, fields.encoder_channels?.slice(1))),
      padding: tensorFlows ? ('same' as const) : ('symmetric' as const),
      normEpsilon: fields.bn_eps_encoder ?? fields.bn_eps ?? normEpsilonOf(fields.encoder),
    }
    return efficientNetV2Encoder(scope.at('encoder').at('model'), config, { bands, dropPathOf })
  }
  if (timm.has('layer1.0.conv1.weight')) {
    return resnetEncoder(scope.at('encoder').at('model'), resnetShape(timm), { bands })
  }
  if (own.has('layer1.0.conv1.weight')) return resnetEncoder(scope.at('encoder'), resnetShape(own), { bands })
  throw new AppError(
    'model-invalid',
    `The encoder "${fields.encoder}" is none of those that U-Nets have here: Swin, EfficientNetV2 or ResNet.`,
  )
}

/** timm's `tf_` models have TensorFlow's 1e-3, and so have the fixtures' own; the others PyTorch's 1e-5. */
function normEpsilonOf(encoder: string): number {
  return /(^|-)tf_|parity_/.test(encoder) ? 1e-3 : 1e-5
}

/** The input that timm builds a Swin for by default: the last number of "swin_tiny_patch4_window7_224". */
function sizeInName(encoder: string, parity: ParityCase): [number, number] {
  const side = /_(\d+)$/.exec(encoder)?.[1]
  if (side) return [Number(side), Number(side)]
  const [, , height = 0, width = 0] = inputOf(parity.inputs).shape
  return [height, width]
}
