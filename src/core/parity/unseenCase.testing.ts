import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { loadCheckpoint } from '../models/checkpoint/loadCheckpoint'
import { type StoredTensor, writeSafetensors } from '../models/checkpoint/safetensors'
import type { ForwardMode } from '../models/network'
import { createParameterRegistry } from '../nn/parameterRegistry'
import { createParameterScope, type ParameterScope } from '../nn/parameterScope'
import { createParameterStore } from '../nn/parameterStore'
import { toNhwc } from './compareMap'
import { formulaValues } from './formulaValues'

export interface UnseenCase {
  name: string
  seed: string
  peer: string
  /** What a reader of the case has to go by, besides the weights' names and shapes. */
  config: Record<string, unknown>
  /** [batch, bands, height, width]. */
  input: number[]
  /** What the peer's names leave out of ours; '' by default. */
  prefix?: string
  /** The network itself, declared from code; and its outputs by the fixtures' names. */
  declare(scope: ParameterScope): (x: Tensor4D, mode: ForwardMode) => Record<string, Tensor4D>
}

/**
 * A case in the fixtures' format that nobody has seen: weights by formula, expected outputs from our own network on the
 * current backend. It tells whether a case is built from its case.json alone, not whether our mathematics is right.
 *
 * @returns case.json and output.safetensors.
 */
export async function unseenCase(spec: UnseenCase): Promise<Record<string, Uint8Array>> {
  const { prefix = '' } = spec
  const registry = createParameterRegistry()
  const run = spec.declare(createParameterScope(registry))
  const tensors = registry.parameters
    .filter(({ spec }) => !spec.name.endsWith('_target'))
    .map(({ spec: { name, shape } }) => [name.slice(prefix.length), shape, ...rangeOf(name, shape)] as const)
  const weights = new Map<string, StoredTensor>(
    tensors.map(([name, shape, lo, hi]) => {
      return [name, { shape: [...shape], data: formulaValues(`${spec.seed}/${name}`, shape, lo, hi) }]
    }),
  )
  const formula = { key: `${spec.name}/input:input`, lo: -1.5, hi: 1.5 }
  const data = formulaValues(formula.key, spec.input, formula.lo, formula.hi)
  const outputs = await compute(registry, run, weights, { shape: spec.input, data })
  const json = {
    format: 1,
    case: spec.name,
    peer: { repo: spec.peer },
    mode: 'eval',
    config: spec.config,
    weights: { seed: spec.seed, file: null, tensors },
    inputs: [{ name: 'input', shape: spec.input, layout: 'NCHW', dtype: 'F32', formula, file: null }],
    outputs: [...outputs].map(([name, { shape, data }]) => {
      const largest = (data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      return { name, shape, layout: 'NCHW', file: 'output.safetensors', atol: 2e-5 * largest }
    }),
  }
  return {
    'case.json': new TextEncoder().encode(JSON.stringify(json)),
    'output.safetensors': writeSafetensors(outputs),
  }
}

/** Spread so that maps neither fade nor explode: kernels by their fan-in, norms around 1. */
function rangeOf(name: string, shape: readonly number[]): [number, number] {
  if (shape.length > 1) {
    const bound = Math.sqrt(3 / shape.slice(1).reduce((product, extent) => product * extent, 1))
    return [-bound, bound]
  }
  return /(weight|running_var)$/.test(name) ? [0.7, 1.3] : [-0.2, 0.2]
}

async function compute(
  registry: ReturnType<typeof createParameterRegistry>,
  run: ReturnType<UnseenCase['declare']>,
  weights: ReadonlyMap<string, StoredTensor>,
  input: StoredTensor,
): Promise<Map<string, StoredTensor>> {
  const parameters = createParameterStore(registry, null)
  loadCheckpoint(parameters, weights)
  const x = toNhwc(input)
  const maps = tf.tidy(() =>
    Object.entries(run(x, { training: false, domain: 'source' })).map(
      ([name, map]) => [name, tf.keep(tf.transpose(map, [0, 3, 1, 2]))] as const,
    ),
  )
  const stored = new Map<string, StoredTensor>()
  for (const [name, map] of maps) {
    stored.set(name, { shape: map.shape, data: (await map.data()) as Float32Array })
    map.dispose()
  }
  x.dispose()
  parameters.dispose()
  return stored
}
