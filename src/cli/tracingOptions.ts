import type { InventoryOptions } from '../core/inventory/inventory'
import type { ValuesOf } from './optionSpec'
import { number } from './optionSpec'

/** What may be changed on the way from pixels to polygons, for every command that writes them. */
export const TRACING_OPTIONS = {
  minArea: number(
    '<m2>',
    'leave out smaller landslides; pixels where their size is not known',
    0,
    Number.POSITIVE_INFINITY,
  )
    .default(0)
    .under('Polygons:'),
  fillHoles: number('<m2>', 'fill holes up to this size; pixels likewise', 0, Number.POSITIVE_INFINITY)
    .default(0)
    .under('Polygons:'),
  simplify: number(
    '<pixels>',
    'simplify outlines by up to this many pixels; areas stay those of the pixels',
    0,
    10,
  )
    .default(0)
    .under('Polygons:'),
}

export function tracingChoices(options: ValuesOf<typeof TRACING_OPTIONS>): InventoryOptions {
  return { minimumArea: options.minArea, fillHoles: options.fillHoles, simplify: options.simplify }
}
