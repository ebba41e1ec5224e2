import type { SegmentationNetwork } from './network'

const TARGET = '_target'

/**
 * Gives the target domain the source's running statistics, and its scale and shift where they are separate: what LoveCS
 * does once, after the source-only warm-up. Layer norms keep no statistics and are untouched.
 */
export function copySourceStatisticsToTarget({ parameters }: Pick<SegmentationNetwork, 'parameters'>): void {
  for (const { name } of parameters.all()) {
    if (!name.endsWith(TARGET)) continue
    // A copy: two variables on one buffer would be disposed together.
    const value = parameters.get(name.slice(0, -TARGET.length)).variable.clone()
    parameters.assign(name, value)
    value.dispose()
  }
}
