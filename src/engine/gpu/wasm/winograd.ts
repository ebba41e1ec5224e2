import type * as tf from '@tensorflow/tfjs-core'
import {
  addVectors,
  advance,
  assembledFor,
  type Code,
  constant,
  constantVector,
  get,
  type Local,
  load,
  loadVector,
  multiplyVectors,
  repeat,
  set,
  storeVector,
  subtractVectors,
  type WasmFunction,
} from './assembly'
import { memoryOf, placeOf, type WasmBackend } from './memory'
import { multiplyPanels, packOnThreads, panelFloats, TILE_ROWS } from './products'
import { type Runner, shareOut, threadsFor } from './threads'

/*
 * Convolutions by kernels of 3 x 3 as products of fewer multiplications (Winograd's minimal filtering F(2 x 2, 3 x 3); Lavin
 * and Gray 2016, section 4.1): Y = A' ((G g G') * (B' d B)) A, where d are 4 x 4 pixels, Y the 2 x 2 results among them, and
 * the middle product is a matrix product over channels for each of the 16 places. 16 multiplications instead of 36.
 */

const BYTES = 4
const VECTOR = 16
/** Pixels that a tile reads, and writes; their sides are 4 and 2. */
const [READ, WRITTEN] = [16, 4]

/** Floats of transformed pixels in a block of tiles, so that they stay in the second cache. */
const BLOCK_FLOATS = 64 * 1024
const FEWEST_TILES = 32
/** Blocks that each of several threads has, so that none waits long for the last. */
const BLOCKS_EACH = 8

type Info = tf.backend_util.Conv2DInfo

/** What a thread has to know of a convolution. */
type Images = Pick<
  Info,
  'batchSize' | 'inHeight' | 'inWidth' | 'inChannels' | 'outHeight' | 'outWidth' | 'outChannels'
> & { padInfo: Pick<Info['padInfo'], 'top' | 'left'> }

function imagesOf(info: Info): Images {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = info
  const { top, left } = padInfo
  return {
    batchSize,
    inHeight,
    inWidth,
    inChannels,
    outHeight,
    outWidth,
    outChannels,
    padInfo: { top, left },
  }
}

const tilesOf = ({ batchSize, outHeight, outWidth }: Images) =>
  batchSize * Math.ceil(outHeight / 2) * Math.ceil(outWidth / 2)

/** Whether it is worth it, for channels that vectors hold. */
export function takesWinograd(info: Info): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info
  const isKnown = filterHeight === 3 && filterWidth === 3 && strideHeight === 1 && strideWidth === 1
  const isDense = dilationHeight === 1 && dilationWidth === 1
  const channels = [info.inChannels, info.outChannels]
  return isKnown && isDense && channels.every(count => count >= 16 && count % 4 === 0) && tilesOf(info) >= 4
}

interface WinogradJob {
  images: Images
  /** Places of the pixels, the results, the bias (null: none), the packed filter and each thread's own memory. */
  x: number
  out: number
  bias: number | null
  packed: number
  own: number
  ownBytes: number
  /** Tiles in an item. */
  block: number
}

/**
 * @param x [B, H, W, in] float32.
 * @param filter [3, 3, in, out].
 * @param bias [out], added; none if left out.
 * @param out [B, h, w, out], written. The results have other last bits than sums tap by tap, but the same on any threads.
 */
