import { z } from 'zod'
import { AppError } from '../../foundation/appError'
import type { SegformerConfig } from '../../models/segformer/config'
import { decodeHead } from '../../models/segformer/decodeHead'
import { mixTransformer } from '../../models/segformer/mixTransformer'
import { resizeBilinear } from '../../nn/ops/resizeBilinear'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ParityCase } from '../parityCase'
import { bandsOf, type CaseNetwork, inputOf } from './caseNetwork'
import { configOf } from './configOf'

const perStage = z.array(z.number().int().positive()).min(1)

/** What our layers have built in, as the peers do. */
const TORCH_EPSILON = z.literal(1e-5).default(1e-5)

/** transformers' words for a SegFormer; NVlabs' epsilon differs between its norms. */
const schema = z.looseObject({
  num_labels: z.number().int().positive(),
  hidden_sizes: perStage,
  depths: perStage,
  sr_ratios: perStage,
  num_attention_heads: perStage,
  mlp_ratios: z.array(z.number().positive()).min(1),
  decoder_hidden_size: z.number().int().positive(),
  layer_norm_eps: z
    .union([
      z.number(),
      z.looseObject({
        block_norms_and_stage_norms: z.number(),
        patch_embed_norm: TORCH_EPSILON,
        sr_norm: TORCH_EPSILON,
      }),
    ])
    .optional(),
  batch_norm_eps: TORCH_EPSILON,
})

/** SegFormer: `stage1` to `stage4`, `logits` on the quarter grid, `logits_up` on the input's. */
export function segformerCase(scope: ParameterScope, parity: ParityCase): CaseNetwork {
  const fields = configOf(parity, schema)
  const config = shapeOf(fields)
  const encode = mixTransformer(scope.at('segformer').at('encoder'), config, {
    bands: bandsOf(parity),
    normEpsilon: normEpsilon(parity, fields.layer_norm_eps),
    dropPathOf: () => branch => branch,
  })
  const decode = decodeHead(scope.at('decode_head'), config, fields.num_labels)
  return {
    forward: (x, mode) => resizeBilinear(decode(encode(x, mode), mode), [x.shape[1], x.shape[2]]),
    outputs(inputs, mode) {
      const x = inputOf(inputs)
      const stages = encode(x, mode)
      const logits = decode(stages, mode)
      return {
        ...Object.fromEntries(stages.map((map, i) => [`stage${i + 1}`, map])),
        logits,
        logits_up: resizeBilinear(logits, [x.shape[1], x.shape[2]]),
      }
    },
  }
}

function shapeOf(fields: z.output<typeof schema>): SegformerConfig {
  const [mlpRatio, ...others] = fields.mlp_ratios
  if (mlpRatio === undefined || others.some(ratio => ratio !== mlpRatio))
    throw new AppError('model-invalid', 'MLP ratios that differ between stages are not supported.')
  return {
    hiddenSizes: fields.hidden_sizes,
    depths: fields.depths,
    reductions: fields.sr_ratios,
    heads: fields.num_attention_heads,
    mlpRatio,
    decoderWidth: fields.decoder_hidden_size,
  }
}

/** Of block and stage norms. transformers ignores the number in its config: torch's own 1e-5 holds everywhere. */
function normEpsilon(parity: ParityCase, given: z.output<typeof schema>['layer_norm_eps']): number {
  if (typeof given === 'object') return given.block_norms_and_stage_norms
  const inNvlabsNames = [...parity.weights.keys()].some(key => key.startsWith('backbone.'))
  return inNvlabsNames ? 1e-6 : 1e-5
}
