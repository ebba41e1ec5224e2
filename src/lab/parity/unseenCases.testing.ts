import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { loadCheckpoint } from '../../engine/models/checkpoint/networkCheckpoint'
import { type StoredTensor, writeSafetensors } from '../../engine/models/checkpoint/safetensors'
import { blocksOfArchitecture } from '../../engine/models/efficientnetv2/config'
import { efficientNetV2Unet } from '../../engine/models/efficientnetv2/efficientNetV2Unet'
import { hrnetOcr } from '../../engine/models/hrnet/hrnetOcr'
import type { NetworkDefinition } from '../../engine/models/network'
import { resnetUnet } from '../../engine/models/resnet/resnetUnet'
import { segformer } from '../../engine/models/segformer/segformer'
import { swinEncoder, swinUnet } from '../../engine/models/swin/swinUnet'
import type { ForwardMode } from '../../engine/nn/layers'
import {
  createParameterRegistry,
  createParameterScope,
  type ParameterScope,
} from '../../engine/nn/parameterRegistry'
import { createParameterStore } from '../../engine/nn/parameterStore'
import { formulaValues } from './parityCase'
import { toNhwc } from './peerTensors'

interface UnseenCase {
  name: string
  seed: string
  peer: string
  /** What a reader of the case has to go by, besides the weights' names and shapes. */
  config: Record<string, unknown>
  /** [batch, bands, height, width]. */
  input: number[]
  /** What the peer's names leave out of ours; '' by default. */
  prefix?: string
  /** The network itself, declared from code; and its outputs by the fixtures' names. */
  declare(scope: ParameterScope): (x: Tensor4D, mode: ForwardMode) => Record<string, Tensor4D>
}

/**
 * A case in the fixtures' format that nobody has seen: weights by formula, expected outputs from our own network on the
 * current backend. It checks that a case can be built from its case.json alone, not that our mathematics is right.
 *
 * @returns case.json and output.safetensors.
 */
