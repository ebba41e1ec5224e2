import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import type { Domain } from '../../../core/patches/patch'
import { throwIfGpuFailed } from '../../../engine/gpu/webgpuBackend'
import { loadCheckpoint } from '../../../engine/models/checkpoint/networkCheckpoint'
import { crossSensorNormalisation } from '../../../engine/nn/crossSensorNormalisation'
import { convolution, type Layer, sequence } from '../../../engine/nn/layers'
import {
  createParameterRegistry,
  createParameterScope,
  type ParameterScope,
} from '../../../engine/nn/parameterRegistry'
import { createParameterStore, type Parameter } from '../../../engine/nn/parameterStore'
import { valueAndGradients } from '../../../engine/nn/valueAndGradients'
import { softCrossEntropy } from '../../../engine/training/losses/crossEntropy'
import type { ParityCase } from '../parityCase'
import type { ParityResult } from '../parityReport'
import { largestDifference, largestError, storedIn, toNhwc, toTensor, whyNoGradients } from '../peerTensors'
import { inPeersOrder } from './parameterRows'

const DOMAINS = ['source', 'target'] as const

const LABELS = { source: 'source_labels', target: 'target_pseudo_labels' } as const

/** What a step gives: tensors by the case's names, and parameter-shaped arrays in PyTorch's order. */
interface Given {
  tensors: Map<string, Tensor>
  arrays: Map<string, Float32Array>
}

/**
 * A small network with cross-sensor normalisation: one step of stochastic gradient descent on the weighted sum of a
 * source and a target pass, then inference for both. Outputs "logits_<domain>", "loss_<domain>", "grad/<key>",
 * "after/<key>", "eval_<domain>".
 *
 * @throws AppError `model-invalid` where the description cannot be read or an output is not given.
 */
export async function runCsnNet(parity: ParityCase): Promise<ParityResult> {
  const given: Given = { tensors: new Map(), arrays: new Map() }
  try {
    await runStep(parity, given)
    const result: ParityResult = { rows: [], notCompared: [] }
    for (const { name, file, atol } of parity.outputs) {
      const expected = storedIn(parity.stored(file), name, parity)
      const error = await errorOf(given, name, expected)
      const reason = whyNoGradients()
      if (error === null && reason) {
        result.notCompared.push({ output: name, reason })
        continue
      }
      if (error === null) throw new AppError('model-invalid', `${parity.name}: the step gives no "${name}".`)
      result.rows.push({ output: name, error, tolerance: atol })
    }
    throwIfGpuFailed()
    return result
  } finally {
    tf.dispose([...given.tensors.values()])
  }
}

async function runStep(parity: ParityCase, given: Given): Promise<void> {
  const registry = createParameterRegistry()
  const network = declareCsnNetwork(createParameterScope(registry), parity)
  const parameters = createParameterStore(registry, null)
  const weights = { source: numberIn(parity, 'source_weight'), target: numberIn(parity, 'target_weight') }
  const give = (name: string, value: Tensor) => given.tensors.set(name, tf.keep(tf.clone(value)))
  const giveParameters = async (chosen: readonly Parameter[]) => {
    for (const parameter of chosen) {
      const key = `after/${peersKey(parameter.name, network)}`
      given.arrays.set(key, await inPeersOrder(parameter, parameter.variable))
    }
  }
  const trainable = parameters.trainable()
  let gradients: Tensor[] = []
  try {
    loadCheckpoint(parameters, parity.weights)
    const bothPasses = () => {
      const losses = DOMAINS.map(domain => {
        const logits = network(toNhwc(storedIn(parity.inputs, domain, parity)), { training: true, domain })
        const labels = toTensor(storedIn(parity.inputs, LABELS[domain], parity))
        const loss = softCrossEntropy(logits, labels)
        give(`logits_${domain}`, logits)
        give(`loss_${domain}`, loss)
        return tf.mul(loss, weights[domain])
      })
      return tf.addN(losses) as Scalar
    }
    if (whyNoGradients()) {
      tf.tidy(bothPasses).dispose()
      await giveParameters(parameters.all().filter(({ trainable }) => !trainable))
      return
    }
    const { value, gradients: slopes } = valueAndGradients(bothPasses, trainable)
    value.dispose()
    gradients = slopes
    const rate = learningRateOf(parity)
    for (const [i, parameter] of trainable.entries()) {
      const key = `grad/${peersKey(parameter.name, network)}`
      given.arrays.set(key, await inPeersOrder(parameter, gradients[i]!))
      descend(parameter, gradients[i]!, rate)
    }
    await giveParameters(parameters.all())
    tf.tidy(() => {
      const x = toNhwc(storedIn(parity.inputs, 'eval', parity))
      for (const domain of DOMAINS) give(`eval_${domain}`, network(x, { training: false, domain }))
    })
  } finally {
    tf.dispose(gradients)
    parameters.dispose()
  }
}

function descend({ variable }: Parameter, gradient: Tensor, rate: number): void {
  const moved = tf.tidy(() => tf.sub(variable, tf.mul(gradient, rate)))
  variable.assign(moved)
  moved.dispose()
}

/** LoveCS names the domain in every key of a normalisation: "bn1.weight" is "bn1.weight_source" there. */
function peersKey(ours: string, { norms }: CsnNetwork): string {
  const ofNorm = norms.includes(ours.slice(0, ours.lastIndexOf('.')))
  const domain: Domain = ours.endsWith('_target') ? 'target' : 'source'
  return ofNorm && domain === 'source' ? `${ours}_source` : ours
}

async function errorOf(
  { tensors, arrays }: Given,
  name: string,
  expected: ReturnType<typeof storedIn>,
): Promise<number | null> {
  const tensor = tensors.get(name)
  if (tensor) return largestError(tensor as Tensor4D, expected)
  const values = arrays.get(name)
  if (!values) return null
  return values.length === expected.data.length ? largestDifference(values, expected.data) : Number.NaN
}

/** "SGD lr 0.1, no momentum, no decay". */
function learningRateOf(parity: ParityCase): number {
  const text = String(parity.config.optimizer ?? '')
  const rate = /^SGD\b.*?\blr ([\de.+-]+)/.exec(text)
  if (rate && !/momentum [\d.]|decay [\d.]/.test(text)) return Number(rate[1]?.replace(/\.$/, ''))
  throw new AppError('model-invalid', `${parity.name}: the optimizer "${text}" is not plain SGD.`)
}

function numberIn(parity: ParityCase, field: string): number {
  const value = parity.config[field]
  if (typeof value === 'number') return value
  throw new AppError('model-invalid', `${parity.name}: the config holds no number "${field}".`)
}

/** A chain of layers, with the names of its normalisations. */
type CsnNetwork = Layer & { norms: readonly string[] }

const CONVOLUTION = /^conv(\d+)x\1((?: [sp]\d+)*) ?\((\d+)->(\d+)\)$/

/**
 * The chain that `config.net` spells out: "conv3x3 s2 p1(8->12) BN ReLU conv1x1(12->2)". A convolution without "p" keeps
 * the size at stride 1. Layers take their names from the weights, in order; a convolution has a bias if those hold one.
 *
 * @throws AppError `model-invalid` naming the part that cannot be read.
 */
function declareCsnNetwork(scope: ParameterScope, parity: ParityCase): CsnNetwork {
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

/** A part ends at a closing bracket, or is a single word. */
function partsOf(net: string): string[] {
  return net.match(/conv[^)]*\)|\S+/g) ?? []
}

function unreadable(parity: ParityCase, part: string): AppError {
  return new AppError('model-invalid', `${parity.name}: config.net holds "${part}", which is not known here.`)
}
