import {
  add,
  addVectors,
  advance,
  assembledFor,
  type Code,
  constant,
  get,
  type Local,
  load,
  loadSplat,
  loadVector,
  multiplyVectors,
  repeat,
  set,
  store,
  storeVector,
  type WasmFunction,
} from './assembly'
import { memoryOf, placeOf, type WasmBackend } from './memory'
import { type Runner, shareOut, threadsFor } from './threads'

/** Rows and columns of a tile: eight vectors of sums, what the registers of x64 and ARM hold besides their factors. */
export const TILE_ROWS = 4
const TILE_COLUMNS = 8
const BYTES = 4
const VECTOR = 16

export interface ProductShape {
  rows: number
  columns: number
  /** Values in a row of the left matrix that lie one after another in memory. */
  inner: number
  /** Stretches of `inner` values in a row. */
  taps: number
}

/** The kernel needs a whole tile. */
export function takesProduct({ rows, columns, inner, taps }: ProductShape): boolean {
  return rows >= TILE_ROWS && columns >= TILE_COLUMNS && inner * taps > 0
}

/** One of several products of a shape. Places and strides are in bytes. */
export interface Product {
  /** Where the left matrix begins, or the images that it is made of. */
  left: number
  right: { place: number; rowStride: number; columnStride: number }
  /** [columns], where the sums begin; zeros if left out. */
  bias?: number
  /** [rows, columns] float32. */
  out: number
}

/** Images of which each row of a left matrix is the taps of a filter at one place: a convolution's. */
export interface TappedImages {
  height: number
  width: number
  channels: number
  outHeight: number
  outWidth: number
  /** Of taps: down and across. */
  taps: readonly [number, number]
  strides: readonly [number, number]
  dilations: readonly [number, number]
  /** Zeros before the first line, and before the first column. */
  padding: readonly [number, number]
}

/** Bytes of the left matrix that a block of rows reads, so that it stays in the second cache while the columns pass. */
const BLOCK_BYTES = 192 * 1024
/** Blocks that each of several threads has of a product, so that none waits long for the last. */
const BLOCKS_EACH = 8
const FEWEST_TILES = 4

interface ProductsJob {
  shape: ProductShape
  images: TappedImages | null
  products: readonly Product[]
  blockTiles: number
  /** Where the right matrix of the one product is packed, whose items are blocks; null if each item is a product. */
  packed: number | null
  /** Each thread's own memory: the first one's place, and bytes. */
  own: number
  ownBytes: number
}

/**
 * Products out = bias + left right, each sum in the order of the right matrix' rows: the order, and so the bits, of XNNPACK,
 * which TensorFlow.js calls. No sum depends on other rows or columns, nor on the thread that adds it.
 *
 * The right matrix is packed in panels of eight columns; a tile of four rows keeps its sums in registers while it walks
 * down a panel. The loop does one step at a time: unrolled by four, as XNNPACK has it, V8 runs out of registers and the
 * tile takes 1.6 times as long.
 *
 * @param shape `takesProduct` it.
 * @param images what the left matrix is made of; null where its rows lie one after another.
 */
