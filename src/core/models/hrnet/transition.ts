import { type Layer, sequence } from '../../nn/layers/layer'
import type { ParameterScope } from '../../nn/parameterScope'
import { observedLayer, rectified, sequentialConvolutionNorm } from './convolutionNorm'
import type { BranchLayer } from './highResolutionModule'

/**
 * Between two stages (`transitionN`): a branch whose width changes goes through a 3 x 3 convolution, one that does not
 * passes as it is, and a new one is made of the coarsest map by strided convolutions.
 */
export function transition(
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
      const adapt = sequentialConvolutionNorm(own, { in: input, out, kernel: 3, epsilon })
      return observedLayer(own, rectified(adapt))
    }
    const coarsest = from.at(-1)!
    const count = branch + 1 - from.length
    const halvings = Array.from({ length: count }, (_, step) => {
      const last = step === count - 1
      const spec = { in: coarsest, out: last ? out : coarsest, kernel: 3, stride: 2, epsilon } as const
      return rectified(sequentialConvolutionNorm(own.at(step), spec))
    })
    return observedLayer(own, sequence(...halvings))
  })
  return (maps, mode) => layers.map((layer, branch) => layer(maps[branch] ?? maps.at(-1)!, mode))
}