export function convolveByWinograd(
  backend: WasmBackend,
  info: Info,
  [x, filter, out]: readonly [tf.TensorInfo, tf.TensorInfo, tf.TensorInfo],
  bias?: tf.TensorInfo,
): void {
  const { inChannels, outChannels } = info
  const memory = memoryOf(backend)
  const weights = inChannels * outChannels
  const tiles = tilesOf(info)
  const threads = threadsFor(READ * tiles * weights)
  const fitting = Math.max(
    FEWEST_TILES,
    Math.floor(BLOCK_FLOATS / (READ * Math.max(inChannels, outChannels))),
  )
  const shared = Math.max(FEWEST_TILES / 2, Math.ceil(tiles / (BLOCKS_EACH * threads)))
  const most = Math.min(tiles, fitting, threads === 1 ? tiles : shared)
  const block = most - (most % TILE_ROWS)
  const panels = panelFloats(inChannels, outChannels)
  const ownFloats = Object.values(ownSizes(info, block)).reduce((sum, size) => sum + size, 0)
  const scratch = backend.makeOutput([READ * (weights + panels) + threads * ownFloats], 'float32')
  const transformed = placeOf(backend, scratch)
  const packed = transformed + BYTES * READ * weights
  const filterJob = { filter: placeOf(backend, filter), weights, transformed }
  const filterItems = Math.ceil(weights / ITEM_WEIGHTS)
  shareOut(memory, 'winogradFilter', runWinogradFilter, { job: filterJob, items: filterItems, threads })
  const matrices = Array.from({ length: READ }, (_, i) => ({
    right: {
      place: transformed + BYTES * i * weights,
      rowStride: BYTES * outChannels,
      columnStride: BYTES,
    },
    target: packed + BYTES * i * panels,
  }))
  packOnThreads(memory, matrices, { depth: inChannels, columns: outChannels, threads })
  const job: WinogradJob = {
    images: imagesOf(info),
    x: placeOf(backend, x),
    out: placeOf(backend, out),
    bias: bias ? placeOf(backend, bias) : null,
    packed,
    own: packed + BYTES * READ * panels,
    ownBytes: BYTES * ownFloats,
    block,
  }
  shareOut(memory, 'winograd', runWinograd, { job, items: Math.ceil(tiles / block), threads })
  backend.disposeData(scratch.dataId)
}

/** A filter [3, 3, weights] and its transform [16, weights], by their places. */
interface FilterJob {
  filter: number
  weights: number
  transformed: number
}

/** A multiple of four, as the weights are. */
const ITEM_WEIGHTS = 16 * 1024

export const runWinogradFilter: Runner<FilterJob> = (
  memory,
  { filter, weights, transformed },
  _thread,
  claim,
) => {
  for (let item = claim(); item >= 0; item = claim()) {
    const first = ITEM_WEIGHTS * item
    const fours = Math.min(ITEM_WEIGHTS, weights - first) / 4
    const [from, to] = [filter, transformed].map(place => place + BYTES * first) as [number, number]
    kernelsOver(memory).transformFilter(from, fours, to, BYTES * weights)
  }
}

/** Floats of what a thread needs for a block of tiles. */
const ownSizes = ({ inChannels, outChannels }: Images, block: number) => ({
  rows: block,
  pixels: READ * block * inChannels,
  sums: READ * block * outChannels,
  table: (READ + WRITTEN) * block,
  zeros: Math.max(inChannels, outChannels),
  waste: outChannels,
})

export const runWinograd: Runner<WinogradJob> = (memory, job, thread, claim) => {
  const { images, block, packed } = job
  const { inChannels, outChannels } = images
  let item = claim()
  if (item < 0) return
  const kernels = kernelsOver(memory)
  const sizes = ownSizes(images, block)
  let place = job.own + thread * job.ownBytes
  const next = (floats: number) => {
    place += BYTES * floats
    return place - BYTES * floats
  }
  const rows = next(sizes.rows)
  const pixels = next(sizes.pixels)
  const sums = next(sizes.sums)
  const table = next(sizes.table)
  const zeros = next(sizes.zeros)
  const waste = next(sizes.waste)
  const words = new Int32Array(memory.buffer)
  words.fill(0, zeros / BYTES, zeros / BYTES + sizes.zeros)
  for (let row = 0; row < block; row++) words[rows / BYTES + row] = BYTES * row * inChannels
  const places = { x: job.x, out: job.out, zeros, waste }
  const written = table + BYTES * READ * block
  const panels = panelFloats(inChannels, outChannels)
  const tiles = tilesOf(images)
  const shape = { table: rows, tiles: block / TILE_ROWS, taps: 1, inner: inChannels, columns: outChannels }
  for (; item >= 0; item = claim()) {
    // A last block that would be shorter repeats tiles.
    const first = Math.min(item * block, tiles - block)
    for (let i = 0; i < block; i++) {
      writePlaces(images, first + i, places, words, table / BYTES + READ * i, written / BYTES + WRITTEN * i)
    }
    kernels.transformPixels(table, block, inChannels / 4, pixels, BYTES * block * inChannels)
    for (let i = 0; i < READ; i++) {
      const left = pixels + BYTES * i * block * inChannels
      const start = { place: zeros, step: 0 }
      const target = sums + BYTES * i * block * outChannels
      multiplyPanels(memory, shape, left, packed + BYTES * i * panels, start, target)
    }
    const added = job.bias ?? zeros
    kernels.transformSums(sums, block, outChannels / 4, written, BYTES * block * outChannels, added)
  }
}

