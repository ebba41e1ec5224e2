import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readSafetensors, type StoredTensor } from '../checkpoint/safetensors'

/** Folder of the parity fixtures: beside the repository, or under SCARP_SHARED. */
export const PARITY_FOLDER = join(process.env.SCARP_SHARED ?? resolve('..', 'shared'), 'parity')

/** The part of a case.json that the tests read. */
export interface ParityCase {
  name: string
  config: Record<string, unknown>
  weights: Map<string, StoredTensor>
  inputs: Map<string, StoredTensor>
  /** NCHW maps and their tolerance. */
  outputs: Map<string, StoredTensor & { atol: number }>
  file(name: string): Map<string, StoredTensor>
  json: CaseJson
}

export interface CaseJson {
  config: Record<string, unknown>
  weights: { seed: string; tensors: [string, number[], number, number][] }
  inputs: {
    name: string
    shape: number[]
    formula: { key: string; lo: number; hi: number } | null
    file: string | null
  }[]
  outputs: { name: string; file: string; atol: number; compare_where_abs_grad_gt?: number }[]
  losses?: { steps_float64: number[][]; atol_step1: number; atol_later: number }
}

/** True where the case's fixtures lie on this machine; says what is missing where not. */
export function parityCaseExists(name: string): boolean {
  const present = existsSync(join(PARITY_FOLDER, name, 'case.json'))
  if (!present)
    console.warn(`Parity fixtures of "${name}" are absent (${PARITY_FOLDER}): its test does not run.`)
  return present
}

export function readParityCase(name: string): ParityCase {
  const folder = join(PARITY_FOLDER, name)
  const json = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as CaseJson
  const file = (path: string) => readSafetensors(readFileSync(join(folder, path))).tensors
  const weights = new Map<string, StoredTensor>()
  for (const [key, shape, lo, hi] of json.weights.tensors) {
    weights.set(key, { shape, data: formulaValues(`${json.weights.seed}/${key}`, shape, lo, hi) })
  }
  const inputs = new Map<string, StoredTensor>()
  for (const { name: key, shape, formula, file: path } of json.inputs) {
    const data = formula
      ? formulaValues(formula.key, shape, formula.lo, formula.hi)
      : file(path!).get(key)!.data
    inputs.set(key, { shape, data })
  }
  const outputs = new Map<string, StoredTensor & { atol: number }>()
  const stored = file('output.safetensors')
  for (const row of json.outputs) {
    const tensor = row.file === 'output.safetensors' ? stored.get(row.name) : undefined
    if (tensor) outputs.set(row.name, { ...tensor, atol: row.atol })
  }
  return { name, config: json.config, weights, inputs, outputs, file, json }
}

/** The fixtures' generator (their README, "The weight and input formula"). */
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
