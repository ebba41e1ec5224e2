import { z } from 'zod'
import { swinEncoder } from '../../models/swin/encoder'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ParityCase } from '../parityCase'
import { bandsOf, type CaseNetwork, inputOf, noLogits } from './caseNetwork'
import { configOf } from './configOf'
import { imageSize } from './imageSize'
import { swinShape } from './swinShape'
import { weightTable } from './weightTable'

const counts = z.array(z.number().int().positive())

const schema = z.looseObject({
  embed_dim: z.number().int().positive(),
  depths: counts,
  num_heads: counts,
  qkv_bias: z.literal(true).default(true),
  patch_norm: z.literal(true).default(true),
  nominal_img_size: imageSize.optional(),
})

/** Swin alone: `stage1` on (of the authors' code: after its output norms, and `pre1` on before them). */
export function swinCase(scope: ParameterScope, parity: ParityCase): CaseNetwork {
  const { nominal_img_size } = configOf(parity, schema)
  const table = weightTable(parity.weights)
  const [, , height = 0, width = 0] = inputOf(parity.inputs).shape
  // The authors merge patches at the end of a stage, timm at the start of the next; only they norm the outputs.
  const original = table.has('layers.0.downsample.reduction.weight')
  const nominal = original ? null : (nominal_img_size ?? [height, width])
  const { encode } = swinEncoder(scope.at('encoder').at('model'), swinShape(table, nominal), {
    bands: bandsOf(parity),
    padding: original ? 'original' : 'timm',
    dropPathOf: () => branch => branch,
  })
  return {
    forward: noLogits,
    outputs(inputs, mode) {
      const maps = encode(inputOf(inputs), mode)
      return Object.fromEntries(maps.map((map, i) => [`stage${i + 1}`, map]))
    },
  }
}
