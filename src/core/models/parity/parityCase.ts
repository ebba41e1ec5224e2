import { z } from 'zod'
import { AppError } from '../../foundation/appError'
import { readSafetensors, type StoredTensor } from '../checkpoint/safetensors'

const formula = z.object({ key: z.string(), lo: z.number(), hi: z.number() })

/** The part of a fixture's case.json that is read here. */
const caseSchema = z.object({
  config: z.record(z.string(), z.unknown()),
  weights: z.object({
    seed: z.string(),
    tensors: z.array(z.tuple([z.string(), z.array(z.number()), z.number(), z.number()])),
  }),
  inputs: z.array(
    z.object({
      name: z.string(),
      shape: z.array(z.number()),
      formula: formula.nullable(),
      file: z.string().nullable(),
    }),
  ),
  outputs: z.array(z.object({ name: z.string(), file: z.string(), atol: z.number() })),
})

/** A peer's weights, inputs and expected outputs, in its own key names and layouts (maps: NCHW). */
export interface ParityCase {
  name: string
  config: Record<string, unknown>
  weights: Map<string, StoredTensor>
  inputs: Map<string, StoredTensor>
  outputs: Map<string, StoredTensor & { atol: number }>
  /** Tolerance of every row, those of other files than output.safetensors included. */
  tolerances: Map<string, number>
}

/**
 * Reads a parity fixture. Weights, and inputs that have a formula, are generated.
 *
 * @param files case.json, output.safetensors, and input.safetensors where an input has no formula.
 * @throws AppError `model-invalid` if a file is missing or damaged.
 */
export function readParityCase(name: string, files: Readonly<Record<string, Uint8Array>>): ParityCase {
  const file = (path: string) => {
    const bytes = files[path]
    if (!bytes) throw new AppError('model-invalid', `The parity case ${name} has no ${path}.`)
    return bytes
  }
  const parsed = caseSchema.safeParse(JSON.parse(new TextDecoder().decode(file('case.json'))))
  if (!parsed.success) {
    throw new AppError('model-invalid', `The case.json of ${name} is of another format.`, {
      cause: parsed.error,
    })
  }
  const { config, weights, inputs, outputs } = parsed.data
  const stored = readSafetensors(file('output.safetensors')).tensors
  const rows = outputs.filter(row => row.file === 'output.safetensors' && stored.has(row.name))
  return {
    name,
    config,
    weights: new Map(
      weights.tensors.map(([key, shape, lo, hi]) => [
        key,
        { shape, data: formulaValues(`${weights.seed}/${key}`, shape, lo, hi) },
      ]),
    ),
    inputs: new Map(
      inputs.map(row => {
        if (!row.formula) return [row.name, readSafetensors(file(row.file ?? '')).tensors.get(row.name)!]
        const { key, lo, hi } = row.formula
        return [row.name, { shape: row.shape, data: formulaValues(key, row.shape, lo, hi) }]
      }),
    ),
    outputs: new Map(rows.map(row => [row.name, { ...stored.get(row.name)!, atol: row.atol }])),
    tolerances: new Map(outputs.map(row => [row.name, row.atol])),
  }
}

/** The fixtures' generator of weights and inputs: FNV-1a of the key, then a 32-bit mixer over the index. */
export function formulaValues(key: string, shape: readonly number[], lo: number, hi: number): Float32Array {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1))
  for (let i = 0; i < values.length; i++) {
    let x = (hash + Math.imul(i, 0x9e3779b1)) >>> 0
    x ^= x >>> 16
    x = Math.imul(x, 0x7feb352d)
    x ^= x >>> 15
    x = Math.imul(x, 0x846ca68b)
    x ^= x >>> 16
    values[i] = lo + (hi - lo) * ((x >>> 0) / 4294967296)
  }
  return values
}
