import { AppError } from '../../../core/foundation/appError'
import type { EfficientNetV2Block, EfficientNetV2Config } from '../../../engine/models/efficientnetv2/config'
import type { ResNetConfig } from '../../../engine/models/resnet/config'
import type { SwinConfig } from '../../../engine/models/swin/config'
import { stageWindow } from '../../../engine/models/swin/windowAttention'
import type { WeightTable } from './caseNetwork'

type Stride = EfficientNetV2Block['stride']

/** First strides of the stages of every published EfficientNetV2 (Tan and Le 2021, table 4). */
const PUBLISHED: readonly Stride[] = [1, 2, 2, 2, 1, 2, 1]

/**
 * The stages of an EfficientNetV2 encoder, from its weights: kinds, kernels and widths are extents of the tensors.
 * Strides leave no trace there: the published ones are used if they give the encoder's channels, else those that do.
 *
 * @param channels of the encoder's five maps, where the case states them.
 * @throws AppError `model-invalid` for blocks of another kind, and for channels that no strides give.
 */
export function efficientNetV2Shape(
  table: WeightTable,
  channels?: readonly number[],
): Pick<EfficientNetV2Config, 'stem' | 'stages'> {
  const [stem = 0] = table.shape('conv_stem.weight')
  let width = stem
  const rows = Array.from({ length: table.count('blocks.') }, (_, stage) =>
    Array.from({ length: table.count(`blocks.${stage}.`) }, (_, index) => {
      const block = blockOf(table, `blocks.${stage}.${index}`, width)
      width = block.out
      return block
    }),
  )
  const fits = (strides: readonly Stride[]) =>
    strides.length === rows.length && (!channels || mapChannels(rows, strides).join() === channels.join())
  const strides = [PUBLISHED.slice(0, rows.length), ...everyStride(rows.length)].find(fits)
  if (!strides)
    throw new AppError('model-invalid', `No strides give maps of ${channels?.join(', ')} channels.`)
  return { stem, stages: rows.map((row, stage) => withStride(row, strides[stage]!)) }
}

/** A block at stride 1. */
function blockOf(table: WeightTable, name: string, input: number): EfficientNetV2Block {
  const has = (part: string) => table.has(`${name}.${part}.weight`)
  const extents = (part: string) => table.shape(`${name}.${part}.weight`) as [number, number, number, number]
  const squeeze = has('se.conv_reduce') ? extents('se.conv_reduce')[0] : 0
  if (has('conv')) {
    const [out, , kernel] = extents('conv')
    return { kind: 'convolution', out, hidden: out, kernel, stride: 1, squeeze, skip: out === input }
  }
  const inverted = has('conv_pw')
  const [hidden, , kernel] = extents(inverted ? 'conv_dw' : 'conv_exp')
  const [out] = extents('conv_pwl')
  const kind = inverted ? 'inverted' : 'fused'
  return { kind, out, hidden, kernel, stride: 1, squeeze, skip: out === input }
}

function withStride([first, ...others]: EfficientNetV2Block[], stride: Stride): EfficientNetV2Block[] {
  return first ? [{ ...first, stride, skip: first.skip && stride === 1 }, ...others] : []
}

/** A map is complete before the next halving, and at the end. */
function mapChannels(rows: readonly EfficientNetV2Block[][], strides: readonly Stride[]): number[] {
  return rows.filter((_, stage) => strides[stage + 1] !== 1).map(row => row.at(-1)?.out ?? 0)
}

/** Strides of which at most four are 2: with the stem's, the deepest map is at stride 32. */
function everyStride(stages: number): Stride[][] {
  if (stages === 0) return [[]]
  return everyStride(stages - 1)
    .flatMap((before): Stride[][] => [
      [...before, 1],
      [...before, 2],
    ])
    .filter(strides => strides.filter(stride => stride === 2).length <= 4)
}

/** The shape of a ResNet encoder, from its weights alone; without a decoder. */
export function resnetShape(table: WeightTable): ResNetConfig {
  return {
    block: table.has('layer1.0.conv3.weight') ? 'bottleneck' : 'basic',
    width: table.shape('conv1.weight')[0]!,
    depths: [1, 2, 3, 4].map(stage => table.count(`layer${stage}.`)),
    decoderChannels: [],
  }
}

/** No published window is wider than 24 tokens. */
const LARGEST_WINDOW = 64

/**
 * The shape of one of timm's Swin encoders, from its weights alone: widths, depths, heads and MLP are extents, and the
 * window is the one whose bias tables have the weights' sizes.
 *
 * @param nominalSize [height, width] of the input that timm was built for, which clamps windows.
 */
export function swinShape(
  table: WeightTable,
  nominalSize: readonly [number, number],
): Omit<SwinConfig, 'decoderChannels'> {
  const [width = 0, , patch = 0] = table.shape('patch_embed.proj.weight')
  const layers = table.count('layers_') > 0 ? 'layers_' : 'layers.'
  const stages = Array.from({ length: table.count(layers) }, (_, stage) => `${layers}${stage}.blocks.`)
  const biases = stages.map(stage => table.shape(`${stage}0.attn.relative_position_bias_table`))
  const [hidden = 0] = table.shape(`${stages[0]}0.mlp.fc1.weight`)
  return {
    patch,
    width,
    depths: stages.map(stage => table.count(stage)),
    heads: biases.map(([, heads]) => heads!),
    window: windowOf(
      biases.map(([rows]) => rows!),
      { patch, nominalSize },
    ),
    // The product with the width is cut to a whole number: a rounded quotient must not cut one off.
    mlpRatio: (hidden + 1e-6) / width,
    nominalSize,
  }
}

function windowOf(tables: readonly number[], config: Pick<SwinConfig, 'patch' | 'nominalSize'>): number {
  for (let window = 1; window <= LARGEST_WINDOW; window++) {
    const expected = tables.map((_, stage) => {
      const [rows, columns] = stageWindow({ ...config, window }, stage, 'timm').window
      return (2 * rows - 1) * (2 * columns - 1)
    })
    if (expected.join() === tables.join()) return window
  }
  throw new AppError('model-invalid', `No window gives bias tables of ${tables.join(', ')} rows.`)
}
