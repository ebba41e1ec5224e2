import type { Tensor4D } from '@tensorflow/tfjs-core'
import type { DropPath } from '../../nn/layers/dropPath'
import type { Layer } from '../../nn/layers/layer'
import { silu } from '../../nn/ops/silu'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ForwardMode } from '../network'
import { convolutionBlock, convolutionNorm, fusedBlock, invertedBlock } from './blocks'
import type { EfficientNetV2Config } from './config'

const BLOCKS = { convolution: convolutionBlock, fused: fusedBlock, inverted: invertedBlock }

/**
 * The EfficientNetV2 encoder under timm's `features_only` keys (`conv_stem`, `bn1`, `blocks.S.B`).
 *
 * @returns the channels of, and a function to, the maps at strides 2, 4, 8, 16, 32: the last block's output at each
 *   resolution, or the stem's where the first block halves it. Sides are the ceiling of each halving.
 */
export function efficientNetV2Encoder(
  scope: ParameterScope,
  config: Omit<EfficientNetV2Config, 'decoderChannels'>,
  { bands, dropPathOf }: { bands: number; dropPathOf(block: number, blocks: number): DropPath },
): { channels: number[]; encode: (x: Tensor4D, mode: ForwardMode) => Tensor4D[] } {
  const stem = convolutionNorm(scope.at('conv_stem'), scope.at('bn1'), {
    in: bands,
    out: config.stem,
    kernel: 3,
    stride: 2,
    config,
  })
  const total = config.stages.reduce((sum, stage) => sum + stage.length, 0)
  let width = config.stem
  let count = 0
  const stages = config.stages.map((blocks, stage) =>
    blocks.map(({ kind, ...block }, index): Layer => {
      const layer = BLOCKS[kind](scope.at('blocks').at(stage).at(index), {
        ...block,
        in: width,
        config,
        dropPath: dropPathOf(count++, total),
      })
      width = block.out
      return layer
    }),
  )
  const widths = [config.stem, ...config.stages.map(blocks => blocks.at(-1)!.out)]
  /** A map is complete where the next stage halves it, and after the last. */
  const completes = widths.map((_, index) => config.stages[index]?.[0]?.stride !== 1)
  return {
    channels: widths.filter((_, index) => completes[index]),
    encode(x, mode) {
      let map = scope.at('bn1').observed(silu(stem(x, mode)))
      const maps = completes[0] ? [map] : []
      for (const [index, blocks] of stages.entries()) {
        for (const block of blocks) map = block(map, mode)
        if (completes[index + 1]) maps.push(map)
      }
      return maps
    },
  }
}
