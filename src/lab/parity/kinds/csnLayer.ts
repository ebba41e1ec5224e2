import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { z } from '../../../core/foundation/schema'
import type { Domain } from '../../../core/patches/patch'
import { throwIfGpuFailed } from '../../../engine/gpu/webgpuBackend'
import { copySourceStatisticsToTarget } from '../../../engine/models/network'
import { crossSensorNormalisation } from '../../../engine/nn/crossSensorNormalisation'
import { createParameterRegistry, createParameterScope } from '../../../engine/nn/parameterRegistry'
import { createParameterStore, type Parameter, type ParameterStore } from '../../../engine/nn/parameterStore'
import { valueAndGradients } from '../../../engine/nn/valueAndGradients'
import type { ParityCase } from '../parityCase'
import type { ParityResult } from '../parityReport'
import { largestError, storedIn, toNhwc, toTensor, whyNoGradients } from '../peerTensors'

const LAYER = 'norm'
/** Suffix of outputs for which the target has its own scale and shift. */
const SEPARATE = '_sep'

const layerConfig = z.looseObject({
  num_features: z.number().int().positive(),
  eps: z.number().positive().default(1e-5),
  momentum: z.number().positive().default(0.1),
  affine: z.enum(['shared', 'separate']).default('shared'),
})
type LayerConfig = z.output<typeof layerConfig>

/** Our parameter by the peer's name of it, which is also the name of the case's input. */
const PARAMETERS: Readonly<Record<string, string>> = {
  weight_source: 'weight',
  bias_source: 'bias',
  weight_target: 'weight_target',
  bias_target: 'bias_target',
  running_mean_source: 'running_mean',
  running_var_source: 'running_var',
  running_mean_target: 'running_mean_target',
  running_var_target: 'running_var_target',
}
const STATISTICS = Object.keys(PARAMETERS).filter(name => name.startsWith('running'))

/**
 * Cross-sensor normalisation, one layer, as LoveCS runs it: t1 a source batch A; t2 the source's statistics copied to
 * the target; t3 a source batch B and t4 a target batch C, with the slopes of sum(out wB) + sum(out wC); then D in
 * inference for both. Outputs "..._sep" are of the same with a scale and shift per domain.
 *
 * @throws AppError `model-invalid` for an output that the sequence does not give.
 */
export async function runCsnLayer(parity: ParityCase): Promise<ParityResult> {
  const config = layerConfig.safeParse(parity.config)
  if (!config.success) {
    throw new AppError('model-invalid', `${parity.name}:\n${z.prettifyError(config.error)}`, {
      cause: config.error,
    })
  }
  const names = parity.outputs.map(({ name }) => name)
  const ours = new Map<string, Tensor>()
  try {
    if (names.some(name => !name.endsWith(SEPARATE))) runSequence(parity, config.data, '', ours)
    if (names.some(name => name.endsWith(SEPARATE))) {
      runSequence(parity, { ...config.data, affine: 'separate' }, SEPARATE, ours)
    }
    const result: ParityResult = { rows: [], notCompared: [] }
    for (const { name, file, atol } of parity.outputs) {
      const value = ours.get(name)
      const reason = /^t4\/d/.test(name) ? whyNoGradients() : null
      if (reason) {
        result.notCompared.push({ output: name, reason })
        continue
      }
      if (!value) throw new AppError('model-invalid', `${parity.name}: the layer gives no "${name}".`)
      const error = await largestError(value, storedIn(parity.stored(file), name, parity))
      result.rows.push({ output: name, error, tolerance: atol })
    }
    throwIfGpuFailed()
    return result
  } finally {
    tf.dispose([...ours.values()])
  }
}

/** Puts everything that the sequence gives into `ours`, by the case's names and the suffix. */
function runSequence(
  parity: ParityCase,
  { num_features, eps, momentum, affine }: LayerConfig,
  suffix: string,
  ours: Map<string, Tensor>,
): void {
  const registry = createParameterRegistry({ affine })
  const scope = createParameterScope(registry).at(LAYER)
  const layer = crossSensorNormalisation(scope, num_features, { epsilon: eps, momentum })
  const parameters = createParameterStore(registry, null)
  const give = (name: string, value: Tensor) => ours.set(name + suffix, tf.keep(tf.clone(value)))
  const giveStatistics = (moment: string) => {
    for (const name of STATISTICS) give(`${moment}/${name}`, parameters.get(ourName(name)).variable)
  }
  try {
    load(parity, parameters)
    tf.tidy(() => {
      const input = (name: string) => toNhwc(storedIn(parity.inputs, name, parity))
      const train = (x: Tensor4D, domain: Domain) => layer(x, { training: true, domain })
      give('t1/out', train(input('A_source'), 'source'))
      giveStatistics('t1')
      copySourceStatisticsToTarget({ parameters })
      // Our copy includes the target's own scale and shift; the case starts them from other values.
      load(parity, parameters, name => name === 'weight_target' || name === 'bias_target')
      giveStatistics('t2')
      const inputs = { B: asParameter('B', input('B_source')), C: asParameter('C', input('C_target')) }
      const trained = [inputs.B, inputs.C, ...parameters.trainable()]
      const bothBatches = () => {
        const b = train(inputs.B.variable as Tensor as Tensor4D, 'source')
        give('t3/out', b)
        giveStatistics('t3')
        const c = train(inputs.C.variable as Tensor as Tensor4D, 'target')
        give('t4/out', c)
        giveStatistics('t4')
        return tf.add(tf.sum(tf.mul(b, input('wB'))), tf.sum(tf.mul(c, input('wC')))) as Scalar
      }
      if (whyNoGradients()) bothBatches()
      else {
        const { gradients } = valueAndGradients(bothBatches, trained)
        for (const [i, { name }] of trained.entries()) give(`t4/d${peersName(name)}`, gradients[i]!)
      }
      for (const { variable } of Object.values(inputs)) variable.dispose()
      for (const domain of ['source', 'target'] as const) {
        give(`eval/${domain}`, layer(input('D_eval'), { training: false, domain }))
      }
    })
  } finally {
    parameters.dispose()
  }
}

/** Assigns the case's initial values to the parameters that the layer has. */
function load(parity: ParityCase, parameters: ParameterStore, wanted = (_: string) => true): void {
  tf.tidy(() => {
    for (const name of Object.keys(PARAMETERS).filter(wanted)) {
      if (!parameters.has(ourName(name))) continue
      parameters.assign(ourName(name), toTensor(storedIn(parity.inputs, name, parity)))
    }
  })
}

/** An input whose slope is wanted, too. */
function asParameter(name: string, value: Tensor4D): Parameter {
  return { name, layout: 'plain', variable: tf.variable(value), trainable: true, decay: false }
}

function ourName(peers: string): string {
  return `${LAYER}.${PARAMETERS[peers]}`
}

function peersName(ours: string): string {
  return Object.keys(PARAMETERS).find(name => ourName(name) === ours) ?? ours
}
