import type * as tf from '@tensorflow/tfjs-core'
import {
  add,
  addVectors,
  advance,
  assemble,
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

/** The parts of TensorFlow.js 4.22's WASM backend that our kernels use; private in its types. */
export interface WasmBackend {
  readonly wasm: {
    /** The module's exports; its memory is among them, */
    readonly asm: { readonly memory?: WebAssembly.Memory }
    /** or here, if it has threads. */
    readonly wasmMemory?: WebAssembly.Memory
  }
  readonly dataIdMap: { get(dataId: tf.DataId): { readonly memoryOffset: number } }
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo
  disposeData(dataId: tf.DataId): boolean
}

/** Where the values of a tensor begin, in bytes. */
export function placeOf(backend: WasmBackend, { dataId }: tf.TensorInfo): number {
  return backend.dataIdMap.get(dataId).memoryOffset
}

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
  /** The byte from which `offsets` counts. */
  left: number
  right: { place: number; rowStride: number; columnStride: number }
  /** [columns], where the sums begin; zeros if left out. */
  bias?: number
  /** [rows, columns] float32. */
  out: number
}

/**
 * Writes where the taps of a row begin: of tap t into words[place + TILE_ROWS t], in bytes after the left matrix, or `zeros`.
 */
export type RowOffsets = (row: number, words: Int32Array, place: number, zeros: number) => void

/** Bytes of the left matrix that a block of rows reads, so that it stays in the second cache while the columns pass. */
const BLOCK_BYTES = 192 * 1024

/**
 * Products out = bias + left right, each sum in the order of the right matrix' rows: the order, and so the bits, of XNNPACK,
 * which TensorFlow.js calls. No sum depends on other rows or columns.
 *
 * The right matrix is packed in panels of eight columns; a tile of four rows keeps its sums in registers while it walks
 * down a panel. The loop does one step at a time: unrolled by four, as XNNPACK has it, V8 runs out of registers and the
 * tile takes 1.6 times as long.
 *
 * @param shape `takesProduct` it.
 */
export function multiply(
  backend: WasmBackend,
  shape: ProductShape,
  offsets: RowOffsets,
  products: readonly Product[],
): void {
  const { rows, columns, inner, taps } = shape
  const depth = taps * inner
  const blockTiles = Math.min(256, Math.max(16, Math.floor(BLOCK_BYTES / (TILE_ROWS * BYTES * inner))))
  const tableSize = blockTiles * TILE_ROWS * taps
  const panels = panelFloats(depth, columns)
  const blank = Math.max(inner, TILE_COLUMNS)
  const scratch = backend.makeOutput([panels + tableSize + blank], 'float32')
  const packed = placeOf(backend, scratch)
  const table = packed + BYTES * panels
  const zeros = table + BYTES * tableSize
  const words = new Int32Array(memoryOf(backend).buffer)
  words.fill(0, zeros / BYTES, zeros / BYTES + blank)
  const segments = segmentsOf(rows, blockTiles)
  for (const { left, right, bias, out } of products) {
    packPanels(backend, right, depth, columns, packed)
    for (const { first, tiles } of segments) {
      for (let row = 0; row < tiles * TILE_ROWS; row++) {
        const lane = row % TILE_ROWS
        const place = table / BYTES + (row - lane) * taps + lane
        offsets(first + row, words, place, zeros - left)
      }
      const start = bias === undefined ? { place: zeros, step: 0 } : { place: bias, step: BYTES }
      const target = out + BYTES * first * columns
      multiplyPanels(backend, { table, tiles, taps, inner, columns }, left, packed, start, target)
    }
  }
  backend.disposeData(scratch.dataId)
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

/** Packs a right matrix of `depth` rows in panels of eight columns from `target` on. */
export function packPanels(
  backend: WasmBackend,
  { place, rowStride, columnStride }: Product['right'],
  depth: number,
  columns: number,
  target: number,
): void {
  const kernels = kernelsOver(backend)
  for (const [panel, column] of panelColumns(columns).entries()) {
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
  backend: WasmBackend,
  rows: { table: number; tiles: number; taps: number; inner: number; columns: number },
  left: number,
  packed: number,
  start: { place: number; step: number },
  out: number,
): void {
  const { table, tiles, taps, inner, columns } = rows
  const kernels = kernelsOver(backend)
  for (const [panel, column] of panelColumns(columns).entries()) {
    const source = packed + VECTOR * 2 * panel * taps * inner
    const begin = start.place + column * start.step
    kernels.tiles(table, tiles, taps, inner, left, source, begin, out + BYTES * column, BYTES * columns)
  }
}

/** Blocks of whole tiles, and a last tile for the rows that are left. */
function segmentsOf(rows: number, blockTiles: number): { first: number; tiles: number }[] {
  const whole = Math.floor(rows / TILE_ROWS)
  const segments: { first: number; tiles: number }[] = []
  for (let tile = 0; tile < whole; tile += blockTiles) {
    segments.push({ first: tile * TILE_ROWS, tiles: Math.min(blockTiles, whole - tile) })
  }
  return rows % TILE_ROWS ? [...segments, { first: rows - TILE_ROWS, tiles: 1 }] : segments
}

type KernelName = 'packRows' | 'packColumns' | 'tiles'

const compiled = new WeakMap<WebAssembly.Memory, Record<KernelName, (...given: number[]) => void>>()

/** The memory of all tensors. It has another `buffer` after it has grown. */
export const memoryOf = ({ wasm }: WasmBackend) => (wasm.wasmMemory ?? wasm.asm.memory)!

function kernelsOver(backend: WasmBackend): Record<KernelName, (...given: number[]) => void> {
  const memory = memoryOf(backend)
  const known = compiled.get(memory)
  if (known) return known
  const made = assemble([packRows(), packColumns(), tiles()], memory)
  compiled.set(memory, made)
  return made
}

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
