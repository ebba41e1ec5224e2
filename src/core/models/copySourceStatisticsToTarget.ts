import { RUNNING_STATISTICS } from '../nn/layers/crossSensorNormalisation'
import type { SegmentationNetwork } from './network'

/**
 * Gives the target domain the source's running statistics: what LoveCS does once, after the source-only warm-up.
 * Layer norms keep no statistics and are untouched.
 */
export function copySourceStatisticsToTarget({ parameters }: Pick<SegmentationNetwork, 'parameters'>): void {
  for (const { name } of parameters.all()) {
    for (const kind of ['mean', 'variance'] as const) {
      const source = RUNNING_STATISTICS.source[kind]
      if (!name.endsWith(`.${source}`)) continue
      const target = name.slice(0, -source.length) + RUNNING_STATISTICS.target[kind]
      // A copy: two variables on one buffer would be disposed together.
      const value = parameters.get(name).variable.clone()
      parameters.assign(target, value)
      value.dispose()
    }
  }
}
