import type { NetworkFamily } from '../../../core/rounds/networks'
import {
  type Dialect,
  hrnet,
  mmsegSwin,
  nvlabsSegformer,
  originalSwin,
  smpEfficientNetV2,
  smpResnet,
  smpSegformer,
  smpSwin,
  timmEfficientNetV2,
  timmFeaturesSwin,
  timmSwin,
  torchvisionResnet,
  transformersSegformer,
} from './dialects'
import type { StoredTensor } from './safetensors'

/** DataParallel, Lightning and trainers, torch.compile, saved trainer states, averaged weights. */
const WRAPPER =
  /^(module|model|net|network|_orig_mod|state_dict|model_state_dict|model_state|model_ema|ema_model)\./

/** A key without what trainers wrap a network in ("module.", "model.", "_orig_mod.", "state_dict."). */
export function stripWrappers(key: string): string {
  let bare = key
  while (WRAPPER.test(bare)) bare = bare.replace(WRAPPER, '')
  return bare
}

interface Ignored {
  pattern: RegExp
  reason: string
}

const COUNTER: Ignored = { pattern: /(^|\.)num_batches_tracked$/, reason: 'a counter that nothing reads' }

const TABLE: Ignored = {
  pattern: /(^|\.)(relative_position_index|relative_coords_table|attn_mask)$/,
  reason: 'a table that is computed here',
}

const UNUSED_HEAD: Ignored = {
  pattern: /(^|\.)decode_head\.conv_seg\./,
  reason: 'a head that the peer’s own forward pass never uses',
}

const AUXILIARY: Ignored = {
  pattern: /^(auxiliary_head|aux_classifier|aux_params)\./,
  reason: 'an auxiliary head that only training uses',
}

const LOSS: Ignored = { pattern: /^(criterion|loss)\./, reason: 'a table of the loss' }

const CLASSIFIER = 'the head of an image classifier'

/** What the query encoder of MoCo stands behind (He et al. 2020; `MoCo` of github.com/facebookresearch/moco). */
const QUERY_ENCODER = 'encoder_q.'

const MOMENTUM_ENCODER = 'encoder_k.'

/** What MoCo keeps besides its query encoder. */
const CONTRAST: readonly Ignored[] = [
  { pattern: /^encoder_k\./, reason: 'a moving average of the encoder that is taken (MoCo)' },
  { pattern: /^queue(_ptr)?$/, reason: 'samples to contrast with, which only pre-training uses (MoCo)' },
  { pattern: /^encoder_q\.fc\./, reason: 'a projection that only pre-training uses (MoCo)' },
]

/** What an image classifier has and a segmentation encoder has not, by the key after the encoder's stem. */
const CLASSIFIERS: Record<NetworkFamily, readonly Ignored[]> = {
  segformer: [{ pattern: /^(head|classifier)\./, reason: CLASSIFIER }],
  'swin-unet': [{ pattern: /^(head|classifier|norm)\./, reason: CLASSIFIER }],
  'efficientnetv2-unet': [{ pattern: /^(conv_head|bn2|classifier)\./, reason: CLASSIFIER }],
  'resnet-unet': [{ pattern: /^(fc|classifier)\./, reason: CLASSIFIER }],
  'hrnet-ocr': [
    { pattern: /^(incre_modules|downsamp_modules|final_layer|classifier)\./, reason: CLASSIFIER },
  ],
}

/**
 * Why a key that the network has no place for may be left out, or null if it may not.
 *
 * @param bare the key without wrappers.
 * @param encoder of a recognised checkpoint: its family and what stands before its encoder's names.
 */
export function whyIgnored(
  bare: string,
  encoder: { family: NetworkFamily; stem: string } | null,
): string | null {
  const found = [COUNTER, TABLE, UNUSED_HEAD, AUXILIARY, LOSS].find(({ pattern }) => pattern.test(bare))
  if (found || !encoder) return found?.reason ?? null
  const contrast =
    encoder.stem === QUERY_ENCODER ? CONTRAST.find(({ pattern }) => pattern.test(bare)) : undefined
  if (contrast) return contrast.reason
  const inEncoder = bare.startsWith(encoder.stem) ? bare.slice(encoder.stem.length) : bare
  const classifier = CLASSIFIERS[encoder.family].find(
    ({ pattern }) => pattern.test(inEncoder) || pattern.test(bare),
  )
  return classifier?.reason ?? null
}

type Shapes = ReadonlyMap<string, Pick<StoredTensor, 'shape'>>

/** A checkpoint's key names, and what stands before its encoder's ("backbone.", "encoder.", nothing). */
export interface DetectedDialect {
  dialect: Dialect
  stem: string
}

/**
 * Recognises a checkpoint's key names by one that only its kind has. Of MoCo's two encoders it is the query encoder,
 * which learns.
 *
 * @param tensors keys without wrappers (`stripWrappers`).
 * @returns null where no encoder that is known here is in it.
 */
export function detectDialect(tensors: Shapes): DetectedDialect | null {
  const find = (anchor: RegExp): string | null => {
    let average: string | null = null
    for (const key of tensors.keys()) {
      const stem = anchor.exec(key)?.[1]
      if (stem === undefined) continue
      if (stem !== MOMENTUM_ENCODER) return stem
      average = stem
    }
    return average
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
