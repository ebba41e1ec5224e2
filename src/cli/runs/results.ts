import type { GridPlace } from '../../core/export/mosaic'
import type { PredictOutput } from '../predictPatchFiles'
import type { Done, RunInput } from './manifest'

/** What `report.json` of an input says of each of its results. */
export interface InputReport {
  outputs: Pick<
    PredictOutput,
    | 'name'
    | 'width'
    | 'height'
    | 'mask'
    | 'probability'
    | 'disagreement'
    | 'vectors'
    | 'landslidePixels'
    | 'validPixels'
  >[]
}

/** One raster of a result. */
export interface RunResult extends GridPlace {
  input: RunInput
  done: Done
  output: InputReport['outputs'][number]
}
