/** Every family, in the order in which they are listed and drawn. */
export const FAMILIES = ['segformer', 'swin-unet', 'efficientnetv2-unet', 'resnet-unet', 'hrnet-ocr'] as const

export type NetworkFamily = (typeof FAMILIES)[number]

/** The three of the winning entry, which a round trains unless others are chosen. */
export const ENSEMBLE_FAMILIES: readonly NetworkFamily[] = ['segformer', 'swin-unet', 'efficientnetv2-unet']

export const FAMILY_TITLES: Readonly<Record<NetworkFamily, string>> = {
  segformer: 'SegFormer',
  'swin-unet': 'Swin + U-Net',
  'efficientnetv2-unet': 'EffNetV2 + U-Net',
  'resnet-unet': 'ResNet + U-Net',
  'hrnet-ocr': 'HRNet + OCR',
}

/** The size that every family has. */
export const COMMON_PRESET = 'tiny'

/** Sizes of every family, smallest first; the engine's tables of them are checked against this list. */
export const PRESETS = {
  segformer: [
    'tiny',
    'segformer-b0',
    'segformer-b1',
    'segformer-b2',
    'segformer-b3',
    'segformer-b4',
    'segformer-b5',
  ],
  'swin-unet': ['tiny', 'swin-tiny', 'swin-small', 'swin-base'],
  'efficientnetv2-unet': [
    'tiny',
    'efficientnetv2-b0',
    'efficientnetv2-b1',
    'efficientnetv2-b2',
    'efficientnetv2-b3',
    'efficientnetv2-s',
    'efficientnetv2-m',
    'tf-efficientnetv2-s',
    'tf-efficientnetv2-m',
  ],
  'resnet-unet': ['tiny', 'resnet18', 'resnet34', 'resnet50', 'resnet101'],
  'hrnet-ocr': ['tiny', 'hrnet-w18-small', 'hrnet-w18-small-v2', 'hrnet-w18'],
} as const satisfies Record<NetworkFamily, readonly [typeof COMMON_PRESET, ...string[]]>

/** Name of a size of that family. */
export type PresetOf<Family extends NetworkFamily> = (typeof PRESETS)[Family][number]

/** Sizes that a browser can train, smallest first. */
export const BROWSER_PRESETS: { readonly [Family in NetworkFamily]: readonly PresetOf<Family>[] } = {
  segformer: ['tiny', 'segformer-b0', 'segformer-b1', 'segformer-b2'],
  'swin-unet': ['tiny', 'swin-tiny', 'swin-small'],
  'efficientnetv2-unet': ['tiny', 'efficientnetv2-b0', 'efficientnetv2-s'],
  'resnet-unet': ['tiny', 'resnet18', 'resnet50'],
  'hrnet-ocr': ['tiny', 'hrnet-w18-small', 'hrnet-w18-small-v2', 'hrnet-w18'],
}

/** The size of each family that is compared with others: the paper's, or the one that its authors publish most. */
export const PUBLISHED_PRESETS: { readonly [Family in NetworkFamily]: PresetOf<Family> } = {
  segformer: 'segformer-b2',
  'swin-unet': 'swin-tiny',
  'efficientnetv2-unet': 'efficientnetv2-s',
  'resnet-unet': 'resnet50',
  'hrnet-ocr': 'hrnet-w18',
}

/** Where the peers disagree, and what training may switch on. All optional: the defaults are the presets' own. */
export interface NetworkOptions {
  /**
   * Stochastic depth at the last block, rising linearly from 0 at the first; 0 (off) by default. The peers train with
   * 0.1 (SegFormer, Swin) and 0.2 (EfficientNetV2).
   */
  dropPath?: number
  /** Layer-norm epsilon of SegFormer's blocks and stages: 1e-5 as transformers (default), 1e-6 as NVlabs. */
  normEpsilon?: 'transformers' | 'nvlabs'
  /** Swin on maps that windows do not tile: roll, then pad as timm (default); or pad, then roll as the authors. */
  windowPadding?: 'timm' | 'original'
  /** Swin: the input's side, or [height, width], that timm's `img_size` is built for; windows are clamped to its maps. */
  nominalSize?: number | readonly [number, number]
  /** Swin: a layer norm on each stage's map, as the authors' segmentation code; none by default, as timm. */
  outputNorms?: boolean
  /** HRNet-OCR: share of the head's channels that training drops; 0 (off) by default, 0.05 with the authors. */
  ocrDropout?: number
  /**
   * Scale and shift of every batch normalisation: one for both domains, as LoveCS releases it (default), or one each
   * (DSBN: Chang et al. 2019), keys `weight_target` and `bias_target`.
   */
  affine?: 'shared' | 'separate'
  /**
   * Input further from 0 than this, in standard deviations, is cut to it (winsorised); off by default. A haze or a peak
   * beyond all that training showed then weighs no more than the strangest pixel it did show.
   */
  inputLimit?: number
}