export function multiply(
  backend: WasmBackend,
  shape: ProductShape,
  images: TappedImages | null,
  products: readonly Product[],
): void {
  const { rows, columns, inner, taps } = shape
  const depth = taps * inner
  const threads = threadsFor(rows * columns * depth * products.length)
  const isByProduct = threads === 1 || products.length >= 2 * threads
  const fitting = Math.min(256, Math.max(16, Math.floor(BLOCK_BYTES / (TILE_ROWS * BYTES * inner))))
  const shared = Math.max(FEWEST_TILES, Math.ceil(rows / (TILE_ROWS * BLOCKS_EACH * threads)))
  const blockTiles = isByProduct ? fitting : Math.min(fitting, shared)
  const panels = panelFloats(depth, columns)
  const ownFloats = blockTiles * TILE_ROWS * taps + blankOf(shape) + (isByProduct ? panels : 0)
  const size = threads * ownFloats + (isByProduct ? 0 : panels)
  const scratch = backend.makeOutput([size], 'float32')
  const own = placeOf(backend, scratch)
  const job = { shape, images, products, blockTiles, packed: null, own, ownBytes: BYTES * ownFloats }
  const memory = memoryOf(backend)
  if (isByProduct) {
    shareOut(memory, 'products', runProducts, { job, items: products.length, threads })
  } else {
    const packed = own + BYTES * threads * ownFloats
    const items = segmentsOf(rows, blockTiles).length
    for (const product of products) {
      packOnThreads(memory, [{ right: product.right, target: packed }], { depth, columns, threads })
      shareOut(memory, 'products', runProducts, {
        job: { ...job, products: [product], packed },
        items,
        threads,
      })
    }
  }
  backend.disposeData(scratch.dataId)
}

const blankOf = ({ inner }: ProductShape) => Math.max(inner, TILE_COLUMNS)

export const runProducts: Runner<ProductsJob> = (memory, job, thread, claim) => {
  const { shape, images, products, blockTiles, packed, own, ownBytes } = job
  const { rows, columns, inner, taps } = shape
  let item = claim()
  if (item < 0) return
  const blank = blankOf(shape)
  const zeros = own + thread * ownBytes
  const table = zeros + BYTES * blank
  const ownPanels = table + BYTES * blockTiles * TILE_ROWS * taps
  const words = new Int32Array(memory.buffer)
  words.fill(0, zeros / BYTES, zeros / BYTES + blank)
  const segments = segmentsOf(rows, blockTiles)
  const multiplySegment = ({ left, bias, out }: Product, { first, tiles }: Segment, right: number) => {
    for (let row = 0; row < tiles * TILE_ROWS; row++) {
      const lane = row % TILE_ROWS
      const place = table / BYTES + (row - lane) * taps + lane
      if (images) writeTaps(images, first + row, words, place, zeros - left)
      else words[place] = BYTES * (first + row) * inner
    }
    const start = bias === undefined ? { place: zeros, step: 0 } : { place: bias, step: BYTES }
    const target = out + BYTES * first * columns
    multiplyPanels(memory, { table, tiles, taps, inner, columns }, left, right, start, target)
  }
  for (; item >= 0; item = claim()) {
    if (packed === null) {
      const product = products[item]!
      packPanels(memory, product.right, taps * inner, columns, ownPanels)
      for (const segment of segments) multiplySegment(product, segment, ownPanels)
    } else {
      multiplySegment(products[0]!, segments[item]!, packed)
    }
  }
}

/** Where the taps of a row begin: of tap t into words[place + TILE_ROWS t], in bytes after the images, or `zeros`. */
function writeTaps(images: TappedImages, row: number, words: Int32Array, place: number, zeros: number): void {
  const { height, width, channels, outHeight, outWidth, taps, strides, dilations, padding } = images
  const column = (row % outWidth) * strides[1] - padding[1]
  const line = Math.floor(row / outWidth)
  const firstLine = (line % outHeight) * strides[0] - padding[0]
  const image = Math.floor(line / outHeight) * height
  let target = place
  for (let i = 0; i < taps[0]; i++) {
    const y = firstLine + i * dilations[0]
    for (let j = 0; j < taps[1]; j++) {
      const x = column + j * dilations[1]
      const isInside = y >= 0 && y < height && x >= 0 && x < width
      words[target] = isInside ? BYTES * ((image + y) * width + x) * channels : zeros
      target += TILE_ROWS
    }
  }
}

/** Floats that a packed right matrix takes. */
export function panelFloats(depth: number, columns: number): number {
  return Math.ceil(columns / TILE_COLUMNS) * TILE_COLUMNS * depth
}

