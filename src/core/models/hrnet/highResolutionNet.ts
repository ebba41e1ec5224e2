import type { Tensor4D } from '@tensorflow/tfjs-core'
import { sequence } from '../../nn/layers/layer'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ForwardMode } from '../network'
import type { HrnetConfig } from './config'
import { convolutionNorm, rectified } from './convolutionNorm'
import { highResolutionModule } from './highResolutionModule'
import { EXPANSION, residualBlocks } from './residualBlock'
import { transition } from './transition'

/** Width of both convolutions before `layer1`. */
const STEM = 64

export interface HighResolutionNet {
  /** Width of every branch, from the finest. */
  channels: readonly number[]
  /**
   * @returns `layer1` and the last stage's maps on grids of the ceilings of a quarter, an eighth and so on: any input
   *   size from 1 pixel.
   */
  encode(x: Tensor4D, mode: ForwardMode): { layer1: Tensor4D; branches: Tensor4D[] }
}

/**
 * HRNet (Wang et al., "Deep High-Resolution Representation Learning for Visual Recognition", 2020) under the authors'
 * keys: `conv1`, `bn1`, `conv2`, `bn2`, `layer1.B`, `transitionT.I`, `stageS.M.branches.I.B`, `stageS.M.fuse_layers.I.J`.
 */
export function highResolutionNet(
  scope: ParameterScope,
  config: HrnetConfig,
  bands: number,
): HighResolutionNet {
  const { layer1, normEpsilon: epsilon } = config
  const halve = (index: number, input: number) =>
    rectified(
      convolutionNorm(scope.at(`conv${index}`), scope.at(`bn${index}`), {
        in: input,
        out: STEM,
        kernel: 3,
        stride: 2,
        epsilon,
      }),
    )
  const stem = sequence(halve(1, bands), halve(2, STEM))
  const first = residualBlocks(scope.at('layer1'), layer1.block, layer1.blocks, {
    in: STEM,
    channels: layer1.channels,
    epsilon,
  })
  let channels = [layer1.channels * EXPANSION[layer1.block]]
  const stages = config.stages.map((stage, index) => {
    const before = channels
    channels = stage.channels.map(width => width * EXPANSION[stage.block])
    return [
      transition(scope.at(`transition${index + 1}`), before, channels, epsilon),
      ...Array.from({ length: stage.modules }, (_, module) =>
        highResolutionModule(scope.at(`stage${index + 2}`).at(module), stage, config),
      ),
    ]
  })
  return {
    channels,
    encode(x, mode) {
      const start = first(stem(x, mode), mode)
      const branches = stages.flat().reduce((maps, layer) => layer(maps, mode), [start])
      return { layer1: start, branches }
    },
  }
}