/** Where the pixels of a tile lie that are read, `zeros` outside of the image, and those that are written, `waste` outside. */
function writePlaces(
  images: Images,
  tile: number,
  places: { x: number; out: number; zeros: number; waste: number },
  words: Int32Array,
  read: number,
  written: number,
): void {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = images
  const [down, across] = [Math.ceil(outHeight / 2), Math.ceil(outWidth / 2)]
  const left = 2 * (tile % across)
  const top = 2 * (Math.floor(tile / across) % down)
  const image = Math.floor(tile / (across * down))
  for (let i = 0; i < 4; i++) {
    const y = top - padInfo.top + i
    for (let j = 0; j < 4; j++) {
      const x = left - padInfo.left + j
      const isInside = y >= 0 && y < inHeight && x >= 0 && x < inWidth
      const pixel = (image * inHeight + y) * inWidth + x
      words[read + 4 * i + j] = isInside ? places.x + BYTES * pixel * inChannels : places.zeros
    }
  }
  for (let i = 0; i < 2; i++) {
    for (let j = 0; j < 2; j++) {
      const isInside = top + i < outHeight && left + j < outWidth
      const pixel = (image * outHeight + top + i) * outWidth + left + j
      words[written + 2 * i + j] = isInside ? places.out + BYTES * pixel * outChannels : places.waste
    }
  }
}

type KernelName = 'transformFilter' | 'transformPixels' | 'transformSums'

const kernelsOver = assembledFor(() => [transformFilter(), transformPixels(), transformSums()])

type Named<Name extends KernelName> = WasmFunction & { name: Name }

/** Locals from a place on. */
const range = (first: Local, count: number): Local[] => Array.from({ length: count }, (_, i) => first + i)

const HALF = constantVector(0.5)

const sum = (a: Local, b: Local) => addVectors(get(a), get(b))
const difference = (a: Local, b: Local) => subtractVectors(get(a), get(b))

/** One side of a transform of 4 x 4 values: first down each of so many columns, then along each row. */
function bothSides(
  values: readonly Local[],
  columns: number,
  rows: number,
  side: (of: Local[]) => Code,
): Code {
  const column = (j: number) => [0, 1, 2, 3].map(i => values[4 * i + j]!)
  const row = (i: number) => values.slice(4 * i, 4 * i + 4)
  return [...range(0, columns).flatMap(j => side(column(j))), ...range(0, rows).flatMap(i => side(row(i)))]
}

/**
 * G g G', G = [1 0 0; 1/2 1/2 1/2; 1/2 -1/2 1/2; 0 0 1]. Parameters: filter [3, 3, n]; n / 4; result [16, n]; bytes of n floats.
 */
