import type { RoundEvent } from '../../../core/refinement/roundInput'
import type { SavedCurve, UnfinishedRound } from '../../../storage/unfinishedRound'

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
