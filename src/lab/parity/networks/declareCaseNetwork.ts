import { AppError } from '../../../core/foundation/appError'
import { efficientNetV2Encoder } from '../../../engine/models/efficientnetv2/efficientNetV2Unet'
import type { ParameterScope } from '../../../engine/nn/parameterRegistry'
import type { ParityCase } from '../parityCase'
import { bandsOf, type CaseNetwork, inputOf, noLogits } from './caseNetwork'
import { configOfBlockList } from './efficientNetV2BlockList'
import { hrnetCase } from './hrnetCase'
import { segformerCase } from './segformerCase'
import { swinCase } from './swinCase'
import { unetCase, unetDecoderCase } from './unetCase'

/**
 * Declares the network that a case describes, recognised by the fields of its `config`; what they leave open is read
 * from the names and shapes of its weights. The case's own name is not used.
 *
 * @param scope the root: parameters get the network's own key names, for `loadCheckpoint`.
 * @throws AppError `model-invalid` where the description fits no network here.
 */
export function declareCaseNetwork(scope: ParameterScope, parity: ParityCase): CaseNetwork {
  const { config } = parity
  const declare =
    'hidden_sizes' in config
      ? segformerCase
      : 'extra' in config
        ? hrnetCase
        : 'encoder' in config || ('embed_dim' in config && 'decoder_channels' in config)
          ? unetCase
          : 'encoder_channels' in config
            ? unetDecoderCase
            : 'embed_dim' in config
              ? swinCase
              : 'stem' in config
                ? efficientNetV2Case
                : null
  if (declare) return declare(scope, parity)
  const fields = Object.keys(config).join(', ') || 'no fields'
  throw new AppError(
    'model-invalid',
    `${parity.name}: the config (${fields}) describes no network known here.`,
  )
}

/** EfficientNetV2 alone, of the case's list of blocks: `stage1` on, at strides 2, 4, ... */
function efficientNetV2Case(scope: ParameterScope, parity: ParityCase): CaseNetwork {
  const { encode } = efficientNetV2Encoder(
    scope.at('encoder').at('model'),
    configOfBlockList(parity.config),
    { bands: bandsOf(parity), dropPathOf: () => () => null },
  )
  return {
    forward: noLogits,
    outputs(inputs, mode) {
      const maps = encode(inputOf(inputs), mode)
      return Object.fromEntries(maps.map((map, i) => [`stage${i + 1}`, map]))
    },
  }
}
