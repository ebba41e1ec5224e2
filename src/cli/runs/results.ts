import type { GridPlace } from '../../core/export/mosaic'
import type { Done, RunInput } from './manifest'

/** What `report.json` of an input says of each of its results. */
export interface InputReport {
  outputs: {
    name: string
    width: number
    height: number
    mask: string
    probability: string
    disagreement?: string
    vectors?: { file: string; landslides: number }
    landslidePixels: number
    validPixels: number
  }[]
}

/** One raster of a result. */
export interface RunResult extends GridPlace {
  input: RunInput
  done: Done
  output: InputReport['outputs'][number]
}
