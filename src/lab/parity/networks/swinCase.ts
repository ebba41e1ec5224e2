import { z } from '../../../core/foundation/schema'
import { pairOf, type SwinConfig } from '../../../engine/models/swin/config'
import { swinEncoder } from '../../../engine/models/swin/swinUnet'
import { stageWindow } from '../../../engine/models/swin/windowAttention'
import { relativePositionRows, shiftMask } from '../../../engine/nn/ops/windowAttention'
import type { ParameterScope } from '../../../engine/nn/parameterRegistry'
import type { ParityCase } from '../parityCase'
import { bandsOf, type CaseNetwork, configOf, imageSize, inputOf, noLogits, weightTable } from './caseNetwork'

const count = z.number().int().positive()

const schema = z.looseObject({
  patch_size: count.default(4),
  window_size: z
    .union([count, z.tuple([count, count]).refine(([rows, columns]) => rows === columns)])
    .transform(window => (typeof window === 'number' ? window : window[0])),
  embed_dim: count,
  depths: z.array(count),
  num_heads: z.array(count),
  mlp_ratio: z.number().positive().default(4),
  qkv_bias: z.literal(true).default(true),
  patch_norm: z.literal(true).default(true),
  nominal_img_size: imageSize.optional(),
})

/** Swin alone: `stage1` on (of the authors' code: after its output norms, and `pre1` on before them). */
export function swinCase(scope: ParameterScope, parity: ParityCase): CaseNetwork {
  const fields = configOf(parity, schema)
  const [, , height = 0, width = 0] = inputOf(parity.inputs).shape
  const config: Omit<SwinConfig, 'decoderChannels'> = {
    patch: fields.patch_size,
    width: fields.embed_dim,
    depths: fields.depths,
    heads: fields.num_heads,
    window: fields.window_size,
    mlpRatio: fields.mlp_ratio,
    nominalSize: fields.nominal_img_size ?? [height, width],
  }
  const original = isAuthorsCode(parity)
  const padding = original ? 'original' : 'timm'
  const { encode, normalise } = swinEncoder(scope.at('encoder').at('model'), config, {
    bands: bandsOf(parity),
    padding,
    outputNorms: original,
    dropPathOf: () => () => null,
  })
  return {
    forward: noLogits,
    outputs(inputs, mode) {
      const maps = encode(inputOf(inputs), mode)
      return Object.fromEntries([
        ...maps.map((map, i) => [`pre${i + 1}`, map] as const),
        ...normalise(maps).map((map, i) => [`stage${i + 1}`, map] as const),
      ])
    },
    table: name => swinTable(config, padding, name),
  }
}

/** The authors norm every output, and merge patches at the end of a stage; timm does so at the start of the next. */
function isAuthorsCode(parity: ParityCase): boolean {
  const table = weightTable(parity.weights)
  return table.has('norm0.weight') || table.has('layers.0.downsample.reduction.weight')
}

const NAME = /^layers[_.](\d+)\.blocks\.(\d+)\.(?:attn\.)?(relative_position_index|attn_mask)$/

/**
 * A table that a Swin block computes with: `relative_position_index` [tokens, tokens], the row of the bias table that
 * each pair of tokens takes; `attn_mask` [windows, tokens, tokens] of a shifted block on the nominal input.
 *
 * @returns row-major; null for any other name.
 */
function swinTable(
  config: Omit<SwinConfig, 'decoderChannels'>,
  padding: 'timm' | 'original',
  name: string,
): ArrayLike<number> | null {
  const [, stage, block, kind] = NAME.exec(name) ?? []
  if (!kind) return null
  const { window, shift } = stageWindow(config, Number(stage), padding)
  if (kind === 'relative_position_index') return relativePositionRows(window)
  if (Number(block) % 2 === 0) return null
  const [height, width] = pairOf(config.nominalSize).map((pixels, axis) => {
    const side = Math.floor(Math.floor(pixels / config.patch) / 2 ** Number(stage))
    return Math.ceil(side / window[axis]!) * window[axis]!
  })
  return shiftMask([height!, width!], window, shift)
}
