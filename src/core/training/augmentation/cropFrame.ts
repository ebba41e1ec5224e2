import type { Augmentation } from './augmentation'

/**
 * Where the pixels of an augmented crop come from: pixel (x, y) lies at column + x columnPerX + y columnPerY of the
 * patch, and so for the row. Whole numbers where the angle is 0.
 */
export interface CropFrame {
  column: number
  row: number
  columnPerX: number
  columnPerY: number
  rowPerX: number
  rowPerY: number
}

/** The inverse of turning a crop of `side` pixels by its angle, flipping it left-right, and turning it by quarters. */
export function cropFrame(augmentation: Augmentation, side: number): CropFrame {
  const { column, row, angle, flip, turns } = augmentation
  // Where a step to the right and a step down lead, once the quarter turns and the flip are undone.
  const [cosine, sine] = QUARTERS[turns]!
  const mirror = flip ? -1 : 1
  const right = { u: mirror * cosine, v: sine }
  const down = { u: mirror * -sine, v: cosine }
  const radians = (angle * Math.PI) / 180
  const [cos, sin] = angle === 0 ? [1, 0] : [Math.cos(radians), Math.sin(radians)]
  const columnPerX = cos * right.u - sin * right.v
  const columnPerY = cos * down.u - sin * down.v
  const rowPerX = sin * right.u + cos * right.v
  const rowPerY = sin * down.u + cos * down.v
  const centre = (side - 1) / 2
  return {
    column: column + centre - centre * columnPerX - centre * columnPerY,
    row: row + centre - centre * rowPerX - centre * rowPerY,
    columnPerX,
    columnPerY,
    rowPerX,
    rowPerY,
  }
}

/** Cosine and sine of 0 to 3 quarter turns. */
const QUARTERS = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const
