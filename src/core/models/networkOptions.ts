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
  /** Swin: the input side that timm's `img_size` is built for; windows are clamped to its maps. */
  nominalSize?: number
  /** HRNet-OCR: share of the head's channels that training drops; 0 (off) by default, 0.05 with the authors. */
  ocrDropout?: number
}
