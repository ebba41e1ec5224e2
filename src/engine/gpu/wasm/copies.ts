import type * as tf from '@tensorflow/tfjs-core'
import { add, advance, assembledFor, constant, get, loadVector, repeat, set, storeVector } from './assembly'
import { memoryOf, placeOf, type WasmBackend } from './memory'

/*
 * Runs of floats from one place of WASM's memory to another: what transposes, joins and enlarged maps consist of. A call of
 * JavaScript's for each run takes as long as copying a hundred floats.
 */

const BYTES = 4
const LANES = 4

const copierOver = assembledFor(() => [copyRunsFunction()])

/** Parameters: the first run; where it goes; how many; bytes from run to run of both; vectors of a run. */
function copyRunsFunction() {
  const [source, target, runs, from, to, vectors, read, written, left] = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  const body = repeat(runs, [
    ...set(read, get(source)),
    ...set(written, get(target)),
    ...set(left, get(vectors)),
    ...repeat(left, [
      ...storeVector(get(written), loadVector(get(read))),
      ...advance(read, constant(BYTES * LANES)),
      ...advance(written, constant(BYTES * LANES)),
    ]),
    ...set(source, add(get(source), get(from))),
    ...set(target, add(get(target), get(to))),
  ])
  return { name: 'copyRuns', parameters: 6, integers: 3, vectors: 0, body } as const
}

const sizeOf = (shape: readonly number[]) => shape.reduce((size, extent) => size * extent, 1)

/**
 * A transpose that leaves the last axis where it is; null for other ones, and for a last axis that is no multiple of four.
 *
 * @param shape of x, axes that stay together joined.
 * @param order for each axis of the result that of x.
 */
export function transposeRuns(
  backend: WasmBackend,
  x: tf.TensorInfo,
  { shape, order, outShape }: { shape: readonly number[]; order: readonly number[]; outShape: number[] },
): tf.TensorInfo | null {
  const last = shape.length - 1
  const run = shape[last]!
  if (x.dtype === 'bool' || last < 1 || order[last] !== last || run % LANES || sizeOf(shape) === 0)
    return null
  const out = backend.makeOutput(outShape, x.dtype)
  const copy = copierOver(memoryOf(backend)).copyRuns
  const strides = shape.map((_, axis) => BYTES * sizeOf(shape.slice(axis + 1)))
  const extents = order.map(axis => shape[axis]!)
  const steps = order.map(axis => strides[axis]!)
  const [runs, step] = [extents[last - 1]!, steps[last - 1]!]
  let target = placeOf(backend, out)
  for (const source of linesOf(extents, steps, last - 1, placeOf(backend, x))) {
    copy(source, target, runs, step, BYTES * run, run / LANES)
    target += BYTES * runs * run
  }
  return out
}

/** The same for any order, word by word. */
export function transposeWords(
  backend: WasmBackend,
  x: tf.TensorInfo,
  { shape, order, outShape }: { shape: readonly number[]; order: readonly number[]; outShape: number[] },
): tf.TensorInfo {
  const out = backend.makeOutput(outShape, x.dtype)
  if (sizeOf(shape) === 0) return out
  const words = new Uint32Array(memoryOf(backend).buffer)
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
  const extents = order.map(axis => shape[axis]!)
  const steps = order.map(axis => strides[axis]!)
  const last = order.length - 1
  const [run, step] = [extents[last]!, steps[last]!]
  let target = placeOf(backend, out) / BYTES
  for (const source of linesOf(extents, steps, last, placeOf(backend, x) / BYTES)) {
    for (let i = 0; i < run; i++) words[target + i] = words[source + i * step]!
    target += run
  }
  return out
}

/** Where lines begin in the source, in the order of a result whose first `axes` axes lead to them. */
function* linesOf(
  extents: readonly number[],
  steps: readonly number[],
  axes: number,
  start: number,
): Generator<number> {
  const places = new Array<number>(axes).fill(0)
  let source = start
  for (let left = sizeOf(extents.slice(0, axes)); left > 0; left--) {
    yield source
    for (let axis = axes - 1; axis >= 0; axis--) {
      source += steps[axis]!
      places[axis]!++
      if (places[axis]! < extents[axis]!) break
      source -= extents[axis]! * steps[axis]!
      places[axis] = 0
    }
  }
}

/** Tensors joined along an axis; null for other values than floats, and for runs that are no multiple of four. */
export function join(
  backend: WasmBackend,
  tensors: readonly tf.TensorInfo[],
  axis: number,
): tf.TensorInfo | null {
  const parts = tensors.filter(({ shape }) => sizeOf(shape) > 0)
  const runs = parts.map(({ shape }) => sizeOf(shape.slice(axis)))
  const isKnown = parts.every(({ dtype }) => dtype === 'float32') && runs.every(run => run % LANES === 0)
  if (parts.length < 2 || !isKnown) return null
  const first = parts[0]!.shape
  const along = parts.reduce((sum, { shape }) => sum + shape[axis]!, 0)
  const out = backend.makeOutput(
    first.map((extent, i) => (i === axis ? along : extent)),
    'float32',
  )
  const pitch = BYTES * runs.reduce((sum, run) => sum + run, 0)
  const copy = copierOver(memoryOf(backend)).copyRuns
  let target = placeOf(backend, out)
  for (const [i, part] of parts.entries()) {
    const bytes = BYTES * runs[i]!
    copy(placeOf(backend, part), target, sizeOf(first.slice(0, axis)), bytes, pitch, runs[i]! / LANES)
    target += bytes
  }
  return out
}

/**
 * A map whose pixels are repeated, and the channels of another behind them.
 *
 * @param below [B, H, W, C] float32.
 * @param beside [B, rows H, columns W, D], or null.
 * @param times how often each line and each column.
 * @returns [B, rows H, columns W, C + D]; null where C or D is no multiple of four.
 */
export function repeatAndJoin(
  backend: WasmBackend,
  below: tf.TensorInfo,
  beside: tf.TensorInfo | null,
  [rows, columns]: readonly [number, number],
): tf.TensorInfo | null {
  const [batch, height, width, channels] = below.shape as [number, number, number, number]
  const others = beside?.shape[3] ?? 0
  const isKnown = [below, ...(beside ? [beside] : [])].every(({ dtype }) => dtype === 'float32')
  if (!isKnown || channels % LANES || others % LANES || sizeOf(below.shape) === 0) return null
  const out = backend.makeOutput([batch, rows * height, columns * width, channels + others], 'float32')
  const copy = copierOver(memoryOf(backend)).copyRuns
  const pitch = BYTES * (channels + others)
  const line = pitch * columns * width
  const source = placeOf(backend, below)
  const target = placeOf(backend, out)
  for (let y = 0; y < batch * height * rows; y++) {
    const from = source + BYTES * Math.floor(y / rows) * width * channels
    for (let x = 0; x < columns; x++) {
      const to = target + y * line + x * pitch
      copy(from, to, width, BYTES * channels, columns * pitch, channels / LANES)
    }
  }
  if (beside && others > 0) {
    const pixels = batch * rows * height * columns * width
    copy(placeOf(backend, beside), target + BYTES * channels, pixels, BYTES * others, pitch, others / LANES)
  }
  return out
}
