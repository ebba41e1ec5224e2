/** A place on the raster in pixels: column 0..width, row 0..height, pixel (0, 0) covers 0..1. */
export interface PixelPoint {
  column: number
  row: number
}
