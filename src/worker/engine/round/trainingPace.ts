import type { NetworkFamily } from '../../../core/models/network'

const WINDOW = 10_000
const INTERVAL = 1000

export interface TrainingPace {
  /** A sample was loaded for training. */
  sample(): void
  /** A step of the family ended: samples a second over the last ten, or null where it is too early to say again. */
  step(family: NetworkFamily): number | null
}

/** Measures how many samples a second a network learns from. @param now a clock in milliseconds. */
export function createTrainingPace(now: () => number): TrainingPace {
  let loaded = 0
  let family: NetworkFamily | null = null
  let marks: { at: number; loaded: number }[] = []
  let told = 0
  return {
    sample() {
      loaded++
    },
    step(current) {
      const at = now()
      if (current !== family) marks = []
      family = current
      marks.push({ at, loaded })
      while (marks.length > 2 && at - marks[1]!.at > WINDOW) marks.shift()
      const first = marks[0]!
      if (at === first.at || at - told < INTERVAL) return null
      told = at
      return ((loaded - first.loaded) / (at - first.at)) * 1000
    },
  }
}
