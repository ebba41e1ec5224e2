import type { Tensor4D } from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { type ForwardMode, type Layer, sequence } from '../../nn/layers'
import { runBlock } from '../../nn/networkBlock'
import { sumResized } from '../../nn/ops/resize'
import type { ParameterScope } from '../../nn/parameterRegistry'
import {
  convolutionNorm,
  EXPANSION,
  observedLayer,
  residualBlocks,
  sequentialConvolutionNorm,
} from './blocks'
import type { HrnetConfig, HrnetStage } from './config'

/** Maps of one batch at several resolutions, from the finest. */
type BranchLayer = (branches: readonly Tensor4D[], mode: ForwardMode) => Tensor4D[]

/**
 * The authors' `HighResolutionModule`: residual blocks on every branch (`branches.i`), then every resolution receives the
 * sum of all branches (`fuse_layers.to.from`), a finer one through strided convolutions, a coarser one through a 1 x 1
 * convolution and a bilinear resize to the receiver's own size, so that odd sizes need no care.
 *
 * @throws AppError `bad-argument` where the stage gives numbers of blocks and widths for different branches.
 */
function highResolutionModule(
  scope: ParameterScope,
  stage: HrnetStage,
  { normEpsilon: epsilon, alignCorners }: HrnetConfig,
): BranchLayer {
  if (stage.blocks.length !== stage.channels.length) {
    throw new AppError(
      'bad-argument',
      `An HRNet stage of ${stage.channels.length} branches has ${stage.blocks.length} numbers of blocks: give one each.`,
    )
  }
  const widths = stage.channels.map(channels => channels * EXPANSION[stage.block])
  const branches = stage.channels.map((channels, branch) =>
    residualBlocks(scope.at('branches').at(branch), stage.block, stage.blocks[branch]!, {
      in: widths[branch]!,
      channels,
      epsilon,
    }),
  )
  if (branches.length === 1) return (maps, mode) => [branches[0]!(maps[0]!, mode)]
  const fuse = widths.map((_, to) =>
    widths.map((_, from) => fuseLayer(scope.at('fuse_layers').at(to).at(from), widths, from, to, epsilon)),
  )
  return (maps, mode) => {
    const own = branches.map((branch, i) => branch(maps[i]!, mode))
    return fuse.map((layers, to) =>
      runBlock(own, mode, (given, ownMode) => {
        const [, height, width] = given[to]!.shape
        const parts = layers.map((layer, from) => layer(given[from]!, ownMode))
        return sumResized(parts, [height, width], { alignCorners, activation: 'relu' })
      }),
    )
  }
}

function fuseLayer(
  scope: ParameterScope,
  widths: readonly number[],
  from: number,
  to: number,
  epsilon: number,
): Layer {
  if (from === to) return x => x
  const [input, out] = [widths[from]!, widths[to]!]
  if (from > to) {
    const spec = { in: input, out, kernel: 1, epsilon, activation: 'none' } as const
    return observedLayer(scope, sequentialConvolutionNorm(scope, spec))
  }
  const halvings = Array.from({ length: to - from }, (_, step) => {
    const last = step === to - from - 1
    return sequentialConvolutionNorm(scope.at(step), {
      in: input,
      out: last ? out : input,
      kernel: 3,
      stride: 2,
      epsilon,
      activation: last ? 'none' : 'relu',
    })
  })
  return observedLayer(scope, sequence(...halvings))
}

/**
 * Between two stages (`transitionN`): a branch whose width changes goes through a 3 x 3 convolution, one that does not
 * passes as it is, and a new one is made of the coarsest map by strided convolutions.
 */
function transition(
  scope: ParameterScope,
  from: readonly number[],
  to: readonly number[],
  epsilon: number,
): BranchLayer {
  const layers = to.map((out, branch): Layer => {
    const own = scope.at(branch)
    const input = from[branch]
    if (input === out) return x => x
    if (input !== undefined) {
      const spec = { in: input, out, kernel: 3, epsilon, activation: 'relu' } as const
      return observedLayer(own, sequentialConvolutionNorm(own, spec))
    }
    const coarsest = from.at(-1)!
    const count = branch + 1 - from.length
    const halvings = Array.from({ length: count }, (_, step) => {
      const last = step === count - 1
      return sequentialConvolutionNorm(own.at(step), {
        in: coarsest,
        out: last ? out : coarsest,
        kernel: 3,
        stride: 2,
        epsilon,
        activation: 'relu',
      })
    })
    return observedLayer(own, sequence(...halvings))
  })
  return (maps, mode) => layers.map((layer, branch) => layer(maps[branch] ?? maps.at(-1)!, mode))
}

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
    convolutionNorm(scope.at(`conv${index}`), scope.at(`bn${index}`), {
      in: input,
      out: STEM,
      kernel: 3,
      stride: 2,
      epsilon,
      activation: 'relu',
    })
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
