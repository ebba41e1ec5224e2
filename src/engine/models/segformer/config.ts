import type { PresetOf } from '../../../core/rounds/networks'
/** Shape of a SegFormer (Xie et al. 2021), in the words of transformers' `SegformerConfig`. */
export interface SegformerConfig {
  hiddenSizes: readonly number[]
  depths: readonly number[]
  /** Stride of the convolution that shrinks keys and values, per stage. */
  reductions: readonly number[]
  heads: readonly number[]
  /** Width inside the feed-forward network over the stage's. */
  mlpRatios: readonly number[]
  /** Side of the convolution that begins a stage, padded by its half. */
  patchSizes: readonly number[]
  strides: readonly number[]
  decoderWidth: number
}

const COMMON = { mlpRatios: [4, 4, 4, 4], patchSizes: [7, 3, 3, 3], strides: [4, 2, 2, 2] }

const mixTransformer = (
  width: 32 | 64,
  depths: readonly number[],
  decoderWidth: 256 | 768,
): SegformerConfig => ({
  hiddenSizes: width === 32 ? [32, 64, 160, 256] : [64, 128, 320, 512],
  depths,
  reductions: [8, 4, 2, 1],
  heads: [1, 2, 5, 8],
  ...COMMON,
  decoderWidth,
})

/** The published sizes (paper, table 7), and `tiny` for tests and weak machines. */
export const SEGFORMER_PRESETS = {
  tiny: {
    hiddenSizes: [8, 16, 24, 32],
    depths: [1, 1, 1, 1],
    reductions: [8, 4, 2, 1],
    heads: [1, 1, 2, 2],
    ...COMMON,
    decoderWidth: 32,
  },
  'segformer-b0': mixTransformer(32, [2, 2, 2, 2], 256),
  'segformer-b1': mixTransformer(64, [2, 2, 2, 2], 256),
  'segformer-b2': mixTransformer(64, [3, 4, 6, 3], 768),
  'segformer-b3': mixTransformer(64, [3, 4, 18, 3], 768),
  'segformer-b4': mixTransformer(64, [3, 8, 27, 3], 768),
  'segformer-b5': mixTransformer(64, [3, 6, 40, 3], 768),
} as const satisfies Record<PresetOf<'segformer'>, SegformerConfig>
