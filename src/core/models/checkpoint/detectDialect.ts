import type { Dialect } from './dialect'
import {
  hrnet,
  smpEfficientNetV2,
  smpResnet,
  timmEfficientNetV2,
  torchvisionResnet,
} from './dialects/convolutional'
import { nvlabsSegformer, smpSegformer, transformersSegformer } from './dialects/segformer'
import { mmsegSwin, originalSwin, smpSwin, timmFeaturesSwin, timmSwin } from './dialects/swin'
import type { StoredTensor } from './safetensors'

type Shapes = ReadonlyMap<string, Pick<StoredTensor, 'shape'>>

/** A checkpoint's key names, and what stands before its encoder's ("backbone.", "encoder.", nothing). */
export interface DetectedDialect {
  dialect: Dialect
  stem: string
}

/**
 * Recognises a checkpoint's key names by one that only its kind has.
 *
 * @param tensors keys without wrappers (`stripWrappers`).
 * @returns null where no encoder that is known here is in it.
 */
export function detectDialect(tensors: Shapes): DetectedDialect | null {
  const find = (anchor: RegExp): string | null => {
    for (const key of tensors.keys()) {
      const stem = anchor.exec(key)?.[1]
      if (stem !== undefined) return stem
    }
    return null
  }
  const transformers = find(/^(.*?)encoder\.patch_embeddings\.0\.proj\.weight$/)
  if (transformers !== null) return { dialect: transformersSegformer, stem: transformers }
  const mit = find(/^(.*?)patch_embed1\.proj\.weight$/)
  if (mit !== null) {
    const isSmp = find(/^()decoder\.mlp_stage\.0\.linear\.weight$/) !== null
    return { dialect: isSmp ? smpSegformer : nvlabsSegformer, stem: mit }
  }
  const swin = find(/^(.*?)layers[._]0\.blocks\.0\.attn\.relative_position_bias_table$/)
  if (swin !== null) return { dialect: swinDialect(tensors, swin), stem: swin }
  const mmseg = find(/^(.*?)stages\.0\.blocks\.0\.attn\.w_msa\.qkv\.weight$/)
  if (mmseg !== null) return { dialect: mmsegSwin, stem: mmseg }
  const efficientNet = find(/^(.*?)conv_stem\.weight$/)
  if (efficientNet !== null) {
    const isOurs = efficientNet === smpEfficientNetV2.stem
    return { dialect: isOurs ? smpEfficientNetV2 : timmEfficientNetV2, stem: efficientNet }
  }
  const highResolution = find(/^(.*?)stage2\.0\.branches\.0\.0\.conv1\.weight$/)
  if (highResolution !== null) return { dialect: hrnet, stem: highResolution }
  const resnet = find(/^(.*?)layer4\.0\.conv1\.weight$/)
  if (resnet !== null)
    return { dialect: resnet === smpResnet.stem ? smpResnet : torchvisionResnet, stem: resnet }
  return null
}

/**
 * timm's class and the authors both write `layers.N.downsample`: timm at the start of stage N (to that stage's width),
 * the authors at its end (from four times that width).
 */
function swinDialect(tensors: Shapes, stem: string): Dialect {
  if (tensors.has(`${stem}layers_0.blocks.0.attn.relative_position_bias_table`)) {
    return stem === smpSwin.stem ? smpSwin : timmFeaturesSwin
  }
  for (let stage = 0; stage < 4; stage++) {
    const merged = tensors.get(`${stem}layers.${stage}.downsample.reduction.weight`)?.shape
    const width = tensors.get(`${stem}layers.${stage}.blocks.0.norm1.weight`)?.shape[0]
    if (!merged || width === undefined) continue
    return merged[1] === 4 * width && merged[0] !== width ? originalSwin : timmSwin
  }
  return timmSwin
}
