import { FAMILY_TITLES } from '../../state/slices/roundsSlice'
import type { ModelSummary } from '../../worker/protocol'

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

/** Trainable values as people say them: "62.2K", "27.5M". */
export function formatParameters(parameters: number): string {
  return COMPACT.format(parameters)
}

/** "SegFormer tiny · 62.2K · 14 bands". */
export function describeModel(model: ModelSummary): string {
  const { parameters, bands } = model
  return [networkTitle(model), formatParameters(parameters), `${bands} bands`].join(' · ')
}

/** "Swin + U-Net tiny". */
export function networkTitle({ family, preset }: Pick<ModelSummary, 'family' | 'preset'>): string {
  return `${FAMILY_TITLES[family]} ${preset}`
}
