import { defaultTrainingConfig } from '../training/trainingConfig'
import { defaultPseudoLabelRule } from './pseudoLabel'
import type { RoundConfig } from './round'

/** A round of three tiny networks, sized for a first impression on a weak GPU. */
export const defaultRoundConfig: RoundConfig = {
  ...defaultTrainingConfig,
  families: ['segformer', 'swin-unet', 'efficientnetv2-unet'],
  preset: 'tiny',
  pseudoLabel: defaultPseudoLabelRule,
  decisionThreshold: 0.5,
}
