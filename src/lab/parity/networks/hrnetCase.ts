import { z } from '../../../core/foundation/schema'
import type { HrnetConfig, HrnetStage } from '../../../engine/models/hrnet/config'
import { hrnetOcr } from '../../../engine/models/hrnet/hrnetOcr'
import type { ParameterScope } from '../../../engine/nn/parameterRegistry'
import type { ParityCase } from '../parityCase'
import { bandsOf, type CaseNetwork, configOf, inputOf } from './caseNetwork'

const block = z.enum(['BASIC', 'BOTTLENECK']).transform((name): HrnetStage['block'] => {
  return name === 'BASIC' ? 'basic' : 'bottleneck'
})
const count = z.number().int().positive()

const first = z.looseObject({
  BLOCK: block,
  NUM_BLOCKS: z.array(count).length(1),
  NUM_CHANNELS: z.array(count).length(1),
})
const later = z.looseObject({
  NUM_MODULES: count,
  BLOCK: block,
  NUM_BLOCKS: z.array(count),
  NUM_CHANNELS: z.array(count),
  FUSE_METHOD: z.literal('SUM').default('SUM'),
})

/** The authors' MODEL configuration. */
const schema = z.looseObject({
  extra: z.looseObject({ STAGE1: first, STAGE2: later, STAGE3: later, STAGE4: later }),
  ocr: z.looseObject({ MID_CHANNELS: count, KEY_CHANNELS: count }),
  classes: count,
  align_corners: z.boolean().default(true),
  bn_eps: z.number().default(1e-5),
})

/** HRNet with OCR: `layer1`, `concat`, `conv3x3_ocr`, `ocr_gather_head`, `ocr_distri_head`, `aux`, `out`. */
export function hrnetCase(scope: ParameterScope, parity: ParityCase): CaseNetwork {
  const { extra, ocr, classes, align_corners, bn_eps } = configOf(parity, schema)
  const { STAGE1, STAGE2, STAGE3, STAGE4 } = extra
  const config: HrnetConfig = {
    layer1: { block: STAGE1.BLOCK, blocks: STAGE1.NUM_BLOCKS[0]!, channels: STAGE1.NUM_CHANNELS[0]! },
    stages: [STAGE2, STAGE3, STAGE4].map(stage => ({
      modules: stage.NUM_MODULES,
      block: stage.BLOCK,
      blocks: stage.NUM_BLOCKS,
      channels: stage.NUM_CHANNELS,
    })),
    ocr: { midChannels: ocr.MID_CHANNELS, keyChannels: ocr.KEY_CHANNELS },
    alignCorners: align_corners,
    normEpsilon: bn_eps,
  }
  const network = hrnetOcr(scope, config, { bands: bandsOf(parity), classes, seed: 0, options: {} })
  return {
    forward: network.forward,
    outputs: (inputs, mode) => network.outputs(inputOf(inputs), mode),
  }
}