/** The first column of each panel. A last one that would be too wide begins earlier and repeats what is there. */
function panelColumns(columns: number): number[] {
  const panels = Math.ceil(columns / TILE_COLUMNS)
  return Array.from({ length: panels }, (_, i) => Math.min(i * TILE_COLUMNS, columns - TILE_COLUMNS))
}

/** Right matrices of `depth` rows and where they are packed, in panels of eight columns. */
interface PackingJob {
  matrices: readonly { right: Product['right']; target: number }[]
  depth: number
  columns: number
}

/** Panels in an item. */
const ITEM_PANELS = 16

/** Packs right matrices of a shape in panels of eight columns. */
export function packOnThreads(
  memory: WebAssembly.Memory,
  matrices: PackingJob['matrices'],
  { depth, columns, threads }: { depth: number; columns: number; threads: number },
): void {
  const job = { matrices, depth, columns }
  const items = matrices.length * Math.ceil(panelColumns(columns).length / ITEM_PANELS)
  shareOut(memory, 'packing', runPacking, { job, items, threads })
}

export const runPacking: Runner<PackingJob> = (memory, { matrices, depth, columns }, _thread, claim) => {
  for (let item = claim(); item >= 0; item = claim()) {
    const { right, target } = matrices[item % matrices.length]!
    const first = ITEM_PANELS * Math.floor(item / matrices.length)
    packPanels(memory, right, depth, columns, target, first, first + ITEM_PANELS)
  }
}

/** Packs the panels from `first` to before `end` of a right matrix. */
function packPanels(
  memory: WebAssembly.Memory,
  { place, rowStride, columnStride }: Product['right'],
  depth: number,
  columns: number,
  target: number,
  first = 0,
  end = Number.POSITIVE_INFINITY,
): void {
  const kernels = kernelsOver(memory)
  for (const [panel, column] of panelColumns(columns).entries()) {
    if (panel < first || panel >= end) continue
    const [source, panelPlace] = [place + column * columnStride, target + VECTOR * 2 * panel * depth]
    if (columnStride === BYTES) kernels.packRows(source, rowStride, depth, panelPlace)
    else kernels.packColumns(source, columnStride, depth, panelPlace)
  }
}

/**
 * Rows that make whole tiles by a packed matrix.
 *
 * @param rows `table`: where their offsets are, as `RowOffsets` writes them; `tiles`: how many tiles they make.
 * @param start where the sums begin: `place` and, from column to column, `step` bytes (0: eight values serve all).
 */
export function multiplyPanels(
  memory: WebAssembly.Memory,
  rows: { table: number; tiles: number; taps: number; inner: number; columns: number },
  left: number,
  packed: number,
  start: { place: number; step: number },
  out: number,
): void {
  const { table, tiles, taps, inner, columns } = rows
  const kernels = kernelsOver(memory)
  for (const [panel, column] of panelColumns(columns).entries()) {
    const source = packed + VECTOR * 2 * panel * taps * inner
    const begin = start.place + column * start.step
    kernels.tiles(table, tiles, taps, inner, left, source, begin, out + BYTES * column, BYTES * columns)
  }
}

/** Rows that make whole tiles. */
interface Segment {
  first: number
  tiles: number
}

/** Blocks of whole tiles, and a last tile for the rows that are left. */
function segmentsOf(rows: number, blockTiles: number): Segment[] {
  const whole = Math.floor(rows / TILE_ROWS)
  const segments: Segment[] = []
  for (let tile = 0; tile < whole; tile += blockTiles) {
    segments.push({ first: tile * TILE_ROWS, tiles: Math.min(blockTiles, whole - tile) })
  }
  return rows % TILE_ROWS ? [...segments, { first: rows - TILE_ROWS, tiles: 1 }] : segments
}

type KernelName = 'packRows' | 'packColumns' | 'tiles'

const kernelsOver = assembledFor(() => [packRows(), packColumns(), tiles()])