function transformFilter(): Named<'transformFilter'> {
  const [filter, count, result, plane, line] = [0, 1, 2, 3, 4]
  const values = range(5, READ)
  const spare = 5 + READ
  // [a, b, c, _] -> [a, (a + c + b) / 2, (a + c - b) / 2, c].
  const side = ([a, b, c, d]: Local[]) => [
    ...set(d!, get(c!)),
    ...set(spare, multiplyVectors(sum(a!, c!), HALF)),
    ...set(b!, multiplyVectors(get(b!), HALF)),
    ...set(c!, difference(spare, b!)),
    ...set(b!, sum(spare, b!)),
  ]
  const body = repeat(count, [
    ...set(line, get(filter)),
    ...range(0, 9).flatMap(i => [
      ...set(values[4 * Math.floor(i / 3) + (i % 3)]!, loadVector(get(line))),
      ...advance(line, get(plane)),
    ]),
    ...bothSides(values, 3, 4, side),
    ...set(line, get(result)),
    ...storePlanes(values, line, plane),
    ...advance(filter, constant(VECTOR)),
    ...advance(result, constant(VECTOR)),
  ])
  return { name: 'transformFilter', parameters: 4, integers: 1, vectors: READ + 1, body }
}

const storePlanes = (values: readonly Local[], line: Local, plane: Local): Code =>
  values.flatMap(value => [...storeVector(get(line), get(value)), ...advance(line, get(plane))])

/**
 * B' d B, B' = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1]. Parameters: places of pixels [tiles, 16]; tiles; channels / 4; result
 * [16, tiles, channels]; bytes of a sixteenth of it.
 */
function transformPixels(): Named<'transformPixels'> {
  const [table, tiles, channels, result, plane, line, channel] = [0, 1, 2, 3, 4, 5, 6]
  const pixels = range(7, READ)
  const values = range(7 + READ, READ)
  const spare = 7 + 2 * READ
  const side = ([a, b, c, d]: Local[]) => [
    ...set(a!, difference(a!, c!)),
    ...set(d!, difference(b!, d!)),
    ...set(spare, sum(b!, c!)),
    ...set(c!, difference(c!, b!)),
    ...set(b!, get(spare)),
  ]
  const body = repeat(tiles, [
    ...pixels.flatMap((pixel, i) => set(pixel, load(get(table), BYTES * i))),
    ...set(channel, get(channels)),
    ...repeat(channel, [
      ...pixels.flatMap((pixel, i) => [
        ...set(values[i]!, loadVector(get(pixel))),
        ...advance(pixel, constant(VECTOR)),
      ]),
      ...bothSides(values, 4, 4, side),
      ...set(line, get(result)),
      ...storePlanes(values, line, plane),
      ...advance(result, constant(VECTOR)),
    ]),
    ...advance(table, constant(BYTES * READ)),
  ])
  return { name: 'transformPixels', parameters: 5, integers: 2 + READ, vectors: READ + 1, body }
}

/**
 * A' m A + bias, A' = [1 1 1 0; 0 1 -1 -1]. Parameters: sums [16, tiles, channels]; tiles; channels / 4; places of results
 * [tiles, 4]; bytes of a sixteenth of the sums; bias [channels].
 */
function transformSums(): Named<'transformSums'> {
  const [sums, tiles, channels, table, plane, bias, line, channel, start] = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  const results = range(9, WRITTEN)
  const values = range(9 + WRITTEN, READ)
  const side = ([a, b, c, d]: Local[]) => [
    ...set(a!, addVectors(sum(a!, b!), get(c!))),
    ...set(b!, subtractVectors(difference(b!, c!), get(d!))),
  ]
  const body = repeat(tiles, [
    ...results.flatMap((result, i) => set(result, load(get(table), BYTES * i))),
    ...set(start, get(bias)),
    ...set(channel, get(channels)),
    ...repeat(channel, [
      ...set(line, get(sums)),
      ...values.flatMap(value => [...set(value, loadVector(get(line))), ...advance(line, get(plane))]),
      ...bothSides(values, 4, 2, side),
      ...results.flatMap((result, i) => [
        ...storeVector(
          get(result),
          addVectors(get(values[4 * Math.floor(i / 2) + (i % 2)]!), loadVector(get(start))),
        ),
        ...advance(result, constant(VECTOR)),
      ]),
      ...advance(sums, constant(VECTOR)),
      ...advance(start, constant(VECTOR)),
    ]),
    ...advance(table, constant(BYTES * WRITTEN)),
  ])
  return { name: 'transformSums', parameters: 6, integers: 3 + WRITTEN, vectors: READ, body }
}
