import { AppError } from '../../foundation/appError'
import type { EfficientNetV2Block, EfficientNetV2Config } from '../../models/efficientnetv2/config'
import type { WeightTable } from './weightTable'

type Stride = EfficientNetV2Block['stride']

/** First strides of the stages of every published EfficientNetV2 (Tan and Le 2021, table 4). */
const PUBLISHED: readonly Stride[] = [1, 2, 2, 2, 1, 2, 1]

/**
 * The stages of an EfficientNetV2 encoder, from its weights: kinds, kernels and widths are extents of the tensors.
 * Strides leave no trace there: the published ones are taken if they give the encoder's channels, else those that do.
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

/** Strides of which four at most are 2: with the stem's, the deepest map lies at stride 32. */
function everyStride(stages: number): Stride[][] {
  if (stages === 0) return [[]]
  return everyStride(stages - 1)
    .flatMap((before): Stride[][] => [
      [...before, 1],
      [...before, 2],
    ])
    .filter(strides => strides.filter(stride => stride === 2).length <= 4)
}
