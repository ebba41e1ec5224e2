import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../foundation/appError'
import { convolution } from '../../nn/layers/convolution'
import { crossSensorNormalisation } from '../../nn/layers/crossSensorNormalisation'
import { type Layer, sequence } from '../../nn/layers/layer'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ParityCase } from '../parityCase'

/** A chain of layers, with the names of its normalisations. */
export type CsnNetwork = Layer & { norms: readonly string[] }

const CONVOLUTION = /^conv(\d+)x\1((?: [sp]\d+)*) ?\((\d+)->(\d+)\)$/

/**
 * The chain that `config.net` spells out: "conv3x3 s2 p1(8->12) BN ReLU conv1x1(12->2)". A convolution without "p" keeps
 * the size at stride 1. Layers take their names from the weights, in order; a convolution has a bias if those hold one.
 *
 * @throws AppError `model-invalid` naming the part that cannot be read.
 */
export function declareCsnNetwork(scope: ParameterScope, parity: ParityCase): CsnNetwork {
  const modules = [...new Set([...parity.weights.keys()].map(key => key.slice(0, key.lastIndexOf('.'))))]
  const norms: string[] = []
  let channels = 0
  const layers = partsOf(String(parity.config.net ?? '')).map((part): Layer => {
    if (part === 'ReLU') return x => tf.relu(x)
    const name = modules.shift()
    if (name === undefined) throw unreadable(parity, `${part}, which has no weights`)
    if (part === 'BN') {
      norms.push(name)
      return crossSensorNormalisation(scope.at(name), channels)
    }
    const [, kernel, details = '', input, output] = CONVOLUTION.exec(part) ?? []
    if (kernel === undefined) throw unreadable(parity, part)
    const detail = (letter: string) => new RegExp(` ${letter}(\\d+)`).exec(details)?.[1]
    channels = Number(output)
    const conv = convolution(scope.at(name), {
      in: Number(input),
      out: channels,
      kernel: Number(kernel),
      stride: Number(detail('s') ?? 1),
      padding: Number(detail('p') ?? (Number(kernel) - 1) / 2),
      bias: parity.weights.has(`${name}.bias`),
    })
    return x => conv(x)
  })
  return Object.assign(sequence(...layers), { norms })
}

/** A part ends at a closing bracket, or is a word of its own. */
function partsOf(net: string): string[] {
  return net.match(/conv[^)]*\)|\S+/g) ?? []
}

function unreadable(parity: ParityCase, part: string): AppError {
  return new AppError('model-invalid', `${parity.name}: config.net holds "${part}", which is not known here.`)
}
