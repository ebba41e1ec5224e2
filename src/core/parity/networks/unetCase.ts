import type { Tensor4D } from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { AppError } from '../../foundation/appError'
import { unet } from '../../models/unet/unet'
import { unetDecoder } from '../../models/unet/unetDecoder'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ParityCase } from '../parityCase'
import { type CaseNetwork, inputOf, noLogits } from './caseNetwork'
import { configOf } from './configOf'
import { imageSize } from './imageSize'
import { unetEncoder } from './unetEncoder'
import { weightTable } from './weightTable'

/** What our decoder has built in, as smp's own defaults. */
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
  // The network itself runs; what passes between its parts is kept on the way.
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
