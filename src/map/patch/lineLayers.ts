import type { Layer } from '@deck.gl/core'
import { LineLayer } from '@deck.gl/layers'
import type { Contours } from '../../core/patches/relief'

/** Every fifth line is stronger, as on paper maps. */
const INDEX_LINE = 5

const stride = 4 * Float32Array.BYTES_PER_ELEMENT

/** Both layers' attributes of the same lines, made once: typed arrays as deck.gl takes them without a copy. */
const prepared = new WeakMap<Contours, ReturnType<typeof prepare>>()

function prepare(lines: Contours) {
  const length = lines.levels.length
  const colours = new Uint8Array(length * 4)
  for (let line = 0; line < length; line++) {
    const strong = Math.round(lines.levels[line]! / lines.interval) % INDEX_LINE === 0
    colours.set([255, 238, 204, strong ? 235 : 140], line * 4)
  }
  const places = {
    getSourcePosition: { value: lines.segments, size: 2, stride, offset: 0 },
    getTargetPosition: { value: lines.segments, size: 2, stride, offset: stride / 2 },
  }
  return {
    casing: { length, attributes: places },
    lines: { length, attributes: { ...places, getColor: { value: colours, size: 4 } } },
  }
}

/** Contours in pixels of the raster: light lines on a dark casing, seen on snow and in shadow alike. */
export function contourLayers(prefix: string, contours: Contours | null): Layer[] {
  const known = contours && contours.levels.length > 0 ? contours : null
  const data = known && (prepared.get(known) ?? prepare(known))
  if (known && data) prepared.set(known, data)
  const shared = { visible: data !== null, widthUnits: 'pixels' as const }
  return [
    new LineLayer({
      ...shared,
      id: `${prefix}contour-casing`,
      data: data?.casing ?? [],
      getWidth: 2.6,
      getColor: [0, 0, 0, 90],
    }),
    new LineLayer({ ...shared, id: `${prefix}contours`, data: data?.lines ?? [], getWidth: 1.1 }),
  ]
}

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
  at: { column: number; row: number },
  { width, height }: { width: number; height: number },
): Stroke[] {
  const [column, row] = [Math.floor(at.column), Math.floor(at.row)]
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
