import { z } from '../../../core/foundation/schema'
import type { SegformerConfig } from '../../../engine/models/segformer/config'
import { decodeHead } from '../../../engine/models/segformer/decodeHead'
import { mixTransformer } from '../../../engine/models/segformer/segformer'
import { resizeBilinear } from '../../../engine/nn/ops/resize'
import type { ParameterScope } from '../../../engine/nn/parameterRegistry'
import type { ParityCase } from '../parityCase'
import { bandsOf, type CaseNetwork, configOf, inputOf } from './caseNetwork'

const count = z.number().int().positive()
const counts = z.array(count).min(1)

/** What our layers fix, as the peers do. */
const TORCH_EPSILON = z.literal(1e-5).default(1e-5)

/** transformers' fields for a SegFormer; NVlabs' epsilon differs between its norms. */
const schema = z
  .looseObject({
    num_labels: count,
    hidden_sizes: counts,
    depths: counts,
    sr_ratios: counts,
    num_attention_heads: counts,
    mlp_ratios: z.array(z.number().positive()),
    patch_sizes: counts.default([7, 3, 3, 3]),
    strides: counts.default([4, 2, 2, 2]),
    decoder_hidden_size: count,
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
  .refine(
    ({ hidden_sizes, depths, sr_ratios, num_attention_heads, mlp_ratios, patch_sizes, strides }) =>
      [depths, sr_ratios, num_attention_heads, mlp_ratios, patch_sizes, strides].every(
        values => values.length >= hidden_sizes.length,
      ),
    'the lists are not of one number per stage',
  )
  .refine(
    ({ patch_sizes, paddings }) =>
      !Array.isArray(paddings) || patch_sizes.every((size, i) => paddings[i] === Math.floor(size / 2)),
    'paddings other than half the patch are not supported',
  )

/** SegFormer: `stage1` to `stage4`, `logits` on the quarter grid, `logits_up` on the input's. */
export function segformerCase(scope: ParameterScope, parity: ParityCase): CaseNetwork {
  const fields = configOf(parity, schema)
  const config: SegformerConfig = {
    hiddenSizes: fields.hidden_sizes,
    depths: fields.depths,
    reductions: fields.sr_ratios,
    heads: fields.num_attention_heads,
    mlpRatios: fields.mlp_ratios,
    patchSizes: fields.patch_sizes,
    strides: fields.strides,
    decoderWidth: fields.decoder_hidden_size,
  }
  const encode = mixTransformer(scope.at('segformer').at('encoder'), config, {
    bands: bandsOf(parity),
    normEpsilon: normEpsilon(parity, fields.layer_norm_eps),
    dropPathOf: () => () => null,
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

/** Of block and stage norms. transformers ignores the number in its config: torch's own 1e-5 applies everywhere. */
function normEpsilon(parity: ParityCase, given: z.output<typeof schema>['layer_norm_eps']): number {
  if (typeof given === 'object') return given.block_norms_and_stage_norms
  const inNvlabsNames = [...parity.weights.keys()].some(key => key.startsWith('backbone.'))
  return inNvlabsNames ? 1e-6 : 1e-5
}
