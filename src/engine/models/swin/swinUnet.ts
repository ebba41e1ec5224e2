import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { randomStream } from '../../../core/foundation/random'
import {
  convolution,
  type DropPath,
  dropPath,
  type ForwardMode,
  type Layer,
  layerNormalisation,
  linearMap,
} from '../../nn/layers'
import { blockSequence, networkBlock } from '../../nn/networkBlock'
import { addBranch } from '../../nn/ops/residual'
import type { ParameterScope } from '../../nn/parameterRegistry'
import type { NetworkDefinition, NetworkSettings } from '../network'
import { unet, unetDecoder } from '../unet'
import type { SwinConfig } from './config'
import { stageWindow, type WindowAttentionSpec, windowAttention } from './windowAttention'

export interface SwinBlockSpec extends WindowAttentionSpec {
  mlpRatio: number
  dropPath: DropPath
}

/** Norm, (shifted) window attention, residual; norm, MLP, residual. Keys as timm's `SwinTransformerBlock`. */
export function swinBlock(scope: ParameterScope, spec: SwinBlockSpec): Layer {
  const { width, dropPath } = spec
  const hidden = Math.floor(width * spec.mlpRatio)
  const norm1 = layerNormalisation(scope.at('norm1'), width)
  const attend = windowAttention(scope.at('attn'), spec)
  const norm2 = layerNormalisation(scope.at('norm2'), width)
  const mlp = scope.at('mlp')
  const expand = linearMap(mlp.at('fc1'), { in: width, out: hidden })
  const contract = linearMap(mlp.at('fc2'), { in: hidden, out: width })

  return networkBlock((x, mode) => {
    const { sum: kept, normed } = norm1.ofResidual({ x })
    const branch = attend(scope.at('norm1').observed(normed))
    const attended = norm2.ofResidual({ x: kept, branch, factors: dropPath(x.shape[0], mode) })
    const hidden = expand(scope.at('norm2').observed(attended.normed))
    const fed = mlp.observed(contract(hidden, { activation: 'gelu' }))
    return scope.observed(addBranch(attended.sum, fed, dropPath(x.shape[0], mode)))
  })
}

/** Zeros at the bottom and right up to multiples of `unit`. */
function padToMultiple(x: Tensor4D, [rows, columns]: readonly [number, number]): Tensor4D {
  const below = (rows - (x.shape[1] % rows)) % rows
  const right = (columns - (x.shape[2] % columns)) % columns
  if (!below && !right) return x
  return tf.pad4d(x, [
    [0, 0],
    [0, below],
    [0, right],
    [0, 0],
  ])
}

/**
 * Patches to tokens: a convolution whose stride is its kernel, and a norm. Zeros fill the last row and column of patches up,
 * as with the authors; timm refuses such inputs.
 */
function patchEmbedding(
  scope: ParameterScope,
  { bands, width, patch }: { bands: number; width: number; patch: number },
): (x: Tensor4D) => Tensor4D {
  const project = convolution(scope.at('proj'), {
    in: bands,
    out: width,
    kernel: patch,
    stride: patch,
    bias: true,
  })
  const norm = layerNormalisation(scope.at('norm'), width)
  return x => scope.observed(norm(project(padToMultiple(x, [patch, patch]))))
}

/** Joins 2 x 2 neighbours in the order (row, column) = (0,0), (1,0), (0,1), (1,1); norm; to twice the channels. */
function patchMerging(scope: ParameterScope, channels: number): (x: Tensor4D) => Tensor4D {
  const norm = layerNormalisation(scope.at('norm'), 4 * channels)
  const reduce = linearMap(scope.at('reduction'), { in: 4 * channels, out: 2 * channels, bias: false })
  return x => {
    const even = padToMultiple(x, [2, 2])
    const [batch, height, width] = even.shape
    const neighbours = tf.transpose(
      tf.reshape(even, [batch, height / 2, 2, width / 2, 2, channels]),
      [0, 1, 3, 4, 2, 5],
    )
    const joined: Tensor4D = tf.reshape(neighbours, [batch, height / 2, width / 2, 4 * channels])
    return scope.observed(reduce(norm(joined)))
  }
}

