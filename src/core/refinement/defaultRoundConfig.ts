import { defaultTrainingConfig } from '../training/trainingConfig'
import { defaultPseudoLabelRule } from './pseudoLabel'
import type { RoundConfig } from './round'

/** A round of three networks; the method's defaults (docs/method.md), an effective batch of 16. */
export const defaultRoundConfig: RoundConfig = {
  ...defaultTrainingConfig,
  families: ['segformer', 'swin-unet', 'efficientnetv2-unet'],
  preset: 'tiny',
  pseudoLabel: defaultPseudoLabelRule,
  softPseudoLabels: true,
  separatedNormalisation: true,
  testTimeFlips: false,
  stopWhenChangedBelow: 0.001,
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

/**
 * A whole configuration from a part of one: fields that are absent or undefined, as in a configuration stored before
 * they existed, get the defaults of the networks' size.
 */
export function completeRoundConfig(part: Partial<RoundConfig>): RoundConfig {
  const defined = Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined))
  return { ...roundConfigFor(part.preset ?? defaultRoundConfig.preset), ...defined }
}
