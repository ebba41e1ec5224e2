import type { NetworkFamily } from '../../core/models/network'
import type { RoundRecord } from '../../core/refinement/round'

/** One network of the round that is running. */
export interface LiveNetwork {
  step: number
  steps: number
  /** [step, loss], ascending. */
  losses: [number, number][]
  /** [step, landslide F1 on the held-out block or null where 0/0]. */
  heldOut: [number, number | null][]
}

/** What an analyst may set before a round; the rest are the method's defaults. */
export interface RoundSettings {
  steps: number
  families: NetworkFamily[]
  preset: string
  learningRate: number
  /** Patches in one forward pass. */
  microBatch: number
  /** Forward passes in one optimiser step. */
  accumulate: number
  seed: number
}

export interface RoundsSlice {
  /** Ascending by index; immutable. */
  rounds: readonly RoundRecord[]
  /** Curves of the running round, or of the last one that ran in this tab. */
  live: Readonly<Partial<Record<NetworkFamily, LiveNetwork>>> | null
  settings: RoundSettings
}

/** Every family, in the order in which they are listed and drawn. */
export const ALL_FAMILIES: readonly NetworkFamily[] = [
  'segformer',
  'swin-unet',
  'efficientnetv2-unet',
  'resnet-unet',
  'hrnet-ocr',
]

/** The three of the winning entry, which a round trains unless others are chosen. */
const ENSEMBLE_FAMILIES: readonly NetworkFamily[] = ['segformer', 'swin-unet', 'efficientnetv2-unet']

export const FAMILY_TITLES: Readonly<Record<NetworkFamily, string>> = {
  segformer: 'SegFormer',
  'swin-unet': 'Swin + U-Net',
  'efficientnetv2-unet': 'EffNetV2 + U-Net',
  'resnet-unet': 'ResNet + U-Net',
  'hrnet-ocr': 'HRNet + OCR',
}

/** The size that every family has; a round of one family may take that family's own. */
export const COMMON_PRESET = 'tiny'

/** Published sizes a browser can train, smallest first (`core/models`, whose own list comes with TensorFlow.js). */
export const FAMILY_PRESETS: Readonly<Record<NetworkFamily, readonly string[]>> = {
  segformer: ['segformer-b0', 'segformer-b1', 'segformer-b2'],
  'swin-unet': ['swin-tiny', 'swin-small'],
  'efficientnetv2-unet': ['efficientnetv2-b0', 'efficientnetv2-s'],
  'resnet-unet': ['resnet18', 'resnet50'],
  'hrnet-ocr': ['hrnet-w18-small', 'hrnet-w18-small-v2', 'hrnet-w18'],
}

/** Sizes that all chosen families have. */
export function presetsFor(families: readonly NetworkFamily[]): readonly string[] {
  const [only] = families
  return families.length === 1 && only ? [COMMON_PRESET, ...FAMILY_PRESETS[only]] : [COMMON_PRESET]
}

export const initialRoundsSlice: RoundsSlice = {
  rounds: [],
  live: null,
  settings: {
    steps: 60,
    families: [...ENSEMBLE_FAMILIES],
    preset: 'tiny',
    learningRate: 1e-3,
    microBatch: 8,
    accumulate: 1,
    seed: 1,
  },
}
