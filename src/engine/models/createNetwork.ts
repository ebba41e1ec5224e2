import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import { type NetworkFamily, type NetworkOptions, PRESETS } from '../../core/rounds/networks'
import { createParameterRegistry, createParameterScope, type ParameterScope } from '../nn/parameterRegistry'
import { createParameterStore } from '../nn/parameterStore'
import { EFFICIENTNETV2_PRESETS } from './efficientnetv2/config'
import { efficientNetV2Unet } from './efficientnetv2/efficientNetV2Unet'
import { HRNET_PRESETS } from './hrnet/config'
import { hrnetOcr } from './hrnet/hrnetOcr'
import type { DeclaredNetwork, NetworkDefinition, NetworkSettings, SegmentationNetwork } from './network'
import { RESNET_PRESETS } from './resnet/config'
import { resnetUnet } from './resnet/resnetUnet'
import { SEGFORMER_PRESETS } from './segformer/config'
import { segformer } from './segformer/segformer'
import { SWIN_PRESETS } from './swin/config'
import { swinUnet } from './swin/swinUnet'

type Declare = (scope: ParameterScope, settings: NetworkSettings) => NetworkDefinition

function sizes<Config>(
  presets: Readonly<Record<string, Config>>,
  declare: (scope: ParameterScope, config: Config, settings: NetworkSettings) => NetworkDefinition,
): Record<string, Declare> {
  return Object.fromEntries(
    Object.entries(presets).map(([name, config]) => [
      name,
      (scope, settings) => declare(scope, config, settings),
    ]),
  )
}

const NETWORKS: Record<NetworkFamily, Record<string, Declare>> = {
  segformer: sizes(SEGFORMER_PRESETS, segformer),
  'swin-unet': sizes(SWIN_PRESETS, swinUnet),
  'efficientnetv2-unet': sizes(EFFICIENTNETV2_PRESETS, efficientNetV2Unet),
  'resnet-unet': sizes(RESNET_PRESETS, resnetUnet),
  'hrnet-ocr': sizes(HRNET_PRESETS, hrnetOcr),
}

export interface NetworkRequest {
  /** Input bands; 14 by default. */
  bands?: number
  /** Output classes; 2 by default (background, landslide). */
  classes?: number
  /** Of the first weights: the same seed gives the same network. null: zeros, since a checkpoint follows. */
  seed: number | null
  options?: NetworkOptions
}

/** A network that is declared but holds no memory: its parameters can be listed and counted. */
export function declareNetwork(
  family: NetworkFamily,
  preset: string,
  request: NetworkRequest,
): DeclaredNetwork {
  const presets = NETWORKS[family]
  if (!presets) throw new AppError('bad-argument', `There is no network family "${family}".`)
  const declare = Object.hasOwn(presets, preset) ? presets[preset] : undefined
  if (!declare) {
    const known = PRESETS[family].join(', ')
    throw new AppError('bad-argument', `${family} has no preset "${preset}". Choose one of: ${known}.`)
  }
  const { bands = 14, classes = 2, options = {} } = request
  const seed = request.seed ?? 0
  const registry = createParameterRegistry(options.affine ? { affine: options.affine } : {})
  const definition = declare(createParameterScope(registry), { bands, classes, seed, options })
  return { registry, definition: withLimitedInput(definition, options.inputLimit) }
}

function withLimitedInput(definition: NetworkDefinition, limit: number | undefined): NetworkDefinition {
  if (limit === undefined) return definition
  const limited = (x: tf.Tensor4D) => tf.clipByValue(x, -limit, limit)
  return {
    features: (x, mode) => definition.features(limited(x), mode),
    forward: (x, mode) => definition.forward(limited(x), mode),
    ...(definition.forwardWithAuxiliary && {
      forwardWithAuxiliary: (x, mode) => definition.forwardWithAuxiliary!(limited(x), mode),
    }),
  }
}

/**
 * Makes a network with seeded weights on the current backend.
 *
 * @param family and preset: see `PRESETS` of `core/rounds/networks`.
 * @throws AppError `bad-argument` for an unknown family or preset.
 */
export function createNetwork(
  family: NetworkFamily,
  preset: string,
  request: NetworkRequest,
): SegmentationNetwork & Pick<NetworkDefinition, 'features'> {
  const { registry, definition } = declareNetwork(family, preset, request)
  const parameters = createParameterStore(registry, request.seed)
  return {
    family,
    preset,
    bands: request.bands ?? 14,
    classes: request.classes ?? 2,
    options: request.options ?? {},
    parameters,
    // Tidied here, so that a caller that forgets to leaks nothing.
    features: (x, mode) => tf.tidy(() => definition.features(x, mode)),
    forward: (x, mode) => tf.tidy(() => definition.forward(x, mode)),
    ...(definition.forwardWithAuxiliary && {
      forwardWithAuxiliary: (x, mode) => tf.tidy(() => definition.forwardWithAuxiliary!(x, mode)),
    }),
    declare: () => declareNetwork(family, preset, { ...request, seed: null }),
    dispose: () => parameters.dispose(),
  }
}
