import type * as tf from '@tensorflow/tfjs-core'
import {
  absolutes,
  addIntegers,
  addVectors,
  advance,
  areLess,
  assembledFor,
  type Code,
  choose,
  constant,
  constantVector,
  divideVectors,
  get,
  type Local,
  loadVector,
  multiplyVectors,
  repeat,
  set,
  shiftLeft,
  storeVector,
  subtractVectors,
  type WasmFunction,
  without,
} from './assembly'
import { memoryOf, placeOf, type WasmBackend } from './memory'
import { type Runner, shareOut, threadsFor } from './threads'

export type ActivationName = 'gelu' | 'silu'

const BYTES = 4
/** Floats in a vector. */
const LANES = 4
/** Vectors in an item. */
const ITEM_VECTORS = 4096

interface ActivationJob {
  name: ActivationName
  from: number
  to: number
  /** Floats, four at least. */
  size: number
}

/** What a float costs beside a multiplication with an addition in a product. */
const PRODUCTS_EACH = 30

/**
 * GELU or SiLU in one pass over memory, where operations of TensorFlow.js make several. The bits are the same on any
 * number of threads.
 *
 * Both stand on e^y, y <= 0, which is right to 3e-7 of itself and 0 below the smallest normal float. GELU is
 * x / 2 (1 + erf(x / sqrt 2)) with the erf of TensorFlow.js (Abramowitz and Stegun 7.1.26, 1.5e-7), but in float32, and
 * without the difference of nearly equal numbers left of 0. Both are right to 3e-7 x. As with plain operations NaN stays
 * NaN, and -Infinity becomes it.
 *
 * @param x float32 of any shape.
 * @returns of the same shape; null for other values and for fewer than four.
 */
export function activate(backend: WasmBackend, x: tf.TensorInfo, name: ActivationName): tf.TensorInfo | null {
  const size = x.shape.reduce((product, extent) => product * extent, 1)
  if (x.dtype !== 'float32' || size < LANES) return null
  const out = backend.makeOutput(x.shape, 'float32')
  const job = { name, from: placeOf(backend, x), to: placeOf(backend, out), size }
  const threads = threadsFor(PRODUCTS_EACH * size)
  shareOut(memoryOf(backend), 'activation', runActivation, { job, items: itemsOf(size), threads })
  return out
}

const itemsOf = (size: number) => Math.ceil(Math.floor(size / LANES) / ITEM_VECTORS)

export const runActivation: Runner<ActivationJob> = (memory, { name, from, to, size }, _thread, claim) => {
  const vectors = Math.floor(size / LANES)
  const last = itemsOf(size) - 1
  for (let item = claim(); item >= 0; item = claim()) {
    const activate = kernelsOver(memory)[name]
    const first = item * ITEM_VECTORS
    const place = BYTES * LANES * first
    activate(from + place, to + place, Math.min(ITEM_VECTORS, vectors - first))
    if (item < last || size % LANES === 0) continue
    // A last vector that begins earlier and repeats what is there.
    const end = BYTES * (size - LANES)
    activate(from + end, to + end, 1)
  }
}

const kernelsOver = assembledFor(() => [activation('gelu', gelu), activation('silu', silu)])

/** What an activation is written with: its value, what it computes with, and constants, which are set before the loop. */
interface Vectors {
  x: Local
  power: Local
  spare: Local
  rest: Local
  sum: Local
  constant(value: number): Code
}

/** Parameters: values; results; fours of them. `expression` leaves the result of `x` as a vector, `before` comes first. */
function activation<Name extends ActivationName>(
  name: Name,
  expression: (vectors: Vectors) => { before: Code; result: Code },
): WasmFunction & { name: Name } {
  const [source, target, count] = [0, 1, 2]
  const constants: number[] = []
  const vectors: Vectors = {
    x: 3,
    power: 4,
    spare: 5,
    rest: 6,
    sum: 7,
    constant(value) {
      if (!constants.includes(value)) constants.push(value)
      return get(FIRST_CONSTANT + constants.indexOf(value))
    },
  }
  const { before, result } = expression(vectors)
  const loop = repeat(count, [
    ...set(vectors.x, loadVector(get(source))),
    ...before,
    ...storeVector(get(target), result),
    ...advance(source, constant(BYTES * LANES)),
    ...advance(target, constant(BYTES * LANES)),
  ])
  const settings = constants.flatMap((value, i) => set(FIRST_CONSTANT + i, constantVector(value)))
  return { name, parameters: 3, integers: 0, vectors: 5 + constants.length, body: [...settings, ...loop] }
}

