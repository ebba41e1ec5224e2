import { AppError } from '../../foundation/appError'
import type { SwinConfig } from '../../models/swin/config'
import { stageWindow } from '../../models/swin/stageWindow'
import type { WeightTable } from './weightTable'

/** No published window is larger than 24 tokens a side. */
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
