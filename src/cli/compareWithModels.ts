import { type DistributionReport, distributionGuard } from '../core/patches/distributionGuard'
import type { BandStatistics } from '../core/patches/statistics'
import { shiftStrength, statisticsShift } from '../core/patches/statisticsShift'
import type { TrainedStatistics } from './modelStatistics'

/** How an input lies to what some models were trained with. */
export interface ModelComparison extends DistributionReport {
  models: string[]
}

/** One comparison for each distinct training set; of a model's source and target, the nearer one counts. */
export function compareWithModels(
  input: BandStatistics,
  trained: readonly TrainedStatistics[],
): ModelComparison[] {
  return trained.flatMap(({ models, sets }) => {
    const fitting = sets.filter(({ mean }) => mean.length === input.mean.length)
    const distance = (set: BandStatistics) => shiftStrength(statisticsShift(input, set))
    const [nearest] = fitting.sort((a, b) => distance(a) - distance(b))
    return nearest ? [{ models, ...distributionGuard(input, nearest) }] : []
  })
}