export async function unseenCase(spec: UnseenCase): Promise<Record<string, Uint8Array>> {
  const { prefix = '' } = spec
  const registry = createParameterRegistry()
  const run = spec.declare(createParameterScope(registry))
  const tensors = registry.parameters
    .filter(({ spec }) => !spec.name.endsWith('_target'))
    .map(({ spec: { name, shape } }) => [name.slice(prefix.length), shape, ...rangeOf(name, shape)] as const)
  const weights = new Map<string, StoredTensor>(
    tensors.map(([name, shape, lo, hi]) => {
      return [name, { shape: [...shape], data: formulaValues(`${spec.seed}/${name}`, shape, lo, hi) }]
    }),
  )
  const formula = { key: `${spec.name}/input:input`, lo: -1.5, hi: 1.5 }
  const data = formulaValues(formula.key, spec.input, formula.lo, formula.hi)
  const outputs = await compute(registry, run, weights, { shape: spec.input, data })
  const json = {
    format: 1,
    case: spec.name,
    peer: { repo: spec.peer },
    mode: 'eval',
    config: spec.config,
    weights: { seed: spec.seed, file: null, tensors },
    inputs: [{ name: 'input', shape: spec.input, layout: 'NCHW', dtype: 'F32', formula, file: null }],
    outputs: [...outputs].map(([name, { shape, data }]) => {
      const largest = (data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      return { name, shape, layout: 'NCHW', file: 'output.safetensors', atol: 2e-5 * largest }
    }),
  }
  return {
    'case.json': new TextEncoder().encode(JSON.stringify(json)),
    'output.safetensors': writeSafetensors(outputs),
  }
}

/** Spread so that maps neither fade nor explode: kernels by their fan-in, norms around 1. */
function rangeOf(name: string, shape: readonly number[]): [number, number] {
  if (shape.length > 1) {
    const bound = Math.sqrt(3 / shape.slice(1).reduce((product, extent) => product * extent, 1))
    return [-bound, bound]
  }
  return /(weight|running_var)$/.test(name) ? [0.7, 1.3] : [-0.2, 0.2]
}

async function compute(
  registry: ReturnType<typeof createParameterRegistry>,
  run: ReturnType<UnseenCase['declare']>,
  weights: ReadonlyMap<string, StoredTensor>,
  input: StoredTensor,
): Promise<Map<string, StoredTensor>> {
  const parameters = createParameterStore(registry, null)
  loadCheckpoint(parameters, weights)
  const x = toNhwc(input)
  const maps = tf.tidy(() =>
    Object.entries(run(x, { training: false, domain: 'source' })).map(
      ([name, map]) => [name, tf.keep(tf.transpose(map, [0, 3, 1, 2]))] as const,
    ),
  )
  const stored = new Map<string, StoredTensor>()
  for (const [name, map] of maps) {
    stored.set(name, { shape: map.shape, data: (await map.data()) as Float32Array })
    map.dispose()
  }
  x.dispose()
  parameters.dispose()
  return stored
}

const SMP = 'qubvel-org/segmentation_models.pytorch'

const settings = (bands: number, classes: number) => ({ bands, classes, seed: 0, options: {} })

/** Shapes, sizes and names that no fixture has. */
export const UNSEEN_CASES: readonly UnseenCase[] = [
  {
    name: 'a-segformer',
    seed: 'other',
    peer: 'huggingface/transformers',
    config: {
      num_channels: 5,
      num_labels: 3,
      hidden_sizes: [8, 12, 16, 24],
      depths: [1, 2, 1, 1],
      sr_ratios: [4, 2, 2, 1],
      num_attention_heads: [1, 2, 2, 3],
      mlp_ratios: [2, 4, 4, 2],
      decoder_hidden_size: 20,
      layer_norm_eps: 0.1,
    },
    input: [1, 5, 52, 76],
    declare(scope) {
      const config = {
        hiddenSizes: [8, 12, 16, 24],
        depths: [1, 2, 1, 1],
        reductions: [4, 2, 2, 1],
        heads: [1, 2, 2, 3],
        mlpRatios: [2, 4, 4, 2],
        patchSizes: [7, 3, 3, 3],
        strides: [4, 2, 2, 2],
        decoderWidth: 20,
      }
      const network = segformer(scope, config, settings(5, 3))
      return (x, mode) => {
        const stages = network.features(x, mode).map((map, i) => [`stage${i + 1}`, map] as const)
        return { ...Object.fromEntries(stages), logits_up: network.forward(x, mode) }
      }
    },
  },
  {
    name: 'b-swin-unet',
    seed: 'other',
    peer: SMP,
    config: {
      encoder: 'tu-swin_unheard_of',
      encoder_kwargs: { img_size: '(64, 96)' },
      decoder_channels: [12, 10, 8, 6, 4],
    },
    input: [2, 6, 64, 96],
    declare(scope) {
      const config = {
        patch: 4,
        width: 6,
        depths: [2, 2, 1, 2],
        heads: [1, 2, 3, 4],
        window: 5,
        mlpRatio: 3,
        nominalSize: [64, 96],
        decoderChannels: [12, 10, 8, 6, 4],
      } as const
      return features(2, swinUnet(scope, config, settings(6, 2)))
    },
  },
  {
    name: 'c-efficientnet-unet',
    seed: 'other',
    peer: SMP,
    config: {
      encoder: 'tu-tf_efficientnetv2_unheard_of',
      encoder_channels: [3, 8, 16, 32, 40, 48],
      decoder_channels: [10, 8, 8, 6, 4],
    },
    input: [1, 3, 45, 70],
    declare(scope) {
      const architecture = [
        'cn_r1_k3_s1_e1_c8_skip',
        'er_r1_k3_s2_e2_c16',
        'er_r2_k5_s2_e2_c24',
        'ir_r1_k3_s1_e2_c32_se0.25',
        'ir_r1_k5_s2_e2_c40_se0.25',
        'ir_r1_k3_s2_e2_c48',
      ]
      const config = {
        stem: 8,
        stages: blocksOfArchitecture(architecture, 8),
        padding: 'same',
        normEpsilon: 1e-3,
        decoderChannels: [10, 8, 8, 6, 4],
      } as const
      return features(1, efficientNetV2Unet(scope, config, settings(3, 4)))
    },
  },
  {
    name: 'd-resnet-unet',
    seed: 'other',
    peer: SMP,
    config: { encoder: 'resnet9000', decoder_channels: [10, 8, 8, 6, 4] },
    input: [1, 4, 33, 64],
    declare(scope) {
      const config = {
        block: 'basic',
        width: 6,
        depths: [1, 2, 1, 1],
        decoderChannels: [10, 8, 8, 6, 4],
      } as const
      return features(1, resnetUnet(scope, config, settings(4, 2)))
    },
  },
  {
    name: 'e-hrnet',
    seed: 'other',
    peer: 'HRNet/HRNet-Semantic-Segmentation',
    config: {
      extra: {
        STAGE1: { NUM_CHANNELS: [6], BLOCK: 'BOTTLENECK', NUM_BLOCKS: [1] },
        STAGE2: { NUM_MODULES: 1, NUM_BRANCHES: 2, NUM_BLOCKS: [1, 2], NUM_CHANNELS: [5, 7], BLOCK: 'BASIC' },
        STAGE3: {
          NUM_MODULES: 2,
          NUM_BRANCHES: 3,
          NUM_BLOCKS: [1, 1, 1],
          NUM_CHANNELS: [5, 7, 9],
          BLOCK: 'BASIC',
        },
        STAGE4: {
          NUM_MODULES: 1,
          NUM_BRANCHES: 4,
          NUM_BLOCKS: [1, 1, 1, 1],
          NUM_CHANNELS: [5, 7, 9, 11],
          BLOCK: 'BASIC',
        },
      },
      ocr: { MID_CHANNELS: 12, KEY_CHANNELS: 6 },
      classes: 3,
    },
    input: [1, 4, 40, 72],
    declare(scope) {
      const stage = (modules: number, blocks: number[], channels: number[]) => {
        return { modules, block: 'basic', blocks, channels } as const
      }
      const config = {
        layer1: { block: 'bottleneck', blocks: 1, channels: 6 },
        stages: [
          stage(1, [1, 2], [5, 7]),
          stage(2, [1, 1, 1], [5, 7, 9]),
          stage(1, [1, 1, 1, 1], [5, 7, 9, 11]),
        ],
        ocr: { midChannels: 12, keyChannels: 6 },
        alignCorners: true,
        normEpsilon: 1e-5,
      } as const
      return hrnetOcr(scope, config, settings(4, 3)).outputs
    },
  },
  {
    name: 'f-swin-on-another-size',
    seed: 'other',
    peer: 'huggingface/pytorch-image-models',
    config: {
      patch_size: 4,
      window_size: 3,
      embed_dim: 8,
      depths: [2, 2, 2],
      num_heads: [1, 2, 4],
      nominal_img_size: [32, 48],
      dynamic: true,
    },
    input: [1, 3, 44, 62],
    prefix: 'encoder.model.',
    declare(scope) {
      const config = {
        patch: 4,
        width: 8,
        depths: [2, 2, 2],
        heads: [1, 2, 4],
        window: 3,
        mlpRatio: 4,
        nominalSize: [32, 48],
      } as const
      const { encode } = swinEncoder(scope.at('encoder').at('model'), config, {
        bands: 3,
        padding: 'timm',
        dropPathOf: () => () => null,
      })
      return (x, mode) => Object.fromEntries(encode(x, mode).map((map, i) => [`stage${i + 1}`, map]))
    },
  },
]

function features(first: number, network: NetworkDefinition): ReturnType<UnseenCase['declare']> {
  return (x, mode) => {
    const maps = network.features(x, mode).map((map, i) => [`feature${first + i}`, map] as const)
    return { ...Object.fromEntries(maps), logits: network.forward(x, mode) }
  }
}
