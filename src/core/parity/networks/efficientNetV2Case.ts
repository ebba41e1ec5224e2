import { configOfBlockList } from '../../models/efficientnetv2/blockList'
import { efficientNetV2Encoder } from '../../models/efficientnetv2/encoder'
import type { ParameterScope } from '../../nn/parameterScope'
import type { ParityCase } from '../parityCase'
import { bandsOf, type CaseNetwork, inputOf, noLogits } from './caseNetwork'

/** EfficientNetV2 alone, of the case's list of blocks: `stage1` on, at strides 2, 4, ... */
export function efficientNetV2Case(scope: ParameterScope, parity: ParityCase): CaseNetwork {
  const { encode } = efficientNetV2Encoder(
    scope.at('encoder').at('model'),
    configOfBlockList(parity.config),
    { bands: bandsOf(parity), dropPathOf: () => branch => branch },
  )
  return {
    forward: noLogits,
    outputs(inputs, mode) {
      const maps = encode(inputOf(inputs), mode)
      return Object.fromEntries(maps.map((map, i) => [`stage${i + 1}`, map]))
    },
  }
}
