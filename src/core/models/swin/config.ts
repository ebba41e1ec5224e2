/** Shape of a Swin Transformer (Liu et al. 2021). */
export interface SwinConfig {
  /** Channels of the first stage; they double at each. */
  width: number
  depths: readonly number[]
  heads: readonly number[]
  window: number
  mlpRatio: number
  /** Side of the input that timm builds for: windows are clamped to its maps, and not shifted where one covers all. */
  nominalSize: number
  decoderChannels: readonly number[]
}

/** The published sizes that the method uses (timm `swin_*_patch4_window7_224`), and `tiny` for tests. */
export const SWIN_PRESETS = {
  tiny: {
    width: 16,
    depths: [2, 2, 2, 2],
    heads: [1, 2, 4, 4],
    window: 4,
    mlpRatio: 4,
    nominalSize: 128,
    decoderChannels: [32, 24, 16, 12, 8],
  },
  'swin-tiny': {
    width: 96,
    depths: [2, 2, 6, 2],
    heads: [3, 6, 12, 24],
    window: 7,
    mlpRatio: 4,
    nominalSize: 224,
    decoderChannels: [256, 128, 64, 32, 16],
  },
  'swin-small': {
    width: 96,
    depths: [2, 2, 18, 2],
    heads: [3, 6, 12, 24],
    window: 7,
    mlpRatio: 4,
    nominalSize: 224,
    decoderChannels: [256, 128, 64, 32, 16],
  },
} as const satisfies Record<string, SwinConfig>
