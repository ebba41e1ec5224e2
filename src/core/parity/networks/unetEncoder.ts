import type { Tensor4D } from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { AppError } from '../../foundation/appError'
import { blocksOfArchitecture } from '../../models/efficientnetv2/architecture'
import { efficientNetV2Encoder } from '../../models/efficientnetv2/encoder'
import type { ForwardMode } from '../../models/network'
import { resnetEncoder } from '../../models/resnet/encoder'
import { swinEncoder } from '../../models/swin/encoder'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ParityCase } from '../parityCase'
import { bandsOf, inputOf } from './caseNetwork'
import { configOf } from './configOf'
import { efficientNetV2Shape } from './efficientNetV2Shape'
import { imageSize } from './imageSize'
import { resnetShape } from './resnetShape'
import { swinShape } from './swinShape'
import { weightTable } from './weightTable'

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
export function unetEncoder(scope: ParameterScope, parity: ParityCase): UnetEncoder {
  const fields = configOf(parity, schema)
  const bands = bandsOf(parity)
  const timm = weightTable(parity.weights, 'encoder.model.')
  const own = weightTable(parity.weights, 'encoder.')
  const dropPathOf = () => (branch: Tensor4D) => branch
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
