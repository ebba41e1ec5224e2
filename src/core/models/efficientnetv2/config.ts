/** A row of blocks of one kind, in the words of timm's architecture strings ("er_r2_k3_s2_e4_c32"). */
export interface EfficientNetV2Stage {
  /** convolution: 3 x 3, norm, SiLU; fused: Fused-MBConv; inverted: MBConv with squeeze and excitation. */
  kind: 'convolution' | 'fused' | 'inverted'
  repeats: number
  /** Of the first block; the others have 1. */
  stride: 1 | 2
  /** Width inside a block over the block's input. */
  expansion: number
  channels: number
}

/** Shape of an EfficientNetV2 encoder (Tan and Le 2021) as timm builds it. */
export interface EfficientNetV2Config {
  stem: number
  stages: readonly EfficientNetV2Stage[]
  /** 'same': TensorFlow's padding at stride 2 (timm's `tf_` models); 'symmetric': PyTorch's. */
  padding: 'same' | 'symmetric'
  normEpsilon: number
  decoderChannels: readonly number[]
}

/** Squeeze and excitation of MBConv: its width as a share of the block's input (timm `se0.25`). */
export const SQUEEZE_RATIO = 0.25

const stage = (
  kind: EfficientNetV2Stage['kind'],
  repeats: number,
  stride: 1 | 2,
  expansion: number,
  channels: number,
): EfficientNetV2Stage => ({ kind, repeats, stride, expansion, channels })

/** The published sizes that the method uses, and `tiny` for tests and weak machines. */
export const EFFICIENTNETV2_PRESETS = {
  tiny: {
    stem: 8,
    stages: [
      stage('convolution', 1, 1, 1, 8),
      stage('fused', 1, 2, 2, 16),
      stage('fused', 2, 2, 2, 16),
      stage('inverted', 2, 2, 2, 24),
      stage('inverted', 1, 1, 3, 32),
      stage('inverted', 2, 2, 3, 40),
    ],
    padding: 'symmetric',
    normEpsilon: 1e-3,
    decoderChannels: [32, 24, 16, 12, 8],
  },
  /** timm `tf_efficientnetv2_b0`. */
  'efficientnetv2-b0': {
    stem: 32,
    stages: [
      stage('convolution', 1, 1, 1, 16),
      stage('fused', 2, 2, 4, 32),
      stage('fused', 2, 2, 4, 48),
      stage('inverted', 3, 2, 4, 96),
      stage('inverted', 5, 1, 6, 112),
      stage('inverted', 8, 2, 6, 192),
    ],
    padding: 'same',
    normEpsilon: 1e-3,
    decoderChannels: [256, 128, 64, 32, 16],
  },
  /** timm `efficientnetv2_s`. */
  'efficientnetv2-s': {
    stem: 24,
    stages: [
      stage('convolution', 2, 1, 1, 24),
      stage('fused', 4, 2, 4, 48),
      stage('fused', 4, 2, 4, 64),
      stage('inverted', 6, 2, 4, 128),
      stage('inverted', 9, 1, 6, 160),
      stage('inverted', 15, 2, 6, 256),
    ],
    padding: 'symmetric',
    normEpsilon: 1e-5,
    decoderChannels: [256, 128, 64, 32, 16],
  },
} as const satisfies Record<string, EfficientNetV2Config>
