import type { PresetOf } from '../../../core/rounds/networks'
/** A length along the rows and one along the columns; a number: both. */
export type Extent = number | readonly [number, number]

/** Shape of a Swin Transformer (Liu et al. 2021). */
export interface SwinConfig {
  /** Side of a patch in pixels, the stride of the first map. */
  patch: number
  /** Channels of the first stage; they double at each. */
  width: number
  depths: readonly number[]
  heads: readonly number[]
  /** Tokens on a window's side. */
  window: number
  /** Width inside the MLP over the block's; the product is cut to a whole number. */
  mlpRatio: number
  /**
   * Pixels of the input that timm builds for (`img_size`): on each axis windows are clamped to its maps, and not shifted
   * where one covers the map. The authors' code knows no such size.
   */
  nominalSize: Extent
  decoderChannels: readonly number[]
}

const published = (width: 96 | 128, depths: readonly number[], heads: readonly number[]): SwinConfig => ({
  patch: 4,
  width,
  depths,
  heads,
  window: 7,
  mlpRatio: 4,
  nominalSize: 224,
  decoderChannels: [256, 128, 64, 32, 16],
})

/** The published sizes (timm `swin_*_patch4_window7_224`), and `tiny` for tests. */
export const SWIN_PRESETS = {
  tiny: {
    patch: 4,
    width: 16,
    depths: [2, 2, 2, 2],
    heads: [1, 2, 4, 4],
    window: 4,
    mlpRatio: 4,
    nominalSize: 128,
    decoderChannels: [32, 24, 16, 12, 8],
  },
  'swin-tiny': published(96, [2, 2, 6, 2], [3, 6, 12, 24]),
  'swin-small': published(96, [2, 2, 18, 2], [3, 6, 12, 24]),
  'swin-base': published(128, [2, 2, 18, 2], [4, 8, 16, 32]),
} as const satisfies Record<PresetOf<'swin-unet'>, SwinConfig>

/** [rows, columns]. */
export function pairOf(extent: Extent): readonly [number, number] {
  return typeof extent === 'number' ? [extent, extent] : extent
}
