import type { Scalar, Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { z } from '../../../core/foundation/schema'
import { throwIfGpuFailed } from '../../../engine/gpu/webgpuBackend'
import { loadCheckpoint } from '../../../engine/models/checkpoint/networkCheckpoint'
import { AdamW } from '../../../engine/nn/optimiser/adamW'
import { createParameterRegistry, createParameterScope } from '../../../engine/nn/parameterRegistry'
import { createParameterStore, type Parameter, type ParameterStore } from '../../../engine/nn/parameterStore'
import { valueAndGradients } from '../../../engine/nn/valueAndGradients'
import { combinedLoss } from '../../../engine/training/losses/combinedLoss'
import type { CaseNetwork } from '../networks/caseNetwork'
import { declareCaseNetwork } from '../networks/declareCaseNetwork'
import type { ParityCase } from '../parityCase'
import type { ParityResult, ParityRow } from '../parityReport'
import { largestError, storedIn, toNhwc, toTensor, whyNoGradients } from '../peerTensors'
import { inPeersOrder, parameterRows, updatedRows } from './parameterRows'

/** The fixtures' optimiser, as their notes state it: AdamW that decays every parameter, norms and biases too. */
const LEARNING_RATE = 1e-3
const OPTIMISER = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01 }
const TRAINING = { training: true, domain: 'source' } as const

const lossTable = z.looseObject({
  columns: z.array(z.string()),
  steps_float64: z.array(z.array(z.number())).min(1),
  atol_step1: z.number().nonnegative(),
  atol_later: z.number().nonnegative(),
})
type LossTable = z.output<typeof lossTable>

/**
 * A training case: the pieces of our training path (network, losses, gradients, AdamW) on the case's batch. Rows:
 * "logits", "dlogits", "loss/step<k>/<column>", "grads/<key>", and after one step "after/<key>" of parameters and running
 * statistics; "after/<key>/below-gate" is of elements whose gradient is rounding noise, which AdamW blows up to a whole
 * step. The loss is cross-entropy plus Lovász-softmax; where the peer's Lovász column is 0 in every step, the former.
 *
 * WASM has no gradients: only the logits, the first losses and the running statistics are compared there.
 *
 * @throws AppError `model-invalid` if the case has no table of losses.
 */
export async function runTrainingStep(parity: ParityCase): Promise<ParityResult> {
  const table = lossTable.safeParse(parity.json.losses)
  if (!table.success) throw new AppError('model-invalid', `${parity.name}: it states no losses to compare.`)
  const registry = createParameterRegistry()
  const network = declareCaseNetwork(createParameterScope(registry), parity)
  const parameters = createParameterStore(registry, null)
  const batch = {
    pixels: toNhwc(storedIn(parity.inputs, 'input', parity)),
    labels: toTensor(storedIn(parity.inputs, 'labels', parity)),
  }
  try {
    loadCheckpoint(parameters, parity.weights)
    const run = { network, parameters, batch, table: table.data }
    const reason = whyNoGradients()
    const rows = reason ? await forwardOnly(parity, run) : await takeSteps(parity, run)
    return { rows, notCompared: reason ? without(rows, parity, table.data, reason) : [] }
  } finally {
    tf.dispose(batch)
    parameters.dispose()
  }
}

interface Run {
  network: CaseNetwork
  parameters: ParameterStore
  batch: { pixels: Tensor4D; labels: Tensor }
  table: LossTable
}

async function takeSteps(parity: ParityCase, run: Run): Promise<ParityRow[]> {
  const { parameters, table } = run
  const trainable = parameters.trainable()
  // AdamW looks at `decay` only, and the fixtures' optimiser decays everything.
  const optimiser = new AdamW(
    trainable.map(parameter => ({ ...parameter, decay: true })),
    OPTIMISER,
  )
  const rows: ParityRow[] = []
  try {
    for (const [i, expected] of table.steps_float64.entries()) {
      const { logits, gradients } = forwardAndBack(run)
      try {
        rows.push(...(await lossRows(run, logits, expected, i + 1)))
        if (i === 0) {
          rows.push(...(await mapRows(parity, run, logits)))
          rows.push(...(await gradientRows(parity, trainable, gradients)))
        }
        optimiser.step(gradients, LEARNING_RATE)
        if (i === 0) rows.push(...(await updatedRows(parity, parameters)))
        throwIfGpuFailed()
      } finally {
        tf.dispose([logits, gradients])
      }
    }
    return rows
  } finally {
    optimiser.dispose()
  }
}

