import type { Tensor4D } from '@tensorflow/tfjs-core'
import type { DropPath } from '../../nn/layers/dropPath'
import { layerNormalisation } from '../../nn/layers/layerNormalisation'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ForwardMode } from '../network'
import type { SwinConfig } from './config'
import { patchEmbedding, patchMerging } from './patches'
import { stageWindow } from './stageWindow'
import { swinBlock } from './swinBlock'

export interface SwinEncoderOptions {
  bands: number
  padding: 'timm' | 'original'
  /** Layer norms of the stages' maps, `norm0` on, as the authors' segmentation code; none by default, as timm. */
  outputNorms?: boolean
  dropPathOf(block: number, blocks: number): DropPath
}

export interface SwinEncoder {
  /** Of the stages' maps. */
  channels: number[]
  /** [B, H, W, bands] to the stages' raw maps, at strides 4, 8, 16, 32; sides are the ceiling of each halving. */
  encode(x: Tensor4D, mode: ForwardMode): Tensor4D[]
  /** The raw maps after their output norms; unchanged without. */
  normalise(maps: readonly Tensor4D[]): Tensor4D[]
}

/** The Swin encoder under timm's `features_only` keys (`patch_embed`, `layers_S.downsample`, `layers_S.blocks.B`). */
export function swinEncoder(
  scope: ParameterScope,
  config: Omit<SwinConfig, 'decoderChannels'>,
  options: SwinEncoderOptions,
): SwinEncoder {
  const embed = patchEmbedding(scope.at('patch_embed'), { ...config, bands: options.bands })
  const channels = config.depths.map((_, stage) => config.width * 2 ** stage)
  const total = config.depths.reduce((a, b) => a + b, 0)
  let count = 0
  const stages = config.depths.map((depth, stage) => {
    const layer = scope.at(`layers_${stage}`)
    const width = channels[stage]!
    const merge = stage === 0 ? null : patchMerging(layer.at('downsample'), width / 2)
    const { window, shift } = stageWindow(config, stage, options.padding)
    const blocks = Array.from({ length: depth }, (_, block) =>
      swinBlock(layer.at('blocks').at(block), {
        width,
        heads: config.heads[stage]!,
        window,
        shift: block % 2 === 0 ? [0, 0] : shift,
        mlpRatio: config.mlpRatio,
        padding: options.padding,
        dropPath: options.dropPathOf(count++, total),
      }),
    )
    return { merge, blocks }
  })
  const norms = options.outputNorms
    ? channels.map((width, stage) => layerNormalisation(scope.at(`norm${stage}`), width))
    : null
  return {
    channels,
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
    normalise: maps => (norms ? maps.map((map, stage) => norms[stage]!(map)) : [...maps]),
  }
}
