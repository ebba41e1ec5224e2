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

export type NetworkFamily = 'segformer' | 'swin-unet' | 'efficientnetv2-unet' | 'resnet-unet' | 'hrnet-ocr'
