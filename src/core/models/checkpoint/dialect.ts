import type { NetworkFamily } from '../network'
import type { NetworkOptions } from '../networkOptions'
import type { StoredTensor } from './safetensors'

/**
 * Whose key names a checkpoint has.
 *
 * SegFormer: `transformers` (ours), `nvlabs` (NVlabs and mmsegmentation up to 0.x), `smp-segformer`.
 * U-Nets: `smp` (ours); encoders alone: `timm-features` and `timm` (class names), `swin-original` (the authors; timm
 * before 0.9), `mmseg-swin` (mmsegmentation 1.x), `torchvision` (ResNet). HRNet with OCR: `hrnet` (ours).
 */
export const DIALECT_NAMES = [
  'transformers',
  'nvlabs',
  'smp-segformer',
  'smp',
  'timm-features',
  'timm',
  'swin-original',
  'mmseg-swin',
  'torchvision',
  'hrnet',
] as const
export type DialectName = (typeof DIALECT_NAMES)[number]

/** One renaming. Templates are those of `nameTemplate`. */
export interface DialectRule {
  /** The peer's name; for the encoder without the dialect's stem. */
  peer: string
  /** Our name; several: the peer's tensor is these, joined along their rows in this order. */
  ours: string | readonly string[]
  /** Where the peer's values lie in another order than ours. Each undoes the other. */
  reorder?: { toOurs(tensor: StoredTensor): StoredTensor; toPeer(tensor: StoredTensor): StoredTensor }
}

/** A peer's key names in terms of ours: renamings that can be undone. */
export interface Dialect {
  readonly name: DialectName
  readonly family: NetworkFamily
  /** For people: "NVlabs and mmsegmentation 0.x". */
  readonly title: string
  /** What the peer writes before its encoder's names ("backbone."); '' where nothing. */
  readonly stem: string
  readonly encoder: readonly DialectRule[]
  /** Decoder and head; empty where the peer has none, and ours keep their names. */
  readonly decoder: readonly DialectRule[]
  /** What follows for the network from this peer's way to compute. */
  readonly options: NetworkOptions
}
