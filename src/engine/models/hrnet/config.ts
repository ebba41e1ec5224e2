import type { PresetOf } from '../../../core/rounds/networks'
/** A row of modules at one number of resolutions (STAGE2 to STAGE4 of the authors' configuration). */
export interface HrnetStage {
  modules: number
  block: 'basic' | 'bottleneck'
  /** Blocks of each branch, from the finest. */
  blocks: readonly number[]
  /** Width of each branch before a bottleneck's expansion, from the finest; one number per branch. */
  channels: readonly number[]
}

/** Shape of an HRNet with OCR head (Wang et al. 2020, Yuan et al. 2020), after the authors' MODEL configuration. */
export interface HrnetConfig {
  /** STAGE1, `layer1`: blocks on the quarter grid, before it branches. */
  layer1: { block: HrnetStage['block']; blocks: number; channels: number }
  /** STAGE2, STAGE3, STAGE4: each adds a branch of half the resolution. */
  stages: readonly HrnetStage[]
  /** Widths of the object-contextual representation: of the pixels' features, and of queries, keys and values. */
  ocr: { midChannels: number; keyChannels: number }
  /** Of every bilinear resize; the authors' default is true. */
  alignCorners: boolean
  normEpsilon: number
}

interface Shape {
  layer1: { blocks: number; channels: number }
  /** Of the finest branch; each coarser one is twice as wide. */
  width: number
  /** Of STAGE2, STAGE3, STAGE4. */
  modules: readonly [number, number, number]
  /** Of every branch. */
  blocks: number
  ocr: HrnetConfig['ocr']
}

function hrnet({ layer1, width, modules, blocks, ocr }: Shape): HrnetConfig {
  return {
    layer1: { block: 'bottleneck', ...layer1 },
    stages: modules.map((count, stage) => {
      const branches = stage + 2
      return {
        modules: count,
        block: 'basic',
        blocks: Array.from({ length: branches }, () => blocks),
        channels: Array.from({ length: branches }, (_, branch) => width * 2 ** branch),
      }
    }),
    ocr,
    alignCorners: true,
    normEpsilon: 1e-5,
  }
}

/** The authors' own for every width that they publish with OCR. */
const OCR = { midChannels: 512, keyChannels: 256 }

/**
 * The published sizes (the authors' experiments; timm `hrnet_w18_small`, `hrnet_w18_small_v2`, `hrnet_w18`) with the
 * authors' OCR widths, and `tiny` for tests and weak machines.
 */
export const HRNET_PRESETS = {
  tiny: hrnet({
    layer1: { blocks: 1, channels: 8 },
    width: 6,
    modules: [1, 1, 1],
    blocks: 1,
    ocr: { midChannels: 32, keyChannels: 16 },
  }),
  'hrnet-w18-small': hrnet({
    layer1: { blocks: 1, channels: 32 },
    width: 16,
    modules: [1, 1, 1],
    blocks: 2,
    ocr: OCR,
  }),
  'hrnet-w18-small-v2': hrnet({
    layer1: { blocks: 2, channels: 64 },
    width: 18,
    modules: [1, 3, 2],
    blocks: 2,
    ocr: OCR,
  }),
  'hrnet-w18': hrnet({
    layer1: { blocks: 4, channels: 64 },
    width: 18,
    modules: [1, 4, 3],
    blocks: 4,
    ocr: OCR,
  }),
} as const satisfies Record<PresetOf<'hrnet-ocr'>, HrnetConfig>
