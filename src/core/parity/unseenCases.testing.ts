import { blocksOfArchitecture } from '../models/efficientnetv2/architecture'
import { efficientNetV2Unet } from '../models/efficientnetv2/efficientNetV2Unet'
import { hrnetOcr } from '../models/hrnet/hrnetOcr'
import type { NetworkDefinition } from '../models/networkDefinition'
import { resnetUnet } from '../models/resnet/resnetUnet'
import { segformer } from '../models/segformer/segformer'
import { swinEncoder } from '../models/swin/encoder'
import { swinUnet } from '../models/swin/swinUnet'
import type { UnseenCase } from './unseenCase.testing'

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
        dropPathOf: () => branch => branch,
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
