import { IGNORE, LANDSLIDE } from '../../core/patches/patch'
import type { PixelWindow } from '../../core/raster/rasterSource'

type Values = Uint8Array | Float32Array

/** A raster of a cell at a step: one value for a box of step x step pixels of the scene. */
export interface PyramidLevel<V extends Values = Values> {
  /** Of the first box, in boxes from the scene's corner. */
  column: number
  row: number
  width: number
  height: number
  values: V
}

/** Levels of a raster by step. What stands out in a box is its value, so that it is still seen from afar. */
export type CellPyramid<V extends Values = Values> = ReadonlyMap<number, PyramidLevel<V>>

/** Steps from which on a pyramid is small; a whole scene's fit in memory. */
export const COARSE_STEP = 4

const COARSEST = 256

/** Landslide, then ignore, then background: the value of a box of mask. */
export function strongerMask(a: number, b: number): number {
  if (a === LANDSLIDE || b === LANDSLIDE) return LANDSLIDE
  return a === IGNORE || b === IGNORE ? IGNORE : 0
}

/** The larger of two values; NaN is none. */
export function strongerValue(a: number, b: number): number {
  return a >= b || Number.isNaN(b) ? a : b
}

/**
 * @param values [height, width] of the window
 * @param from the first step that is kept
 */
export function makePyramid<V extends Values>(values: V, window: PixelWindow, from: number): CellPyramid<V> {
  const levels = new Map<number, PyramidLevel<V>>()
  let level: PyramidLevel<V> = { ...window, values }
  for (let step = 1; ; step *= 2) {
    if (step >= from) levels.set(step, level)
    if (step === COARSEST) return levels
    level = halved(level)
  }
}

function halved<V extends Values>(level: PyramidLevel<V>): PyramidLevel<V> {
  const column = level.column >> 1
  const row = level.row >> 1
  const width = ((level.column + level.width - 1) >> 1) - column + 1
  const height = ((level.row + level.height - 1) >> 1) - row + 1
  const half = { column, row, width, height, values: emptyLike(level.values, width * height) }
  // A loop for each: one for both takes twice the time of either, and a whole scene's rasters pass through in the window.
  if (level.values instanceof Uint8Array) halveMask(level as PyramidLevel<Uint8Array>, half)
  else halveValues(level as PyramidLevel<Float32Array>, half)
  return half
}

function halveMask(
  { values, width, height, column, row }: PyramidLevel<Uint8Array>,
  half: PyramidLevel,
): void {
  for (let y = 0, at = 0; y < height; y++) {
    const to = (((row + y) >> 1) - half.row) * half.width - half.column
    for (let x = column; x < column + width; x++, at++) {
      const value = values[at]!
      if (value === 0) continue
      const box = to + (x >> 1)
      half.values[box] = strongerMask(half.values[box]!, value)
    }
  }
}

function halveValues(
  { values, width, height, column, row }: PyramidLevel<Float32Array>,
  half: PyramidLevel,
): void {
  for (let y = 0, at = 0; y < height; y++) {
    const to = (((row + y) >> 1) - half.row) * half.width - half.column
    for (let x = column; x < column + width; x++, at++) {
      const box = to + (x >> 1)
      half.values[box] = strongerValue(half.values[box]!, values[at]!)
    }
  }
}

/** Puts a level into a tile's raster where they meet; boxes on a border get the stronger of both cells. */
export function putLevel<V extends Values>(level: PyramidLevel<V>, tile: PyramidLevel<V>): void {
  const left = Math.max(level.column, tile.column)
  const right = Math.min(level.column + level.width, tile.column + tile.width)
  const top = Math.max(level.row, tile.row)
  const bottom = Math.min(level.row + level.height, tile.row + tile.height)
  const stronger = strongerOf(level.values)
  for (let y = top; y < bottom; y++) {
    const from = (y - level.row) * level.width - level.column
    const to = (y - tile.row) * tile.width - tile.column
    for (let x = left; x < right; x++) {
      tile.values[to + x] = stronger(tile.values[to + x]!, level.values[from + x]!)
    }
  }
}

/** Nothing there yet: background, or no value. */
export function emptyLike<V extends Values>(values: V, length: number): V {
  if (values instanceof Uint8Array) return new Uint8Array(length) as V
  return new Float32Array(length).fill(Number.NaN) as V
}

function strongerOf(values: Values): (a: number, b: number) => number {
  return values instanceof Uint8Array ? strongerMask : strongerValue
}

export function pyramidBytes(pyramid: CellPyramid): number {
  let bytes = 0
  for (const { values } of pyramid.values()) bytes += values.byteLength
  return bytes
}
