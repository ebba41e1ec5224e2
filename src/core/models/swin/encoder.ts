import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { convolution } from '../../nn/layers/convolution'
import type { DropPath } from '../../nn/layers/dropPath'
import { layerNormalisation } from '../../nn/layers/layerNormalisation'
import { linearMap } from '../../nn/layers/linearMap'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ForwardMode } from '../network'
import type { SwinConfig } from './config'
import { padToMultiple, swinBlock } from './swinBlock'

const PATCH = 4

export interface SwinEncoderOptions {
  bands: number
  padding: 'timm' | 'original'
  dropPathOf(block: number, blocks: number): DropPath
}

/**
 * The Swin encoder under timm's `features_only` keys (`patch_embed`, `layers_S.downsample`, `layers_S.blocks.B`).
 *
 * @returns the channels of, and a function to, the raw maps (no output norm) at strides 4, 8, 16, 32.
 */
export function swinEncoder(
  scope: ParameterScope,
  config: SwinConfig,
  options: SwinEncoderOptions,
): { channels: number[]; encode: (x: Tensor4D, mode: ForwardMode) => Tensor4D[] } {
  const embed = patchEmbedding(scope.at('patch_embed'), options.bands, config.width)
  const total = config.depths.reduce((a, b) => a + b, 0)
  let count = 0
  const stages = config.depths.map((depth, stage) => {
    const layer = scope.at(`layers_${stage}`)
    const width = config.width * 2 ** stage
    const merge = stage === 0 ? null : patchMerging(layer.at('downsample'), width / 2)
    const { window, shift } = windowOf(config, stage, options.padding)
    const blocks = Array.from({ length: depth }, (_, block) =>
      swinBlock(layer.at('blocks').at(block), {
        width,
        heads: config.heads[stage]!,
        window,
        shift: block % 2 === 0 ? 0 : shift,
        mlpRatio: config.mlpRatio,
        padding: options.padding,
        dropPath: options.dropPathOf(count++, total),
      }),
    )
    return { merge, blocks }
  })
  return {
    channels: config.depths.map((_, stage) => config.width * 2 ** stage),
    encode(x, mode) {
      const maps: Tensor4D[] = []
      let map = embed(x)
      for (const { merge, blocks } of stages) {
        if (merge) map = merge(map)
        for (const block of blocks) map = block(map, mode)
        maps.push(map)
      }
      return maps
    },
  }
}

/** timm clamps the window to the nominal map and then drops the shift; the authors' segmentation code does neither. */
function windowOf(config: SwinConfig, stage: number, padding: 'timm' | 'original') {
  const nominalMap = config.nominalSize / PATCH / 2 ** stage
  const shift = Math.floor(config.window / 2)
  if (padding === 'original' || nominalMap > config.window) return { window: config.window, shift }
  return { window: nominalMap, shift: 0 }
}

function patchEmbedding(scope: ParameterScope, bands: number, width: number): (x: Tensor4D) => Tensor4D {
  const project = convolution(scope.at('proj'), {
    in: bands,
    out: width,
    kernel: PATCH,
    stride: PATCH,
    bias: true,
  })
  const norm = layerNormalisation(scope.at('norm'), width)
  return x => norm(project(padToMultiple(x, PATCH)))
}

/** Joins 2 x 2 neighbours in the order (row, column) = (0,0), (1,0), (0,1), (1,1); norm; to twice the channels. */
function patchMerging(scope: ParameterScope, channels: number): (x: Tensor4D) => Tensor4D {
  const norm = layerNormalisation(scope.at('norm'), 4 * channels)
  const reduce = linearMap(scope.at('reduction'), { in: 4 * channels, out: 2 * channels, bias: false })
  return x => {
    const even = padToMultiple(x, 2)
    const [batch, height, width] = even.shape
    const neighbours = tf.transpose(
      tf.reshape(even, [batch, height / 2, 2, width / 2, 2, channels]),
      [0, 1, 3, 4, 2, 5],
    )
    const joined: Tensor4D = tf.reshape(neighbours, [batch, height / 2, width / 2, 4 * channels])
    return reduce(norm(joined))
  }
}
