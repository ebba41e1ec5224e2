import { z } from 'zod'
import type { SwinConfig } from '../../models/swin/config'
import { swinEncoder } from '../../models/swin/encoder'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ParityCase } from '../parityCase'
import { bandsOf, type CaseNetwork, inputOf, noLogits } from './caseNetwork'
import { configOf } from './configOf'
import { imageSize } from './imageSize'
import { swinTable } from './swinTable'
import { weightTable } from './weightTable'

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
    dropPathOf: () => branch => branch,
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
