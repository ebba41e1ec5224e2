import type { DistributionLevel } from '../core/patches/distributionGuard'
import type { BandStatistics } from '../core/patches/statistics'

export interface PredictOutput {
  path: string
  name: string
  width: number
  height: number
  mask: string
  probability: string
  landslidePixels: number
  validPixels: number
}

/** What `report.json` of `scarp predict` says. */
export interface PredictReport {
  command: 'predict'
  backend: string
  adapter: string
  models: string[]
  threshold: number
  /** Scale promotion of each model. */
  scales: number[]
  /** Whether probabilities are means over the 8 flips and quarter turns. */
  flips: boolean
  statistics: BandStatistics
  /** How far the inputs lie from what each model was trained with; absent models record none. */
  distribution: { model: string; level: DistributionLevel; message: string }[]
  outputs: PredictOutput[]
  /** File name of the competition's zip, why there is none, or null where none was asked for. */
  submission: string | null
  refused: { path: string; code: string; message: string }[]
  remarks: { path: string; message: string }[]
  seconds: number
  /** Largest resident memory of the process, bytes. */
  peakMemory: number
}
