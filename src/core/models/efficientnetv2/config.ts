import { blocksOfArchitecture, roundChannels } from './architecture'

/** One block of an EfficientNetV2, every width spelt out. */
export interface EfficientNetV2Block {
  /** convolution: convolution, norm, SiLU; fused: Fused-MBConv; inverted: MBConv. timm's "cn", "er", "ir". */
  kind: 'convolution' | 'fused' | 'inverted'
  /** Channels that leave the block. */
  out: number
  /** Channels between expansion and projection; unused in 'convolution'. */
  hidden: number
  /** Side of the block's spatial convolution: `conv`, `conv_exp` or `conv_dw`. */
  kernel: number
  stride: 1 | 2
  /** Channels inside squeeze and excitation; 0: none. */
  squeeze: number
  /** Whether the input is added to the output; its shape is the same then. */
  skip: boolean
}

/** Shape of an EfficientNetV2 encoder (Tan and Le 2021) as timm builds it. */
export interface EfficientNetV2Config {
  /** Channels of the first convolution, 3 x 3 with stride 2. */
  stem: number
  stages: readonly (readonly EfficientNetV2Block[])[]
  /** 'same': TensorFlow's padding (timm's `tf_` models); 'symmetric': PyTorch's. They differ at stride 2. */
  padding: 'same' | 'symmetric'
  normEpsilon: number
  decoderChannels: readonly number[]
}

interface Size {
  stem: number
  architecture: readonly string[]
}

const TINY: Size = {
  stem: 8,
  architecture: [
    'cn_r1_k3_s1_e1_c8_skip',
    'er_r1_k3_s2_e2_c16',
    'er_r2_k3_s2_e2_c16',
    'ir_r2_k3_s2_e2_c24_se0.25',
    'ir_r1_k3_s1_e3_c32_se0.25',
    'ir_r2_k3_s2_e3_c40_se0.25',
  ],
}

const BASE: Size = {
  stem: 32,
  architecture: [
    'cn_r1_k3_s1_e1_c16_skip',
    'er_r2_k3_s2_e4_c32',
    'er_r2_k3_s2_e4_c48',
    'ir_r3_k3_s2_e4_c96_se0.25',
    'ir_r5_k3_s1_e6_c112_se0.25',
    'ir_r8_k3_s2_e6_c192_se0.25',
  ],
}

const SMALL: Size = {
  stem: 24,
  architecture: [
    'cn_r2_k3_s1_e1_c24_skip',
    'er_r4_k3_s2_e4_c48',
    'er_r4_k3_s2_e4_c64',
    'ir_r6_k3_s2_e4_c128_se0.25',
    'ir_r9_k3_s1_e6_c160_se0.25',
    'ir_r15_k3_s2_e6_c256_se0.25',
  ],
}

const MEDIUM: Size = {
  stem: 24,
  architecture: [
    'cn_r3_k3_s1_e1_c24_skip',
    'er_r5_k3_s2_e4_c48',
    'er_r5_k3_s2_e4_c80',
    'ir_r7_k3_s2_e4_c160_se0.25',
    'ir_r14_k3_s1_e6_c176_se0.25',
    'ir_r18_k3_s2_e6_c304_se0.25',
    'ir_r5_k3_s1_e6_c512_se0.25',
  ],
}

const WIDE = [256, 128, 64, 32, 16]

/** timm's `efficientnetv2_*`: PyTorch's padding and epsilon. */
const pytorch = ({ stem, architecture }: Size): EfficientNetV2Config => ({
  stem,
  stages: blocksOfArchitecture(architecture, stem),
  padding: 'symmetric',
  normEpsilon: 1e-5,
  decoderChannels: WIDE,
})

/** timm's `tf_efficientnetv2_*`: TensorFlow's padding and epsilon. */
const tensorflow = (size: Size): EfficientNetV2Config => ({
  ...pytorch(size),
  padding: 'same',
  normEpsilon: 1e-3,
})

/** timm's `tf_efficientnetv2_b1` to `_b3`, scaled from b0; widths round to the nearest 8, however far down. */
const scaledBase = (width: number, depth: number): EfficientNetV2Config => {
  const scale = { width, depth, roundLimit: 0 }
  const stem = roundChannels(BASE.stem * width, 0)
  return { ...tensorflow(BASE), stem, stages: blocksOfArchitecture(BASE.architecture, stem, scale) }
}

/** The published sizes, and `tiny` for tests and weak machines. A name without "tf-" is PyTorch's variant but for b*. */
export const EFFICIENTNETV2_PRESETS = {
  tiny: { ...pytorch(TINY), normEpsilon: 1e-3, decoderChannels: [32, 24, 16, 12, 8] },
  'efficientnetv2-b0': tensorflow(BASE),
  'efficientnetv2-b1': scaledBase(1, 1.1),
  'efficientnetv2-b2': scaledBase(1.1, 1.2),
  'efficientnetv2-b3': scaledBase(1.2, 1.4),
  'efficientnetv2-s': pytorch(SMALL),
  'efficientnetv2-m': pytorch(MEDIUM),
  'tf-efficientnetv2-s': tensorflow(SMALL),
  'tf-efficientnetv2-m': tensorflow(MEDIUM),
} as const satisfies Record<string, EfficientNetV2Config>
