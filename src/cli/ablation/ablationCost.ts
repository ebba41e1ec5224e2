import type { NetworkFamily } from '../../core/models/network'
import type { RoundConfig } from '../../core/refinement/round'

/** Time of a step of the tiny networks against ResNet's, measured on a software adapter; for the remaining time only. */
const RELATIVE: Record<NetworkFamily, number> = {
  'resnet-unet': 1,
  segformer: 1,
  'swin-unet': 1.6,
  'efficientnetv2-unet': 1.6,
  'hrnet-ocr': 3,
}

/** What a row costs, in steps of a ResNet at scale 1. */
export function ablationCost(config: RoundConfig, learnsFromTarget: boolean): number {
  const passes = learnsFromTarget ? 2 : 1
  const networks = config.families.reduce((sum, family) => sum + RELATIVE[family], 0)
  return config.steps * passes * networks * config.scale ** 2
}
