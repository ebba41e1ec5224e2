import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../foundation/appError'
import { type Layer, sequence } from '../../nn/layers/layer'
import { resizeBilinear } from '../../nn/ops/resizeBilinear'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ForwardMode } from '../network'
import type { HrnetConfig, HrnetStage } from './config'
import { observedLayer, rectified, sequentialConvolutionNorm } from './convolutionNorm'
import { EXPANSION, residualBlocks } from './residualBlock'

/** Maps of one batch at several resolutions, from the finest. */
export type BranchLayer = (branches: readonly Tensor4D[], mode: ForwardMode) => Tensor4D[]

/**
 * The authors' `HighResolutionModule`: residual blocks on every branch (`branches.i`), then every resolution receives the
 * sum of all branches (`fuse_layers.to.from`), a finer one through strided convolutions, a coarser one through a 1 x 1
 * convolution and a bilinear resize to the receiver's own size, so that odd sizes need no care.
 *
 * @throws AppError `bad-argument` where the stage gives numbers of blocks and widths for different branches.
 */
export function highResolutionModule(
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
    return fuse.map((layers, to) => {
      const [, height, width] = own[to]!.shape
      const parts = layers.map((layer, from) =>
        resizeBilinear(layer(own[from]!, mode), [height, width], { alignCorners }),
      )
      return tf.relu(parts.reduce((sum, part) => tf.add(sum, part)))
    })
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
    return observedLayer(scope, sequentialConvolutionNorm(scope, { in: input, out, kernel: 1, epsilon }))
  }
  const halvings = Array.from({ length: to - from }, (_, step) => {
    const last = step === to - from - 1
    const spec = { in: input, out: last ? out : input, kernel: 3, stride: 2, epsilon } as const
    const halve = sequentialConvolutionNorm(scope.at(step), spec)
    return last ? halve : rectified(halve)
  })
  return observedLayer(scope, sequence(...halvings))
}
