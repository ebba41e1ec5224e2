import { defaultTrainingConfig } from '../training/trainingConfig'
import { defaultPseudoLabelRule } from './pseudoLabel'
import type { RoundConfig } from './round'

/** A round of three networks; the method's defaults (docs/method.md), an effective batch of 16. */
export const defaultRoundConfig: RoundConfig = {
  ...defaultTrainingConfig,
  families: ['segformer', 'swin-unet', 'efficientnetv2-unet'],
  preset: 'tiny',
  pseudoLabel: defaultPseudoLabelRule,
  decisionThreshold: 0.5,
}

/**
 * Defaults of a round with networks of that size. The tiny ones are there for weak machines and software adapters:
 * eight crops of 64 pixels a step, an eighth of the pixels of the published sizes' sixteen patches.
 */
export function roundConfigFor(preset: string): RoundConfig {
  if (preset !== 'tiny') return { ...defaultRoundConfig, preset }
  return { ...defaultRoundConfig, preset, microBatch: 8, accumulate: 1, cropSize: 64 }
}
