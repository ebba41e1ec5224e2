import { AppError } from '../../../core/foundation/appError'
import type { PresetOf } from '../../../core/rounds/networks'

const KINDS = { cn: 'convolution', er: 'fused', ir: 'inverted' } as const

/** timm's multipliers of a family's first size. */
export interface ArchitectureScale {
  width: number
  depth: number
  /** Share of a width that rounding must leave; timm's 0.9 but for EfficientNetV2-B, 0. */
  roundLimit: number
}

/**
 * The blocks that timm builds of its architecture strings (`decode_arch_def`), a stage each: "ir_r3_k3_s2_e4_c96_se0.25"
 * is three MBConv with a 3 x 3 kernel, stride 2 in the first, expansion 4, 96 channels, and squeeze and excitation of a
 * quarter of the block's input. "cn" is skipped only where "_skip" says so, the others unless "_noskip" does; always
 * only where nothing changes shape.
 *
 * @param strings a stage each, or several for a stage of unlike blocks.
 * @param stem channels of the first block's input.
 * @throws AppError `bad-argument` for a string that is not of EfficientNetV2.
 */
export function blocksOfArchitecture(
  strings: readonly (string | readonly string[])[],
  stem: number,
  scale: ArchitectureScale = { width: 1, depth: 1, roundLimit: 0.9 },
): EfficientNetV2Block[][] {
  let width = stem
  return strings.map(stage => {
    const rows = (typeof stage === 'string' ? [stage] : stage).map(parse)
    const repeats = scaledRepeats(
      rows.map(row => row.repeats),
      scale.depth,
    )
    const specs = rows.flatMap((row, i) => Array.from({ length: repeats[i]! }, () => row))
    return specs.map((spec, index) => {
      const stride = index === 0 ? spec.stride : 1
      const out = roundChannels(spec.channels * scale.width, scale.roundLimit)
      const hidden = spec.kind === 'convolution' ? out : roundChannels(width * spec.expansion)
      const squeeze = roundHalfToEven(hidden * (spec.squeeze / spec.expansion))
      const skip = spec.skip && stride === 1 && width === out
      width = out
      return { kind: spec.kind, out, hidden, kernel: spec.kernel, stride, squeeze, skip }
    })
  })
}

/**
 * The nearest multiple of 8, at least 8, and 8 more where that would lose too much (timm `make_divisible`).
 *
 * @param limit the share that must be left.
 */
export function roundChannels(channels: number, limit = 0.9): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8)
  return rounded < limit * channels ? rounded + 8 : rounded
}

function parse(text: string) {
  const [head = '', ...options] = text.split('_')
  const kind = Object.hasOwn(KINDS, head) ? KINDS[head as keyof typeof KINDS] : undefined
  const numbers = new Map<string, number>()
  let skip = kind !== 'convolution'
  for (const option of options) {
    const [, name, value] = /^([a-z]+)(\d+(?:\.\d+)?)$/.exec(option) ?? []
    if (option === 'skip' || option === 'noskip') skip = option === 'skip' || kind === undefined
    else if (name && ['r', 'k', 's', 'e', 'c', 'se'].includes(name)) numbers.set(name, Number(value))
    else throw unreadable(text, `"${option}"`)
  }
  const number = (name: string) => numbers.get(name) ?? Number.NaN
  const stride = number('s')
  if (!kind || (stride !== 1 && stride !== 2)) throw unreadable(text, kind ? 'its stride' : `"${head}"`)
  const row = {
    kind,
    skip,
    stride: stride as 1 | 2,
    repeats: number('r'),
    kernel: number('k'),
    expansion: kind === 'convolution' ? 1 : number('e'),
    channels: number('c'),
    squeeze: kind === 'convolution' ? 0 : (numbers.get('se') ?? 0),
  }
  const missing = Object.entries(row).find(([, value]) => Number.isNaN(value))
  if (missing) throw unreadable(text, `its missing ${missing[0]}`)
  return row
}

function unreadable(text: string, what: string): AppError {
  return new AppError(
    'bad-argument',
    `"${text}" is not a stage of EfficientNetV2 because of ${what}. Give it as cn, er or ir with r, k, s, e, c and se.`,
  )
}

/** timm's `_scale_stage_depth` ('ceil'): the stage's total is scaled, and shared out from the last row. */
function scaledRepeats(repeats: readonly number[], multiplier: number): number[] {
  let left = repeats.reduce((a, b) => a + b, 0)
  let scaled = Math.ceil(left * multiplier)
  return [...repeats]
    .reverse()
    .map(count => {
      const share = Math.max(1, roundHalfToEven((count / left) * scaled))
      left -= count
      scaled -= share
      return share
    })
    .reverse()
}

/** As Python rounds. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value)
  if (value - floor !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

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
} as const satisfies Record<PresetOf<'efficientnetv2-unet'>, EfficientNetV2Config>
