import { AppError } from '../../../core/foundation/appError'

/** IEEE 754 binary16 -> float32, subnormals, infinities and NaN included. */
function float16ToFloat32(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i]!
    const sign = half & 0x8000 ? -1 : 1
    const exponent = (half >> 10) & 0x1f
    const fraction = half & 0x3ff
    if (exponent === 0x1f) values[i] = fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
    else if (exponent === 0) values[i] = sign * fraction * 2 ** -24
    else values[i] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
  }
  return values
}

/** bfloat16 (the upper half of a float32) -> float32. */
function bfloat16ToFloat32(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16
  return new Float32Array(words.buffer)
}

/** Types that are written. */
type WrittenDtype = 'F32' | 'F64' | 'I32' | 'U8' | 'I64'

/** Types that are read: masks and counters of other peers have narrower ones. */
export type SafetensorsDtype = WrittenDtype | 'F16' | 'BF16' | 'BOOL' | 'I8' | 'I16' | 'U16' | 'U32' | 'U64'

/**
 * A tensor as stored: row-major, in the writer's own layout. F16 and BF16 arrive widened to float32, I8, I16 and U16 to
 * int32, U32 and U64 to int64 (from 2^63 on wrapped), BOOL as U8.
 */
export interface StoredTensor {
  shape: number[]
  data: Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array
}

export interface SafetensorsFile {
  tensors: Map<string, StoredTensor>
  /** The file's `__metadata__`. */
  metadata: Record<string, string>
}

const BYTES: Record<SafetensorsDtype, number> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
}

const MAX_HEADER_BYTES = 16 * 1024 * 1024

const MAX_RANK = 8

/**
 * Reads a safetensors file (https://github.com/huggingface/safetensors, format section).
 *
 * Every size and offset is checked before it is used: the tensors must tile the data exactly, as the reference
 * reader demands.
 * @throws AppError `model-invalid` naming what is wrong.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  if (bytes.byteLength < 8) throw invalid('it is shorter than its 8-byte header length')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const low = view.getUint32(0, true)
  const high = view.getUint32(4, true)
  if (high !== 0 || low > MAX_HEADER_BYTES || low > bytes.byteLength - 8) {
    throw invalid('its header length points past the end of the file')
  }
  const header = parseHeader(bytes.subarray(8, 8 + low))
  const body = bytes.subarray(8 + low)
  const metadata = readMetadata(header.__metadata__)
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => readEntry(name, entry))
  checkTiling(entries, body.byteLength)
  const tensors = new Map<string, StoredTensor>()
  for (const { name, dtype, shape, begin, end } of entries) {
    // A copy of its own: a view into the file would be misaligned and would keep the whole file alive. Not `slice`,
    // which on a Node Buffer copies nothing.
    tensors.set(name, { shape, data: decode(dtype, new Uint8Array(body.subarray(begin, end)).buffer) })
  }
  return { tensors, metadata }
}

/**
 * Writes a safetensors file: larger element types first, each kind in the given order, so that every tensor is
 * aligned and the same input gives the same bytes.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata?: Record<string, string>,
): Uint8Array {
  const ordered = [...tensors]
    .map(([name, tensor]) => ({ name, tensor, dtype: dtypeOf(tensor.data) }))
    .sort((a, b) => BYTES[b.dtype] - BYTES[a.dtype])
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {}
  let offset = 0
  for (const { name, tensor, dtype } of ordered) {
    const size = tensor.shape.reduce((product, extent) => product * extent, 1)
    if (size !== tensor.data.length || name === '__metadata__') {
      throw new AppError('internal', `Tensor "${name}" of shape [${tensor.shape}] cannot be written.`)
    }
    header[name] = { dtype, shape: tensor.shape, data_offsets: [offset, offset + tensor.data.byteLength] }
    offset += tensor.data.byteLength
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const headerLength = Math.ceil(json.byteLength / 8) * 8
  const bytes = new Uint8Array(8 + headerLength + offset)
  new DataView(bytes.buffer).setUint32(0, headerLength, true)
  bytes.fill(0x20, 8, 8 + headerLength)
  bytes.set(json, 8)
  let at = 8 + headerLength
  for (const { tensor } of ordered) {
    const { buffer, byteOffset, byteLength } = tensor.data
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at)
    at += byteLength
  }
  return bytes
}

interface Entry {
  name: string
  dtype: SafetensorsDtype
  shape: number[]
  begin: number
  end: number
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new AppError('model-invalid', 'This is not a safetensors file: its header is not JSON.', { cause })
  }
  if (!isRecord(header)) throw invalid('its header is not a JSON object')
  return header
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {}
  if (!isRecord(value) || Object.values(value).some(entry => typeof entry !== 'string')) {
    throw invalid('its __metadata__ is not a table of texts')
  }
  return value as Record<string, string>
}

function readEntry(name: string, entry: unknown): Entry {
  if (!isRecord(entry)) throw invalid(`the entry of "${name}" is not an object`)
  const { dtype, shape, data_offsets: offsets } = entry
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype)) {
    throw invalid(`"${name}" has the unsupported type ${JSON.stringify(dtype)}`)
  }
  if (!isCountArray(shape) || shape.length > MAX_RANK) throw invalid(`"${name}" has no valid shape`)
  if (!isCountArray(offsets) || offsets.length !== 2) throw invalid(`"${name}" has no valid offsets`)
  const [begin, end] = offsets as [number, number]
  const size = shape.reduce((product, extent) => product * extent, 1) * BYTES[dtype as SafetensorsDtype]
  if (!Number.isSafeInteger(size) || end - begin !== size) {
    throw invalid(`"${name}" of shape [${shape}] does not fill its bytes`)
  }
  return { name, dtype: dtype as SafetensorsDtype, shape, begin, end }
}

function checkTiling(entries: readonly Entry[], length: number): void {
  let at = 0
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== at) throw invalid(`"${name}" overlaps another tensor or leaves a gap before it`)
    at = end
  }
  if (at !== length) throw invalid(`it holds ${length} bytes of data where its header describes ${at}`)
}

function decode(dtype: SafetensorsDtype, buffer: ArrayBuffer): StoredTensor['data'] {
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer)
    case 'F64':
      return new Float64Array(buffer)
    case 'I32':
      return new Int32Array(buffer)
    case 'U8':
    case 'BOOL':
      return new Uint8Array(buffer)
    case 'I64':
    case 'U64':
      return new BigInt64Array(buffer)
    case 'U32':
      return BigInt64Array.from(new Uint32Array(buffer), BigInt)
    case 'I16':
      return Int32Array.from(new Int16Array(buffer))
    case 'U16':
      return Int32Array.from(new Uint16Array(buffer))
    case 'I8':
      return Int32Array.from(new Int8Array(buffer))
    case 'F16':
      return float16ToFloat32(new Uint16Array(buffer))
    case 'BF16':
      return bfloat16ToFloat32(new Uint16Array(buffer))
  }
}

function dtypeOf(data: StoredTensor['data']): WrittenDtype {
  if (data instanceof Float32Array) return 'F32'
  if (data instanceof Float64Array) return 'F64'
  if (data instanceof Int32Array) return 'I32'
  if (data instanceof Uint8Array) return 'U8'
  return 'I64'
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCountArray(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(entry => Number.isSafeInteger(entry) && entry >= 0)
}

function invalid(reason: string): AppError {
  return new AppError('model-invalid', `This is not a whole safetensors file: ${reason}. Fetch it again.`)
}
