import type { Extent, Place, PlacedGroup } from './placement'

/**
 * The map's own plane: pixels of the finest raster, x to the right and y down from the extent's top left, so that
 * coordinates of millions of metres stay exact in the GPU's single precision and the camera is that of a patch.
 */
export class MapSpace {
  readonly width: number
  readonly height: number
  private readonly extent: Extent
  private readonly unit: number

  constructor({ extent, pixel }: Pick<PlacedGroup, 'extent' | 'pixel'>) {
    this.extent = extent
    this.unit = pixel
    this.width = (extent.right - extent.left) / pixel
    this.height = (extent.top - extent.bottom) / pixel
  }

  fromWorld([x, y]: Place): [number, number] {
    return [(x - this.extent.left) / this.unit, (this.extent.top - y) / this.unit]
  }

  toWorld([x, y]: readonly [number, number]): Place {
    return [this.extent.left + x * this.unit, this.extent.top - y * this.unit]
  }

  /** Units of the coordinate system in one screen pixel. */
  unitsPerPixel(zoom: number): number {
    return this.unit / 2 ** zoom
  }
}
