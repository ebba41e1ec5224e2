/** One of the eight symmetries of the square: rows and columns exchanged or not, then reversed or not. */
export interface SquareSymmetry {
  transpose: boolean
  reverseRows: boolean
  reverseColumns: boolean
}

/** The flips and quarter turns; the first leaves everything as it is. */
export const SQUARE_SYMMETRIES: readonly SquareSymmetry[] = [false, true].flatMap(transpose =>
  [false, true].flatMap(reverseRows =>
    [false, true].map(reverseColumns => ({ transpose, reverseRows, reverseColumns })),
  ),
)

/** [width, height] of a raster after the symmetry. */
export function sizeAfter(symmetry: SquareSymmetry, width: number, height: number): [number, number] {
  return symmetry.transpose ? [height, width] : [width, height]
}

/**
 * Where each pixel comes from: entry i is the pixel of the original raster that the symmetry puts at pixel i.
 *
 * @param width and height of the original raster.
 * @returns [height x width], row by row of the new raster.
 */
export function originOfPixels(symmetry: SquareSymmetry, width: number, height: number): Int32Array {
  const [newWidth, newHeight] = sizeAfter(symmetry, width, height)
  const origin = new Int32Array(width * height)
  for (let y = 0; y < newHeight; y++) {
    const row = symmetry.reverseRows ? newHeight - 1 - y : y
    for (let x = 0; x < newWidth; x++) {
      const column = symmetry.reverseColumns ? newWidth - 1 - x : x
      origin[y * newWidth + x] = symmetry.transpose ? column * width + row : row * width + column
    }
  }
  return origin
}
