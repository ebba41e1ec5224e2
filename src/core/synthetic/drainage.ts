import type { Field } from './field'

/** Where water goes on a height field. */
export interface Drainage {
  /** Index of the steepest lower neighbour, the cell itself at an outlet. */
  receiver: Int32Array
  /** Distance to the receiver in cells: 1, or the square root of 2. */
  distance: Float32Array
  /** Cells from the lowest to the highest: receivers come before what drains into them. */
  order: Int32Array
  /** Cells that drain through each cell, itself included. */
  accumulation: Float32Array
}

const NEIGHBOURS = [
  [-1, -1],
  [0, -1],
  [1, -1],
  [-1, 0],
  [1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
] as const

/**
 * D8 flow (O'Callaghan and Mark, 1984) on a surface whose pits are filled by Priority-Flood (Barnes, Lehman and
 * Mulla, 2014), so that every cell reaches an outlet.
 *
 * @param isOutlet whether a cell (column, row) lets water out; at least one must
 */
export function drainage(height: Field, isOutlet: (column: number, row: number) => boolean): Drainage {
  const { size, data } = height
  const { filled, order } = flood(height, isOutlet)
  const receiver = new Int32Array(data.length)
  const distance = new Float32Array(data.length)
  for (let cell = 0; cell < data.length; cell++) {
    const column = cell % size
    const row = (cell - column) / size
    receiver[cell] = cell
    if (isOutlet(column, row)) continue
    let steepest = 0
    for (const [dx, dy] of NEIGHBOURS) {
      const x = column + dx
      const y = row + dy
      if (x < 0 || y < 0 || x >= size || y >= size) continue
      const step = dx !== 0 && dy !== 0 ? Math.SQRT2 : 1
      const drop = (filled[cell]! - filled[y * size + x]!) / step
      if (drop > steepest) {
        steepest = drop
        receiver[cell] = y * size + x
        distance[cell] = step
      }
    }
  }
  const accumulation = new Float32Array(data.length).fill(1)
  for (let i = order.length - 1; i >= 0; i--) {
    const cell = order[i]!
    if (receiver[cell] !== cell) accumulation[receiver[cell]!]! += accumulation[cell]!
  }
  return { receiver, distance, order, accumulation }
}

function flood({ size, data }: Field, isOutlet: (column: number, row: number) => boolean) {
  // Float64, since the tiny rise over a filled pit must survive on top of a thousand metres.
  const filled = Float64Array.from(data)
  const seen = new Uint8Array(data.length)
  const order = new Int32Array(data.length)
  const heap = new CellHeap(filled)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (!isOutlet(column, row)) continue
      seen[row * size + column] = 1
      heap.push(row * size + column)
    }
  }
  let count = 0
  while (heap.length > 0) {
    const cell = heap.pop()
    order[count++] = cell
    const column = cell % size
    const row = (cell - column) / size
    for (const [dx, dy] of NEIGHBOURS) {
      const x = column + dx
      const y = row + dy
      if (x < 0 || y < 0 || x >= size || y >= size) continue
      const other = y * size + x
      if (seen[other]) continue
      seen[other] = 1
      filled[other] = Math.max(filled[other]!, filled[cell]! + 1e-5)
      heap.push(other)
    }
  }
  return { filled, order: order.subarray(0, count) }
}

/** A binary heap of cells by height, lowest first. */
class CellHeap {
  private readonly cells: Int32Array
  length = 0

  constructor(private readonly heights: Float64Array) {
    this.cells = new Int32Array(heights.length + 1)
  }

  push(cell: number): void {
    const height = this.heights[cell]!
    let at = this.length++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.heights[this.cells[parent]!]! <= height) break
      this.cells[at] = this.cells[parent]!
      at = parent
    }
    this.cells[at] = cell
  }

  pop(): number {
    const top = this.cells[0]!
    const last = this.cells[--this.length]!
    const height = this.heights[last]!
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= this.length) break
      if (
        child + 1 < this.length &&
        this.heights[this.cells[child + 1]!]! < this.heights[this.cells[child]!]!
      ) {
        child++
      }
      if (this.heights[this.cells[child]!]! >= height) break
      this.cells[at] = this.cells[child]!
      at = child
    }
    this.cells[at] = last
    return top
  }
}
