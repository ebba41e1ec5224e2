import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../foundation/appError'
import { loadCheckpoint } from '../../models/checkpoint/loadCheckpoint'
import { createParameterRegistry } from '../../nn/parameterRegistry'
import { createParameterScope } from '../../nn/parameterScope'
import { createParameterStore } from '../../nn/parameterStore'
import { largestError, toNhwc } from '../compareMap'
import { declareCaseNetwork } from '../networks/declareCaseNetwork'
import type { ParityCase, ParityOutput } from '../parityCase'
import type { ParityResult } from '../parityRow'

const INFERENCE = { training: false, domain: 'source' } as const

/**
 * A whole network, or an encoder or decoder alone, in inference: every output, and the inner modules of
 * debug.safetensors that the network shows.
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
    const wanted = new Set(parity.outputs.filter(({ file }) => !isOutput(file)).map(({ name }) => name))
    registry.observer = (module, output) => {
      const name = module.replace(/^encoder\.model\./, '')
      const peers = wanted.has(module) ? module : wanted.has(name) ? name : null
      if (peers !== null && !modules.has(peers)) modules.set(peers, tf.keep(tf.clone(output)))
    }
    tf.tidy(() => {
      for (const [name, map] of Object.entries(network.outputs(inputs, INFERENCE)))
        maps.set(name, tf.keep(map))
    })
    return await compare(parity, maps, modules)
  } finally {
    for (const tensors of [inputs, maps, modules]) tf.dispose([...tensors.values()])
    parameters.dispose()
  }
}

async function compare(
  parity: ParityCase,
  maps: ReadonlyMap<string, Tensor>,
  modules: ReadonlyMap<string, Tensor>,
): Promise<ParityResult> {
  const result: ParityResult = { rows: [], notCompared: [] }
  for (const row of parity.outputs) {
    const { name, file, atol, layout } = row
    const ours = isOutput(file) ? maps.get(name) : modules.get(name)
    if (!ours && isOutput(file))
      throw new AppError('model-invalid', `${parity.name}: this network gives no "${name}".`)
    if (!ours) {
      result.notCompared.push({ output: name, reason: 'the network does not show this module' })
      continue
    }
    try {
      const error = await largestError(ours, expectedOf(parity, row), layout)
      result.rows.push({ output: name, error, tolerance: atol })
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'shape-mismatch') throw error
      if (isOutput(file)) throw new AppError('shape-mismatch', `${name}: ${error.message}`, { cause: error })
      result.notCompared.push({ output: name, reason: error.message })
    }
  }
  return result
}

function isOutput(file: string): boolean {
  return file === 'output.safetensors'
}

function expectedOf(parity: ParityCase, { name, file, shape }: ParityOutput) {
  const expected = parity.stored(file).get(name)
  if (!expected) throw new AppError('model-invalid', `${parity.name}: ${file} holds no "${name}".`)
  if (expected.shape.join() === shape.join()) return expected
  const message = `${parity.name}: "${name}" is [${expected.shape}] in ${file}, [${shape}] in case.json.`
  throw new AppError('model-invalid', message)
}
