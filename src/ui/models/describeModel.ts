import { FAMILY_TITLES } from '../../state/slices/roundsSlice'
import type { ModelSummary } from '../../worker/protocol'
import { formatScore } from '../formatScore'

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

/** Trainable values as people say them: "62.2K", "27.5M". */
export function formatParameters(parameters: number): string {
  return COMPACT.format(parameters)
}

export function originTitle({ origin, round }: Pick<ModelSummary, 'origin' | 'round'>): string {
  if (origin === 'round') return `Round ${round}`
  return origin === 'starter' ? 'Starter' : 'Imported'
}

/** "SegFormer tiny · 62.2K · 14 bands · F1 0.671 · Starter". */
export function describeModel(model: ModelSummary): string {
  return [
    networkTitle(model),
    formatParameters(model.parameters),
    `${model.bands} bands`,
    model.heldOutF1 === null ? 'no score' : `F1 ${formatScore(model.heldOutF1)}`,
    originTitle(model),
  ].join(' · ')
}

/** Family and preset; the preset alone where it names its family already ("segformer-b0"). */
export function networkTitle({ family, preset }: Pick<ModelSummary, 'family' | 'preset'>): string {
  return `${FAMILY_TITLES[family]} ${preset}`
}