async function forwardOnly(parity: ParityCase, run: Run): Promise<ParityRow[]> {
  const logits = tf.tidy(() => run.network.forward(run.batch.pixels, TRAINING).clone())
  try {
    return [
      ...(await lossRows(run, logits, run.table.steps_float64[0] ?? [], 1)),
      ...(await mapRows(parity, run, logits)),
      ...(await updatedRows(parity, run.parameters, 'statistics')),
    ]
  } finally {
    logits.dispose()
  }
}

/** What the case could have compared and `rows` lacks. */
function without(rows: ParityRow[], parity: ParityCase, table: LossTable, reason: string) {
  const compared = new Set(rows.map(({ output }) => output))
  const losses = table.steps_float64.flatMap((_, i) => table.columns.map(name => `loss/step${i + 1}/${name}`))
  const outputs = parity.outputs.map(({ name, file }) =>
    file === 'output.safetensors' ? name : `${file.replace('.safetensors', '')}/${name}`,
  )
  return [...losses, ...outputs].filter(output => !compared.has(output)).map(output => ({ output, reason }))
}

/** One training pass: the logits, kept, and the gradients of every parameter; running statistics move. */
function forwardAndBack(run: Run): { logits: Tensor4D; gradients: Tensor[] } {
  const { network, parameters, batch } = run
  let logits: Tensor4D | null = null
  const { value, gradients } = valueAndGradients(() => {
    logits = tf.keep(network.forward(batch.pixels, TRAINING).clone())
    return lossOf(run, logits)
  }, parameters.trainable())
  value.dispose()
  if (!logits) throw new AppError('internal', 'The loss was not evaluated.')
  return { logits, gradients }
}

/** @param column of the table of losses; the total by default. */
function lossOf({ batch, table }: Pick<Run, 'batch' | 'table'>, logits: Tensor, column = 'total'): Scalar {
  const lovasz = table.columns.indexOf('lovasz')
  const smooth = lovasz < 0 || table.steps_float64.every(step => step[lovasz] === 0)
  return combinedLoss(logits, batch.labels, {
    crossEntropyWeight: column === 'lovasz' ? 0 : 1,
    lovaszWeight: column === 'ce' || smooth ? 0 : 1,
  })
}

async function lossRows(run: Run, logits: Tensor, expected: number[], step: number): Promise<ParityRow[]> {
  const { columns, atol_step1, atol_later } = run.table
  return Promise.all(
    columns.map(async (column, i) => {
      const loss = tf.tidy(() => lossOf(run, logits, column))
      const error = Math.abs((await loss.data())[0]! - (expected[i] ?? Number.NaN))
      loss.dispose()
      const tolerance = step === 1 ? atol_step1 : atol_later
      return { output: `loss/step${step}/${column}`, error, tolerance }
    }),
  )
}

async function mapRows(parity: ParityCase, run: Run, logits: Tensor4D): Promise<ParityRow[]> {
  const rows: ParityRow[] = []
  for (const { name, file, atol, layout } of parity.outputs) {
    if (file !== 'output.safetensors') continue
    if (name !== 'logits' && name !== 'dlogits') {
      throw new AppError('model-invalid', `${parity.name}: a training step gives no "${name}".`)
    }
    if (name === 'dlogits' && whyNoGradients()) continue
    const map =
      name === 'logits' ? tf.clone(logits) : tf.tidy(() => tf.grad((x: Tensor) => lossOf(run, x))(logits))
    const error = await largestError(map, storedIn(parity.stored(file), name, parity), layout || 'NCHW')
    map.dispose()
    rows.push({ output: name, error, tolerance: atol })
  }
  return rows
}

async function gradientRows(
  parity: ParityCase,
  trainable: readonly Parameter[],
  gradients: readonly Tensor[],
): Promise<ParityRow[]> {
  const ours = new Map<string, Float32Array>()
  for (const [i, parameter] of trainable.entries()) {
    ours.set(parameter.name, await inPeersOrder(parameter, gradients[i]!))
  }
  return parameterRows(parity, 'grads.safetensors', ours)
}
