/**
 * Writes small WebAssembly modules: the few instructions that our kernels have, by the names of the text format
 * (WebAssembly Core Specification 2.0, section 5). A module imports one memory and exports its functions; the functions
 * return nothing. Instructions are lists of bytes that are joined, operands first.
 */

/** A local variable or a parameter, by its place. */
export type Local = number

/** Bytes of instructions. */
export type Code = readonly number[]

export interface WasmFunction {
  name: string
  /** All are i32. */
  parameters: number
  integers: number
  /** Of 128 bits; they come after the integers. */
  vectors: number
  body: Code
}

const I32 = 0x7f
const V128 = 0x7b
const EMPTY = 0x40
/** The alignment of 2^2 bytes, that of a float. */
const OF_FOUR = 2

/** Unsigned LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest]
    bytes.push((rest & 0x7f) | 0x80)
  }
}

/** Signed LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7) {
    const byte = rest & 0x7f
    if (rest >> 6 === 0 || rest >> 6 === -1) return [...bytes, byte]
    bytes.push(byte | 0x80)
  }
}

const vector = (opcode: number): number[] => [0xfd, ...unsigned(opcode)]
const at = (opcode: number[], address: Code, offset: number): number[] => [
  ...address,
  ...opcode,
  OF_FOUR,
  ...unsigned(offset),
]

export const get = (local: Local): Code => [0x20, ...unsigned(local)]
export const set = (local: Local, value: Code): Code => [...value, 0x21, ...unsigned(local)]
export const constant = (value: number): Code => [0x41, ...signed(value)]
export const add = (a: Code, b: Code): Code => [...a, ...b, 0x6a]
const subtract = (a: Code, b: Code): Code => [...a, ...b, 0x6b]
export const load = (address: Code, offset = 0): Code => at([0x28], address, offset)
export const store = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...at([0x36], value, offset),
]

/** Four floats. */
export const loadVector = (address: Code, offset = 0): Code => at(vector(0), address, offset)
/** One float, four times. */
export const loadSplat = (address: Code, offset = 0): Code => at(vector(9), address, offset)
export const storeVector = (address: Code, value: Code, offset = 0): Code => [
  ...address,
  ...at(vector(11), value, offset),
]
export const addVectors = (a: Code, b: Code): Code => [...a, ...b, ...vector(228)]
export const subtractVectors = (a: Code, b: Code): Code => [...a, ...b, ...vector(229)]
export const multiplyVectors = (a: Code, b: Code): Code => [...a, ...b, ...vector(230)]

export const divideVectors = (a: Code, b: Code): Code => [...a, ...b, ...vector(231)]
/** Of four floats. */
export const squareRoots = (a: Code): Code => [...a, ...vector(227)]
/** Floats of a by their places; the results are four. */
export const chosen = (a: Code, places: readonly [number, number, number, number]): Code => [
  ...a,
  ...a,
  ...vector(13),
  ...places.flatMap(place => [0, 1, 2, 3].map(byte => 4 * place + byte)),
]
export const absolutes = (a: Code): Code => [...a, ...vector(224)]
/** All bits of a float where a < b, else none; none where either is NaN. */
export const areLess = (a: Code, b: Code): Code => [...a, ...b, ...vector(67)]
/** a where the bits of the mask are set, else b. */
export const choose = (a: Code, b: Code, mask: Code): Code => [...a, ...b, ...mask, ...vector(82)]
/** The bits of a that are not set in the mask. */
export const without = (a: Code, mask: Code): Code => [...a, ...mask, ...vector(79)]
/** Of four integers. */
export const shiftLeft = (a: Code, bits: number): Code => [...a, ...constant(bits), ...vector(171)]
/** Of four integers. */
export const addIntegers = (a: Code, b: Code): Code => [...a, ...b, ...vector(174)]

/** One float, four times. */
export const constantVector = (value: number): Code => [
  ...vector(12),
  ...new Uint8Array(new Float32Array(4).fill(value).buffer),
]

/** local += by. */
export const advance = (local: Local, by: Code): Code => set(local, add(get(local), by))

/** Does the body `counter` times, once at least, and leaves the counter at 0. */
export const repeat = (counter: Local, body: Code): Code => {
  const next = [...subtract(get(counter), constant(1)), 0x22, ...unsigned(counter)]
  return [0x03, EMPTY, ...body, ...next, 0x0d, 0, 0x0b]
}

const section = (id: number, content: Code): number[] => [id, ...unsigned(content.length), ...content]
const list = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()]
const text = (value: string): number[] => list([...new TextEncoder().encode(value)].map(byte => [byte]))

/** At least one page, and as many as there are addresses where threads share them. */
function limits({ buffer }: WebAssembly.Memory): number[] {
  const isShared = !(buffer instanceof ArrayBuffer)
  return isShared ? [3, 1, ...unsigned(0x10000)] : [0, 1]
}

/**
 * Compiles functions over a memory.
 *
 * @returns the functions by name.
 */
export function assemble<Name extends string>(
  functions: readonly (WasmFunction & { name: Name })[],
  memory: WebAssembly.Memory,
): Record<Name, (...given: number[]) => void> {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...list(Array.from({ length: parameters }, () => [I32])),
    0,
  ])
  const bodies = functions.map(({ integers, vectors, body }) => {
    const locals = list([
      [...unsigned(integers), I32],
      [...unsigned(vectors), V128],
    ])
    const code = [...locals, ...body, 0x0b]
    return [...unsigned(code.length), ...code]
  })
  const bytes = [
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([[...text('tensors'), ...text('memory'), 2, ...limits(memory)]])),
    ...section(3, list(functions.map((_, i) => unsigned(i)))),
    ...section(7, list(functions.map(({ name }, i) => [...text(name), 0, ...unsigned(i)]))),
    ...section(10, list(bodies)),
  ]
  const module = new WebAssembly.Module(new Uint8Array(bytes))
  const { exports } = new WebAssembly.Instance(module, { tensors: { memory } })
  return exports as Record<Name, (...given: number[]) => void>
}

/** `assemble` once for each memory. */
export function assembledFor<Name extends string>(
  functions: () => readonly (WasmFunction & { name: Name })[],
): (memory: WebAssembly.Memory) => Record<Name, (...given: number[]) => void> {
  const compiled = new WeakMap<WebAssembly.Memory, Record<Name, (...given: number[]) => void>>()
  return memory => {
    const known = compiled.get(memory)
    if (known) return known
    const made = assemble(functions(), memory)
    compiled.set(memory, made)
    return made
  }
}