type Named<Name extends KernelName> = WasmFunction & { name: Name }

/** Copies eight neighbouring columns; the parameters are the panel's first value, the stride of rows, their count, the target. */
function packRows(): Named<'packRows'> {
  const [source, stride, rows, target] = [0, 1, 2, 3]
  const copy = (offset: number) => storeVector(get(target), loadVector(get(source), offset), offset)
  const body = repeat(rows, [
    ...copy(0),
    ...copy(VECTOR),
    ...advance(source, get(stride)),
    ...advance(target, constant(TILE_COLUMNS * BYTES)),
  ])
  return { name: 'packRows', parameters: 4, integers: 0, vectors: 0, body }
}

/** The same for columns that lie `stride` bytes apart, each in one piece. */
function packColumns(): Named<'packColumns'> {
  const [source, stride, rows, target] = [0, 1, 2, 3]
  const columns = Array.from({ length: TILE_COLUMNS }, (_, i) => 4 + i)
  const body = [
    ...columns.flatMap(column => [...set(column, get(source)), ...advance(source, get(stride))]),
    ...repeat(rows, [
      ...columns.flatMap((column, i) => [
        ...store(get(target), load(get(column)), i * BYTES),
        ...advance(column, constant(BYTES)),
      ]),
      ...advance(target, constant(TILE_COLUMNS * BYTES)),
    ]),
  ]
  return { name: 'packColumns', parameters: 4, integers: TILE_COLUMNS, vectors: 0, body }
}

/**
 * Tiles below one another by one panel. Parameters: table of offsets [tiles, taps, 4]; tiles; taps; inner; what the offsets
 * start from; the panel [taps inner, 8]; bias [8]; the first value of the output; the stride of its rows.
 */
function tiles(): Named<'tiles'> {
  const [table, count, taps, inner, left, panel, bias, out, outStride] = [0, 1, 2, 3, 4, 5, 6, 7, 8]
  let locals = 9
  const next = (many: number) => Array.from({ length: many }, () => locals++)
  const [rightPlace, tap, step, line] = next(4) as [Local, Local, Local, Local]
  const rows = next(TILE_ROWS)
  const integers = locals - 9
  const halves = [0, VECTOR]
  const sums = rows.map(() => next(2))
  const right = next(2)
  const [value] = next(1) as [Local]
  const sumRow = (row: number): Code => [
    ...set(value, loadSplat(get(rows[row]!))),
    ...halves.flatMap((_, half) => {
      const sum = sums[row]![half]!
      return set(sum, addVectors(get(sum), multiplyVectors(get(value), get(right[half]!))))
    }),
    ...advance(rows[row]!, constant(BYTES)),
  ]
  const walkTap = [
    ...rows.flatMap((row, i) => set(row, add(get(left), load(get(table), i * BYTES)))),
    ...advance(table, constant(TILE_ROWS * BYTES)),
    ...set(step, get(inner)),
    ...repeat(step, [
      ...halves.flatMap((offset, half) => set(right[half]!, loadVector(get(rightPlace), offset))),
      ...rows.flatMap((_, row) => sumRow(row)),
      ...advance(rightPlace, constant(TILE_COLUMNS * BYTES)),
    ]),
  ]
  const body = repeat(count, [
    ...sums.flatMap(sum => halves.flatMap((offset, half) => set(sum[half]!, loadVector(get(bias), offset)))),
    ...set(rightPlace, get(panel)),
    ...set(tap, get(taps)),
    ...repeat(tap, walkTap),
    ...set(line, get(out)),
    ...sums.flatMap(sum => [
      ...halves.flatMap((offset, half) => storeVector(get(line), get(sum[half]!), offset)),
      ...advance(line, get(outStride)),
    ]),
    ...set(out, get(line)),
  ])
  return { name: 'tiles', parameters: 9, integers, vectors: locals - 9 - integers, body }
}
