import type { PresetOf } from '../../../core/rounds/networks'
/** Shape of a ResNet v1.5 (He et al. 2016), in the words of torchvision. */
export interface ResNetConfig {
  /** basic: two 3 x 3; bottleneck: 1 x 1, 3 x 3 (which carries the stride), 1 x 1 to four times the width. */
  block: 'basic' | 'bottleneck'
  /** Channels of the stem, and of the first stage's blocks inside; they double at each stage. 64 when published. */
  width: number
  depths: readonly number[]
  decoderChannels: readonly number[]
}

const resnet = (block: ResNetConfig['block'], depths: readonly number[]): ResNetConfig => ({
  block,
  width: 64,
  depths,
  decoderChannels: [256, 128, 64, 32, 16],
})

/** The published sizes (paper, table 1), and `tiny` for tests and weak machines. */
export const RESNET_PRESETS = {
  tiny: { block: 'bottleneck', width: 8, depths: [1, 1, 1, 1], decoderChannels: [32, 24, 16, 12, 8] },
  resnet18: resnet('basic', [2, 2, 2, 2]),
  resnet34: resnet('basic', [3, 4, 6, 3]),
  resnet50: resnet('bottleneck', [3, 4, 6, 3]),
  resnet101: resnet('bottleneck', [3, 4, 23, 3]),
} as const satisfies Record<PresetOf<'resnet-unet'>, ResNetConfig>
