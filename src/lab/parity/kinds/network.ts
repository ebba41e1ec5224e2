import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { loadCheckpoint } from '../../../engine/models/checkpoint/networkCheckpoint'
import { createParameterRegistry, createParameterScope } from '../../../engine/nn/parameterRegistry'
import { createParameterStore } from '../../../engine/nn/parameterStore'
import type { CaseNetwork } from '../networks/caseNetwork'
import { declareCaseNetwork } from '../networks/declareCaseNetwork'
import type { ParityCase, ParityOutput } from '../parityCase'
import type { ParityResult } from '../parityReport'
import { largestDifference, largestError, toNhwc } from '../peerTensors'

const INFERENCE = { training: false, domain: 'source' } as const

/**
 * A whole network, or an encoder or decoder alone, in inference: every output, and of what else the case stores (inner
 * modules, tables) all that the network shows.
 */
export async function runNetwork(parity: ParityCase): Promise<ParityResult> {
  const registry = createParameterRegistry()
  const network = declareCaseNetwork(createParameterScope(registry), parity)
  const parameters = createParameterStore(registry, null)
  const inputs = new Map<string, Tensor4D>()
  const maps = new Map<string, Tensor>()
  const modules = new Map<string, Tensor>()
  try {
    loadCheckpoint(parameters, parity.weights)
    for (const [name, stored] of parity.inputs) inputs.set(name, toNhwc(stored))
    const wanted = new Set(parity.outputs.filter(row => !isOutput(row)).map(({ name }) => name))
    registry.observer = (module, output) => {
      // An encoder alone has the name it has in a whole network.
      const name = wanted.has(module) ? module : module.replace(/^encoder\.model\./, '')
      if (wanted.has(name) && !modules.has(name)) modules.set(name, tf.keep(tf.clone(output)))
    }
    tf.tidy(() => {
      for (const [name, map] of Object.entries(network.outputs(inputs, INFERENCE)))
        maps.set(name, tf.keep(map))
    })
    return await compare(parity, network, { maps, modules })
  } finally {
    for (const tensors of [inputs, maps, modules]) tf.dispose([...tensors.values()])
    parameters.dispose()
  }
}

interface Computed {
  maps: ReadonlyMap<string, Tensor>
  modules: ReadonlyMap<string, Tensor>
}

async function compare(
  parity: ParityCase,
  network: CaseNetwork,
  { maps, modules }: Computed,
): Promise<ParityResult> {
  const result: ParityResult = { rows: [], notCompared: [] }
  const listed = new Set<string>()
  for (const row of parity.outputs) {
    const { name: output, atol: tolerance, layout } = row
    const expected = expectedOf(parity, row)
    const ours = isOutput(row) ? maps.get(output) : modules.get(output)
    if (isOutput(row)) listed.add(output)
    if (!ours && isOutput(row))
      throw new AppError('model-invalid', `${parity.name}: this network gives no "${output}".`)
    const table = ours ? null : (network.table?.(output) ?? null)
    if (table && table.length === expected.data.length) {
      result.rows.push({ output, error: largestDifference(table, expected.data), tolerance })
    } else if (!ours) {
      result.notCompared.push({ output, reason: 'the network does not show this module' })
    } else {
      try {
        result.rows.push({ output, error: await largestError(ours, expected, layout), tolerance })
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'shape-mismatch') throw error
        if (isOutput(row))
          throw new AppError('shape-mismatch', `${output}: ${error.message}`, { cause: error })
        result.notCompared.push({ output, reason: error.message })
      }
    }
  }
  if (listed.size === 0) throw new AppError('model-invalid', `${parity.name}: the case lists no output.`)
  return result
}

function isOutput({ file }: ParityOutput): boolean {
  return file === 'output.safetensors'
}

function expectedOf(parity: ParityCase, { name, file, shape }: ParityOutput) {
  const expected = parity.stored(file).get(name)
  if (!expected) throw new AppError('model-invalid', `${parity.name}: ${file} holds no "${name}".`)
  if (expected.shape.join() === shape.join()) return expected
  const message = `${parity.name}: "${name}" is [${expected.shape}] in ${file}, [${shape}] in case.json.`
  throw new AppError('model-invalid', message)
}