const FIRST_CONSTANT = 8

/** The polynomial of `by` with these coefficients, from the highest power on: in `sum`. */
function polynomial({ sum, constant }: Vectors, by: Local, [first, ...others]: readonly number[]): Code {
  return [
    ...set(sum, constant(first!)),
    ...others.flatMap(next => set(sum, addVectors(multiplyVectors(get(sum), get(by)), constant(next)))),
  ]
}

/** Floats of this size have no places behind the point: a sum with it is rounded, and its last bits are the integer. */
const ROUNDING = 1.5 * 2 ** 23

/** What multiplies r^2 in e^r, from the highest power on. */
const EXPONENTIAL = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
]

/** The logarithm of the smallest normal float, rounded up. */
const LOWEST_POWER = -87.3365

/**
 * power = e^power, power <= 0: e^y = 2^n e^r with n the integer next to y / ln 2, r = y - n ln 2 by a product that is exact
 * and a small one, and e^r by a polynomial (Cephes, `expf.c`). n is added to the exponent's bits. The bits are
 * without a meaning below the least power, where they are cleared, and for NaN, by which the caller multiplies.
 */
function exponential(vectors: Vectors): Code {
  const { power, spare, rest, sum, constant } = vectors
  const rounded = addVectors(multiplyVectors(get(power), constant(Math.LOG2E)), constant(ROUNDING))
  const n = subtractVectors(get(spare), constant(ROUNDING))
  const beyond = multiplyVectors(multiplyVectors(get(sum), get(rest)), get(rest))
  const whole = addVectors(addVectors(beyond, get(rest)), constant(1))
  return [
    ...set(spare, rounded),
    ...set(sum, n),
    ...set(rest, subtractVectors(get(power), multiplyVectors(get(sum), constant(0.693359375)))),
    ...set(rest, addVectors(get(rest), multiplyVectors(get(sum), constant(2.1219444e-4)))),
    ...polynomial(vectors, rest, EXPONENTIAL),
    ...set(sum, addIntegers(whole, shiftLeft(get(spare), 23))),
    ...set(power, without(get(sum), areLess(get(power), constant(LOWEST_POWER)))),
  ]
}

/** What multiplies t in 7.1.26, from the highest power on. */
const TAIL = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]

/** x / 2 times 1 + erf(x / sqrt 2), which is p left of 0 and 2 - p right of it, p = 1 - erf(|x| / sqrt 2). */
function gelu(vectors: Vectors): { before: Code; result: Code } {
  const { x, power, spare, sum, constant } = vectors
  const distance = multiplyVectors(absolutes(get(x)), constant(0.3275911 * Math.SQRT1_2))
  const before = [
    ...set(power, multiplyVectors(get(x), multiplyVectors(get(x), constant(-0.5)))),
    ...exponential(vectors),
    ...set(spare, divideVectors(constant(1), addVectors(distance, constant(1)))),
    ...polynomial(vectors, spare, TAIL),
    ...set(sum, multiplyVectors(multiplyVectors(get(sum), get(spare)), get(power))),
    ...set(sum, choose(get(sum), subtractVectors(constant(2), get(sum)), areLess(get(x), constant(0)))),
  ]
  return { before, result: multiplyVectors(multiplyVectors(get(x), constant(0.5)), get(sum)) }
}

/** x times 1 / (1 + e^-x), which left of 0 is e^x / (1 + e^x). */
function silu(vectors: Vectors): { before: Code; result: Code } {
  const { x, power, sum, constant } = vectors
  const before = [
    ...set(power, subtractVectors(constant(0), absolutes(get(x)))),
    ...exponential(vectors),
    ...set(sum, choose(get(power), constant(1), areLess(get(x), constant(0)))),
  ]
  const share = divideVectors(get(sum), addVectors(get(power), constant(1)))
  return { before, result: multiplyVectors(get(x), share) }
}
