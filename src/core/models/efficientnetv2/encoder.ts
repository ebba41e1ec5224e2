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
 * @returns the channels of, and a function to, the five maps at strides 2, 4, 8, 16, 32: the last block's output at each
 *   resolution.
 */
export function efficientNetV2Encoder(
  scope: ParameterScope,
  config: EfficientNetV2Config,
  { bands, dropPathOf }: { bands: number; dropPathOf(block: number, blocks: number): DropPath },
): { channels: number[]; encode: (x: Tensor4D, mode: ForwardMode) => Tensor4D[] } {
  const stem = convolutionNorm(scope.at('conv_stem'), scope.at('bn1'), {
    in: bands,
    out: config.stem,
    kernel: 3,
    stride: 2,
    config,
  })
  const total = config.stages.reduce((sum, stage) => sum + stage.repeats, 0)
  let width = config.stem
  let count = 0
  const stages = config.stages.map((stage, index) =>
    Array.from({ length: stage.repeats }, (_, repeat): Layer => {
      const block = BLOCKS[stage.kind](scope.at('blocks').at(index).at(repeat), {
        in: width,
        out: stage.channels,
        stride: repeat === 0 ? stage.stride : 1,
        expansion: stage.expansion,
        config,
        dropPath: dropPathOf(count++, total),
      })
      width = stage.channels
      return block
    }),
  )
  /** A map is complete where the next stage halves it, and after the last. */
  const completes = config.stages.map((_, index) => config.stages[index + 1]?.stride !== 1)
  return {
    channels: config.stages.filter((_, index) => completes[index]).map(stage => stage.channels),
    encode(x, mode) {
      const maps: Tensor4D[] = []
      let map = silu(stem(x, mode))
      for (const [index, blocks] of stages.entries()) {
        for (const block of blocks) map = block(map, mode)
        if (completes[index]) maps.push(map)
      }
      return maps
    },
  }
}
