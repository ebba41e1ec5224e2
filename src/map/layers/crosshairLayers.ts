import type { Layer } from '@deck.gl/core'
import { LineLayer } from '@deck.gl/layers'

interface Stroke {
  from: [number, number]
  to: [number, number]
}

/** A box round a pixel and hair lines to the edges of the raster, light on a dark casing. */
export function crosshairLayers(
  prefix: string,
  pixel: { column: number; row: number } | null,
  raster: { width: number; height: number },
): Layer[] {
  const data = pixel ? strokes(pixel, raster) : []
  const shared = {
    data,
    visible: pixel !== null,
    widthUnits: 'pixels' as const,
    getSourcePosition: ({ from }: Stroke) => from,
    getTargetPosition: ({ to }: Stroke) => to,
  }
  return [
    new LineLayer<Stroke>({
      ...shared,
      id: `${prefix}crosshair-casing`,
      getWidth: 3,
      getColor: [0, 0, 0, 150],
    }),
    new LineLayer<Stroke>({
      ...shared,
      id: `${prefix}crosshair`,
      getWidth: 1.2,
      getColor: [255, 255, 255, 255],
    }),
  ]
}

function strokes(
  { column, row }: { column: number; row: number },
  { width, height }: { width: number; height: number },
): Stroke[] {
  const [right, below] = [column + 1, row + 1]
  const [x, y] = [column + 0.5, row + 0.5]
  const ends: [number, number, number, number][] = [
    [column, row, right, row],
    [right, row, right, below],
    [right, below, column, below],
    [column, below, column, row],
    [0, y, column, y],
    [right, y, width, y],
    [x, 0, x, row],
    [x, below, x, height],
  ]
  return ends.map(([x0, y0, x1, y1]) => ({ from: [x0, y0], to: [x1, y1] }))
}
