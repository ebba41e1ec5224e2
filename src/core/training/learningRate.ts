export interface LearningRateSchedule {
  /** Learning rate at the end of the warm-up. */
  peak: number
  /** Steps of linear warm-up; 0 for none. */
  warmupSteps: number
  /** Steps of the whole run, warm-up included. */
  steps: number
  /** Exponent of the decay: 1 is linear (SegFormer), 0.9 is DeepLab's. */
  power: number
}

/**
 * Linear warm-up, then polynomial decay to 0 just after the last step.
 *
 * @param step 0 for the first optimiser step. The first step's rate is never 0.
 */
export function learningRate(schedule: LearningRateSchedule, step: number): number {
  const { peak, steps, power } = schedule
  const warmup = Math.min(schedule.warmupSteps, Math.max(0, steps - 1))
  if (step < warmup) return (peak * (step + 1)) / (warmup + 1)
  const progress = (step - warmup) / Math.max(1, steps - warmup)
  return peak * Math.max(0, 1 - progress) ** power
}
