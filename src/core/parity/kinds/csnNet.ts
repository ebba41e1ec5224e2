import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../foundation/appError'
import { throwIfGpuFailed } from '../../gpu/webgpuBackend'
import { loadCheckpoint } from '../../models/checkpoint/loadCheckpoint'
import { createParameterRegistry } from '../../nn/parameterRegistry'
import { createParameterScope } from '../../nn/parameterScope'
import { createParameterStore, type Parameter } from '../../nn/parameterStore'
import { valueAndGradients } from '../../nn/valueAndGradients'
import type { Domain } from '../../patches/patch'
import { softCrossEntropy } from '../../training/losses/softCrossEntropy'
import { largestDifference, largestError, toNhwc } from '../compareMap'
import type { ParityCase } from '../parityCase'
import type { ParityResult } from '../parityRow'
import { type CsnNetwork, declareCsnNetwork } from './declareCsnNetwork'
import { inPeersOrder } from './parameterRows'
import { storedIn, toTensor } from './storedTensors'
import { whyNoGradients } from './whyNoGradients'

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

/** LoveCS says for every key of a normalisation whose it is: "bn1.weight" is "bn1.weight_source" there. */
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
