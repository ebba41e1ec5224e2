import type { NetworkFamily } from '../network'

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
  const inEncoder = bare.startsWith(encoder.stem) ? bare.slice(encoder.stem.length) : bare
  const classifier = CLASSIFIERS[encoder.family].find(
    ({ pattern }) => pattern.test(inEncoder) || pattern.test(bare),
  )
  return classifier?.reason ?? null
}
