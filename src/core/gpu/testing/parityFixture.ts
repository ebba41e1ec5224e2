import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const FOLDER = join(process.env.SCARP_SHARED ?? resolve('..', 'shared'), 'parity')

/** One tensor of a fixture, in PyTorch's layout. */
export interface FixtureTensor {
  shape: number[]
  data: Float32Array | Float64Array | Int32Array
}

/** One case directory: its case.json and its tensors by "<file>:<name>", file being input or output. */
export interface ParityFixture<Case> {
  json: Case
  input(name: string): FixtureTensor
  output(name: string): FixtureTensor
}

/** True where the fixtures lie on this machine; says what is missing where not. */
export function parityFixtureExists(name: string): boolean {
  const present = existsSync(join(FOLDER, name, 'case.json'))
  if (!present) console.warn(`Parity fixture "${name}" is absent from ${FOLDER}: its tests do not run.`)
  return present
}

/** Reads a case directory of the parity fixtures (Node only). */
export function readParityFixture<Case>(name: string): ParityFixture<Case> {
  const tensors = (file: string) => {
    const read = readTensors(readFileSync(join(FOLDER, name, `${file}.safetensors`)))
    return (key: string) => {
      const tensor = read.get(key)
      if (!tensor) throw new Error(`No tensor "${key}" in ${name}/${file}.safetensors.`)
      return tensor
    }
  }
  const json = JSON.parse(readFileSync(join(FOLDER, name, 'case.json'), 'utf8')) as Case
  return { json, input: tensors('input'), output: tensors('output') }
}

/** The trusted subset of safetensors that the fixtures use; `core/models` has the reader for files of others. */
function readTensors(file: Buffer): Map<string, FixtureTensor> {
  const bytes = new Uint8Array(file)
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
    string,
    { dtype: 'F32' | 'F64' | 'I32'; shape: number[]; data_offsets: [number, number] }
  >
  const kinds = { F32: Float32Array, F64: Float64Array, I32: Int32Array }
  const tensors = new Map<string, FixtureTensor>()
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const [begin, end] = entry.data_offsets
    const data = new kinds[entry.dtype](bytes.slice(8 + length + begin, 8 + length + end).buffer)
    tensors.set(name, { shape: entry.shape, data })
  }
  return tensors
}