export interface SwinEncoderOptions {
  bands: number
  padding: 'timm' | 'original'
  /** Layer norms of the stages' maps, `norm0` on, as the authors' segmentation code; none by default, as timm. */
  outputNorms?: boolean
  dropPathOf(block: number, blocks: number): DropPath
}

export interface SwinEncoder {
  /** Of the stages' maps. */
  channels: number[]
  /** [B, H, W, bands] to the stages' raw maps, at strides 4, 8, 16, 32; sides are the ceiling of each halving. */
  encode(x: Tensor4D, mode: ForwardMode): Tensor4D[]
  /** The raw maps after their output norms; unchanged without. */
  normalise(maps: readonly Tensor4D[]): Tensor4D[]
}

/** The Swin encoder under timm's `features_only` keys (`patch_embed`, `layers_S.downsample`, `layers_S.blocks.B`). */
export function swinEncoder(
  scope: ParameterScope,
  config: Omit<SwinConfig, 'decoderChannels'>,
  options: SwinEncoderOptions,
): SwinEncoder {
  const embed = patchEmbedding(scope.at('patch_embed'), { ...config, bands: options.bands })
  const channels = config.depths.map((_, stage) => config.width * 2 ** stage)
  const total = config.depths.reduce((a, b) => a + b, 0)
  let count = 0
  const stages = config.depths.map((depth, stage) => {
    const layer = scope.at(`layers_${stage}`)
    const width = channels[stage]!
    const merge = stage === 0 ? null : patchMerging(layer.at('downsample'), width / 2)
    const { window, shift } = stageWindow(config, stage, options.padding)
    const blocks = Array.from({ length: depth }, (_, block) =>
      swinBlock(layer.at('blocks').at(block), {
        width,
        heads: config.heads[stage]!,
        window,
        shift: block % 2 === 0 ? [0, 0] : shift,
        mlpRatio: config.mlpRatio,
        padding: options.padding,
        dropPath: options.dropPathOf(count++, total),
      }),
    )
    return { merge, run: blockSequence(...blocks) }
  })
  const norms = options.outputNorms
    ? channels.map((width, stage) => layerNormalisation(scope.at(`norm${stage}`), width))
    : null
  return {
    channels,
    encode(x, mode) {
      const maps: Tensor4D[] = []
      let map = embed(x)
      for (const { merge, run } of stages) {
        if (merge) map = merge(map)
        map = run(map, mode)
        maps.push(map)
      }
      return maps
    },
    normalise: maps => (norms ? maps.map((map, stage) => norms[stage]!(map)) : [...maps]),
  }
}

/** Swin Transformer (Liu et al. 2021) with a U-Net decoder, keys as smp's `Unet` over a timm encoder. Any size. */
export function swinUnet(
  scope: ParameterScope,
  config: SwinConfig,
  { bands, classes, seed, options }: NetworkSettings,
): NetworkDefinition {
  const random = randomStream(seed, 'drop-path')
  const rate = options.dropPath ?? 0
  const { channels, encode, normalise } = swinEncoder(
    scope.at('encoder').at('model'),
    { ...config, nominalSize: options.nominalSize ?? config.nominalSize },
    {
      bands,
      padding: options.windowPadding ?? 'timm',
      outputNorms: options.outputNorms,
      dropPathOf: (block, blocks) => dropPath((rate * block) / (blocks - 1), random),
    },
  )
  const decoder = unetDecoder(scope, {
    encoderChannels: [0, ...channels],
    decoderChannels: config.decoderChannels,
    classes,
  })
  return unet((x, mode) => [null, ...normalise(encode(x, mode))], decoder)
}
