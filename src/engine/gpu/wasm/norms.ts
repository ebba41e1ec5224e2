import type * as tf from '@tensorflow/tfjs-core'
import {
  addVectors,
  advance,
  assembledFor,
  type Code,
  chosen,
  constant,
  constantVector,
  divideVectors,
  get,
  type Local,
  loadSplat,
  loadVector,
  multiplyVectors,
  repeat,
  set,
  squareRoots,
  storeVector,
  subtractVectors,
  type WasmFunction,
} from './assembly'
import { memoryOf, placeOf, type WasmBackend } from './memory'
import { type Runner, shareOut, threadsFor } from './threads'

/* Layer norms and means over pixels on WASM in one go, where operations of TensorFlow.js take several passes over memory. */

const BYTES = 4
const LANES = 4
const VECTOR = BYTES * LANES
/** What a float costs beside a multiplication with an addition in a product. */
const PRODUCTS_EACH = 10
/** Floats in an item. */
const ITEM_FLOATS = 16 * 1024

interface LayerNormJob {
  /** Places. */
  x: number
  out: number
  scale: number
  shift: number
  /** 1 / channels and the epsilon. */
  constants: number
  rows: number
  channels: number
}

const rowsOfItem = (channels: number) => Math.max(1, Math.floor(ITEM_FLOATS / channels))

/**
 * Layer normalisation over the last axis, biased variance (Ba et al. 2016). The bits are the same on any number of threads.
 *
 * @param x [..., C] float32.
 * @param scale [C]
 * @param shift [C]
 * @returns like x; null for other values, and where C is no multiple of four.
 */
export function layerNorm(
  backend: WasmBackend,
  x: tf.TensorInfo,
  { scale, shift, epsilon }: { scale: tf.TensorInfo; shift: tf.TensorInfo; epsilon: number },
): tf.TensorInfo | null {
  const channels = x.shape.at(-1) ?? 0
  const rows = x.shape.slice(0, -1).reduce((product, extent) => product * extent, 1)
  const isKnown = [x, scale, shift].every(({ dtype }) => dtype === 'float32')
  if (!isKnown || channels === 0 || channels % LANES || rows === 0) return null
  const out = backend.makeOutput(x.shape, 'float32')
  const scratch = backend.makeOutput([2], 'float32')
  const memory = memoryOf(backend)
  const constants = placeOf(backend, scratch)
  new Float32Array(memory.buffer, constants, 2).set([1 / channels, epsilon])
  const [from, to, factor, summand] = [x, out, scale, shift].map(tensor => placeOf(backend, tensor)) as [
    number,
    number,
    number,
    number,
  ]
  const job = { x: from, out: to, scale: factor, shift: summand, constants, rows, channels }
  const threads = threadsFor(PRODUCTS_EACH * rows * channels)
  shareOut(memory, 'layerNorm', runLayerNorm, { job, items: Math.ceil(rows / rowsOfItem(channels)), threads })
  backend.disposeData(scratch.dataId)
  return out
}

export const runLayerNorm: Runner<LayerNormJob> = (memory, job, _thread, claim) => {
  const { x, out, scale, shift, constants, rows, channels } = job
  const each = rowsOfItem(channels)
  for (let item = claim(); item >= 0; item = claim()) {
    const first = item * each
    const place = BYTES * channels * first
    const count = Math.min(each, rows - first)
    kernelsOver(memory).normalise(x + place, out + place, count, channels / LANES, scale, shift, constants)
  }
}

/**
 * Means over the pixels of each image.
 *
 * @param x [B, H, W, C] float32.
 * @returns B times C floats in this shape; null for other values, and where C is no multiple of four.
 */
export function pixelMeans(backend: WasmBackend, x: tf.TensorInfo, shape: number[]): tf.TensorInfo | null {
  const [batch, height, width, channels] = x.shape as [number, number, number, number]
  const pixels = height * width
  if (x.dtype !== 'float32' || channels % LANES || batch * pixels * channels === 0) return null
  const out = backend.makeOutput(shape, 'float32')
  const memory = memoryOf(backend)
  const [source, target] = [placeOf(backend, x), placeOf(backend, out)]
  const sums = new Float32Array(memory.buffer, target, batch * channels).fill(0)
  for (let image = 0; image < batch; image++) {
    const place = source + BYTES * image * pixels * channels
    kernelsOver(memory).addRows(place, target + BYTES * image * channels, pixels, channels / LANES)
  }
  for (let i = 0; i < sums.length; i++) sums[i]! /= pixels
  return out
}

type KernelName = 'normalise' | 'addRows'

const kernelsOver = assembledFor(() => [normalise(), addRows()])

type Named<Name extends KernelName> = WasmFunction & { name: Name }

const next = (...places: Local[]): Code => places.flatMap(place => advance(place, constant(VECTOR)))

/** The sum of a vector's floats, four times. */
const total = (sum: Local): Code => [
  ...set(sum, addVectors(get(sum), chosen(get(sum), [2, 3, 0, 1]))),
  ...set(sum, addVectors(get(sum), chosen(get(sum), [1, 0, 3, 2]))),
]

/**
 * Rows of vectors: (x - mean) / sqrt(variance + epsilon) scale + shift. Parameters: rows; results; how many; vectors of a row;
 * scale; shift; 1 / channels and epsilon.
 */
function normalise(): Named<'normalise'> {
  const [x, out, rows, vectors, scale, shift, constants, place, other, last, count] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
  ]
  const [sum, value, mean, factor] = [11, 12, 13, 14]
  const share = () => loadSplat(get(constants))
  const centred = () => subtractVectors(loadVector(get(place)), get(mean))
  const overRow = (body: Code): Code => [
    ...set(place, get(x)),
    ...set(count, get(vectors)),
    ...repeat(count, body),
  ]
  const body = repeat(rows, [
    ...set(sum, constantVector(0)),
    ...overRow([...set(sum, addVectors(get(sum), loadVector(get(place)))), ...next(place)]),
    ...total(sum),
    ...set(mean, multiplyVectors(get(sum), share())),
    ...set(sum, constantVector(0)),
    ...overRow([
      ...set(value, centred()),
      ...set(sum, addVectors(get(sum), multiplyVectors(get(value), get(value)))),
      ...next(place),
    ]),
    ...total(sum),
    ...set(sum, addVectors(multiplyVectors(get(sum), share()), loadSplat(get(constants), BYTES))),
    ...set(factor, divideVectors(constantVector(1), squareRoots(get(sum)))),
    ...set(other, get(scale)),
    ...set(last, get(shift)),
    ...overRow([
      ...set(value, multiplyVectors(centred(), get(factor))),
      ...storeVector(
        get(out),
        addVectors(multiplyVectors(get(value), loadVector(get(other))), loadVector(get(last))),
      ),
      ...next(place, out, other, last),
    ]),
    ...set(x, get(place)),
  ])
  return { name: 'normalise', parameters: 7, integers: 4, vectors: 4, body }
}

/** Adds rows to one row. Parameters: rows; the row; how many; vectors of a row. */
function addRows(): Named<'addRows'> {
  const [x, sums, rows, vectors, place, count] = [0, 1, 2, 3, 4, 5]
  const body = repeat(rows, [
    ...set(place, get(sums)),
    ...set(count, get(vectors)),
    ...repeat(count, [
      ...storeVector(get(place), addVectors(loadVector(get(place)), loadVector(get(x)))),
      ...next(x, place),
    ]),
  ])
  return { name: 'addRows', parameters: 4, integers: 2, vectors: 0, body }
}
