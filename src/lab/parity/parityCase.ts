import { AppError } from '../../core/foundation/appError'
import { z } from '../../core/foundation/schema'
import { sha256 } from '../../core/foundation/sha256'
import { readSafetensors, type StoredTensor } from '../../engine/models/checkpoint/safetensors'

const shape = z.array(z.number().int().nonnegative()).max(6)

const inputRow = z.object({
  name: z.string(),
  shape,
  layout: z.string().default(''),
  dtype: z.string().default('F32'),
  formula: z.object({ key: z.string(), lo: z.number(), hi: z.number() }).nullable(),
  file: z.string().nullable(),
  sha256: z.string().optional(),
})

const outputRow = z.looseObject({
  name: z.string(),
  shape,
  layout: z.string().default(''),
  file: z.string(),
  atol: z.number().nonnegative(),
})

/** case.json of a fixture; what only one kind of case has is read where that kind is run. */
const caseSchema = z.looseObject({
  case: z.string(),
  title: z.string().default(''),
  peer: z.looseObject({ repo: z.string(), commit: z.string().optional(), version: z.string().optional() }),
  mode: z.enum(['eval', 'train', 'loss', 'metric', 'op']),
  config: z.record(z.string(), z.unknown()).default({}),
  weights: z
    .looseObject({
      seed: z.string(),
      file: z.string().nullable(),
      sha256: z.string().optional(),
      tensors: z.array(z.tuple([z.string(), shape, z.number(), z.number()])),
    })
    .optional(),
  inputs: z.array(inputRow).default([]),
  outputs: z.array(outputRow).default([]),
})

export type ParityOutput = z.output<typeof outputRow>

/** A peer's weights, inputs and expected outputs, in its own key names and layouts (maps: NCHW). */
export interface ParityCase {
  name: string
  title: string
  /** Repository of the peer: "huggingface/pytorch-image-models". */
  peer: string
  mode: z.output<typeof caseSchema>['mode']
  config: Record<string, unknown>
  /** The whole case.json: kinds of their own read their own fields from it. */
  json: Record<string, unknown>
  /** In state-dict order; empty where the case has none. */
  weights: Map<string, StoredTensor>
  inputs: Map<string, StoredTensor>
  /** Every row, those of grads.safetensors, after.safetensors and debug.safetensors included. */
  outputs: ParityOutput[]
  /** The tensors of one of the case's files. @throws AppError `model-invalid` if it is absent or damaged. */
  stored(file: string): Map<string, StoredTensor>
}

/**
 * Reads a parity case. Weights and inputs come from their file where the case names one, from the formula otherwise,
 * and must have the SHA-256 that the case states.
 *
 * @param files case.json and the safetensors files beside it, by name.
 * @throws AppError `model-invalid` if a file is missing, damaged or not what its checksum says.
 */
export async function readParityCase(files: Readonly<Record<string, Uint8Array>>): Promise<ParityCase> {
  const json = parse(bytesOf(files, 'case.json'))
  const read = new Map<string, Map<string, StoredTensor>>()
  const stored = (file: string) => {
    const tensors = read.get(file) ?? readSafetensors(bytesOf(files, file)).tensors
    read.set(file, tensors)
    return tensors
  }
  const { case: name, title, peer, mode, config, outputs } = json
  const weights = new Map<string, StoredTensor>()
  for (const [key, extents, lo, hi] of json.weights?.tensors ?? []) {
    const file = json.weights?.file
    const tensor = file ? stored(file).get(key) : generated(`${json.weights?.seed}/${key}`, extents, lo, hi)
    if (!tensor) throw invalid(`${name}: ${file} holds no "${key}".`)
    weights.set(key, tensor)
  }
  await verify(`${name}: the weights`, [...weights.values()], json.weights?.sha256)
  const inputs = new Map<string, StoredTensor>()
  for (const row of json.inputs) {
    const { key, lo, hi } = row.formula ?? { key: '', lo: 0, hi: 0 }
    const tensor = row.file ? stored(row.file).get(row.name) : generated(key, row.shape, lo, hi)
    if (!tensor || (!row.file && !row.formula)) throw invalid(`${name}: there is no input "${row.name}".`)
    await verify(`${name}: the input "${row.name}"`, [tensor], row.sha256)
    inputs.set(row.name, tensor)
  }
  return { name, title, peer: peer.repo, mode, config, json, weights, inputs, outputs, stored }
}

function generated(key: string, extents: readonly number[], lo: number, hi: number): StoredTensor {
  return { shape: [...extents], data: formulaValues(key, extents, lo, hi) }
}

function parse(bytes: Uint8Array): z.output<typeof caseSchema> {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder().decode(bytes))
  } catch (cause) {
    throw invalid('The case.json is not JSON.', cause)
  }
  const parsed = caseSchema.safeParse(json)
  if (parsed.success) return parsed.data
  throw invalid(`The case.json is of another format:\n${z.prettifyError(parsed.error)}`, parsed.error)
}

function bytesOf(files: Readonly<Record<string, Uint8Array>>, name: string): Uint8Array {
  const bytes = Object.hasOwn(files, name) ? files[name] : undefined
  if (bytes) return bytes
  throw invalid(`The parity case has no ${name}.`)
}

/** The checksum is of the little-endian bytes of all tensors, one after another. */
async function verify(what: string, tensors: readonly StoredTensor[], expected: string | undefined) {
  if (expected === undefined) return
  const views = tensors.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  const joined = new Uint8Array(views.reduce((sum, view) => sum + view.length, 0))
  let at = 0
  for (const view of views) {
    joined.set(view, at)
    at += view.length
  }
  if ((await sha256(joined)) !== expected) throw invalid(`${what} are not those of the case's checksum.`)
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError('model-invalid', message, { cause })
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
