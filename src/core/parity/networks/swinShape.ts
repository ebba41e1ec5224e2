import { AppError } from '../../foundation/appError'
import type { SwinConfig } from '../../models/swin/config'
import type { WeightTable } from './weightTable'

/** Pixels a side of a token: what our encoder has built in, as every published Swin. */
const PATCH = 4

/**
 * The shape of a Swin encoder, without a decoder, from its weights alone: widths, depths, heads and MLP are extents, and the window is
 * the one whose bias tables have the weights' sizes.
 *
 * @param nominal [height, width] of the input that timm was built for, which clamps windows; null: the authors' code,
 *   which does not.
 */
export function swinShape(table: WeightTable, nominal: readonly [number, number] | null): SwinConfig {
  const [width = 0, , patch] = table.shape('patch_embed.proj.weight')
  if (patch !== PATCH)
    throw new AppError('model-invalid', `Patches of ${patch} x ${patch} pixels are not supported.`)
  const layers = table.count('layers_') > 0 ? 'layers_' : 'layers.'
  const stages = Array.from({ length: table.count(layers) }, (_, stage) => `${layers}${stage}.blocks.`)
  const biases = stages.map(stage => table.shape(`${stage}0.attn.relative_position_bias_table`))
  const [hidden = 0] = table.shape(`${stages[0]}0.mlp.fc1.weight`)
  return {
    width,
    depths: stages.map(stage => table.count(stage)),
    heads: biases.map(([, heads]) => heads!),
    window: windowOf(
      biases.map(([offsets]) => offsets!),
      nominal,
    ),
    mlpRatio: hidden / width,
    nominalSize: nominal?.[0] ?? 0,
    decoderChannels: [],
  }
}

function windowOf(offsets: readonly number[], nominal: readonly [number, number] | null): number {
  const largest = nominal ? Math.max(...nominal) / PATCH : 64
  for (let window = 1; window <= largest; window++) {
    const side = (axis: 0 | 1, stage: number) =>
      nominal ? Math.min(window, Math.floor(nominal[axis] / PATCH / 2 ** stage)) : window
    const expected = offsets.map((_, stage) => (2 * side(0, stage) - 1) * (2 * side(1, stage) - 1))
    if (expected.join() === offsets.join()) return window
  }
  throw new AppError('model-invalid', `No window gives bias tables of ${offsets.join(', ')} rows.`)
}
