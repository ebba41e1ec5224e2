import type { SavedCurve, UnfinishedRound } from '../../../core/review/records'
import type { NetworkFamily } from '../../../core/rounds/networks'
import type { RoundEvent } from '../../../engine'

const MOST_POINTS = 300

type Drawn = Extract<RoundEvent, { kind: 'loss' | 'held-out' }>

/** The curves with one more point; half of a curve's older points go when it grows long. */
export function addToCurve(curves: UnfinishedRound['curves'], event: Drawn): UnfinishedRound['curves'] {
  const before: SavedCurve = curves[event.family] ?? { steps: 0, losses: [], heldOut: [] }
  if (event.kind === 'held-out') {
    const heldOut = [
      ...before.heldOut.filter(([step]) => step < event.step),
      point(event.step, event.metrics.f1),
    ]
    return { ...curves, [event.family]: { ...before, heldOut } }
  }
  // Steps after the last save are taken again when a round is resumed.
  const losses = [...before.losses.filter(([step]) => step < event.step), point(event.step, event.loss)]
  const thinned = losses.length > MOST_POINTS ? losses.filter((_, i) => i % 2 === 0) : losses
  return { ...curves, [event.family]: { ...before, steps: event.steps, losses: thinned } }
}

function point<Value>(step: number, value: Value): [number, Value] {
  return [step, value]
}

const WINDOW = 10_000

const INTERVAL = 1000

export interface TrainingPace {
  /** A step of the family ended: seconds a step over the last ten, or null where it is too early to say again. */
  step(family: NetworkFamily): number | null
}

/** Measures how fast a network learns. @param now a clock in milliseconds. */
export function createTrainingPace(now: () => number): TrainingPace {
  let family: NetworkFamily | null = null
  let marks: number[] = []
  let reported = 0
  return {
    step(current) {
      const at = now()
      if (current !== family) marks = []
      family = current
      marks.push(at)
      while (marks.length > 2 && at - marks[1]! > WINDOW) marks.shift()
      const first = marks[0]!
      if (at === first || at - reported < INTERVAL) return null
      reported = at
      return (at - first) / 1000 / (marks.length - 1)
    },
  }
}
/** When the state of a network is to be saved: so often that little is lost, so seldom that saving costs little. */
export interface SaveClock {
  due(): boolean
  /** Runs a save and restarts the clock when it is over. */
  around<T>(save: () => Promise<T>): Promise<T>
}

/** Saving takes at most a tenth of the time, unless that would leave more than this many seconds unsaved. */
const LONGEST_SECONDS = 45

const SHARE = 0.1

/**
 * @param seconds between two saves.
 * @param now a clock in milliseconds.
 */
export function createSaveClock(seconds: number, now: () => number): SaveClock {
  let last = now()
  let wait = seconds * 1000
  return {
    due: () => now() - last >= wait,
    async around(save) {
      const begin = now()
      try {
        return await save()
      } finally {
        last = now()
        const slow = (last - begin) / SHARE
        wait = Math.max(seconds * 1000, Math.min(slow, LONGEST_SECONDS * 1000))
      }
    },
  }
}
