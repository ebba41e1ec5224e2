import type { DialectName } from '../../../core/rounds/modelManifest'
import type { NetworkFamily, NetworkOptions } from '../../../core/rounds/networks'
import { PRESETS } from '../../../core/rounds/networks'
import { declareNetwork } from '../createNetwork'
import { SWIN_PRESETS, type SwinConfig } from '../swin/config'
import { type DetectedDialect, detectDialect, whyIgnored } from './checkpointKeys'
import { isFirstLayer, withoutWrappers } from './fitCheckpoint'
import type { StoredTensor } from './safetensors'
import { toOurs } from './translate'

/** What a checkpoint's key names and shapes say of its network: enough for `createNetwork` and `loadCheckpoint`. */
export interface NetworkIdentity {
  family: NetworkFamily
  preset: string
  /** Input bands of its first layer. */
  bands: number
  /** Classes of its head; 2 where it has none. */
  classes: number
  dialect: DialectName
  /** What follows from whose names they are and from shapes; dropped: nothing that a checkpoint cannot tell. */
  options: NetworkOptions
  /** True where there is an encoder and no decoder: load with `partial`; the decoder must be trained. */
  encoderOnly: boolean
  /** Other presets of the family with the same names and shapes (they differ in padding or epsilon). */
  alternatives: string[]
}

/** A preset that comes near. */
export interface NearNetwork {
  family: NetworkFamily
  preset: string
  /** As `NetworkIdentity` has them: its encoder computes as the checkpoint's only with these. */
  options: NetworkOptions
  /** Parameters that are missing or of another shape, and keys that are too many. */
  differences: number
  /** True where the encoder fits and only the decoder differs. */
  encoderFits: boolean
}

export type Identification =
  | { identity: NetworkIdentity }
  | {
      identity: null
      /** For people: what was found and what to do. */
      reason: string
      /** The family's presets, the nearest first; none where not even the family is known. */
      candidates: NearNetwork[]
    }

/** Names of what follows an encoder, by family. */
const DECODERS: Record<NetworkFamily, RegExp> = {
  segformer: /^decode_head\./,
  'swin-unet': /^(decoder|segmentation_head)\./,
  'efficientnetv2-unet': /^(decoder|segmentation_head)\./,
  'resnet-unet': /^(decoder|segmentation_head)\./,
  'hrnet-ocr': /^(conv3x3_ocr|ocr_gather_head|ocr_distri_head|cls_head|aux_head)\./,
}

/** The last layer's weights, whose rows are the classes. */
const HEAD = /^(decode_head\.classifier|segmentation_head\.0|cls_head)\.weight$/

/**
 * Tells from key names and shapes alone which network a checkpoint belongs to. Nothing is allocated on the device, and
 * no values are read.
 */
export function identifyNetwork(tensors: ReadonlyMap<string, StoredTensor>): Identification {
  const bare = withoutWrappers(tensors)
  const detected = detectDialect(bare)
  if (!detected) {
    const reason =
      'The file holds no encoder that is known here (SegFormer, Swin, EfficientNetV2, ResNet, HRNet under the names of ' +
      'transformers, NVlabs, timm, smp, torchvision or their authors). Choose the family and the preset, or convert it first.'
    return { identity: null, reason, candidates: [] }
  }
  const shapes = shapesUnderOurNames(bare, detected)
  const { family } = detected.dialect
  const first = [...shapes].find(([name]) => isFirstLayer(name))?.[1]
  const head = [...shapes].find(([name]) => HEAD.test(name))?.[1]
  const bands = first?.[1] ?? 0
  const classes = head?.[0] ?? 2
  const encoderOnly = ![...shapes.keys()].some(name => DECODERS[family].test(name))
  const inRange = (count: number) => count >= 1 && count <= 1024
  if (!inRange(bands) || !inRange(classes)) {
    const reason = 'The first or the last layer of the file has no usable number of bands or classes.'
    return { identity: null, reason, candidates: [] }
  }

  const isSeparate = [...bare.keys()].some(key => /\.weight_target$/.test(key)) && !isLovecs(tensors)
  const candidates = PRESETS[family].map(preset => {
    const options: NetworkOptions = {
      ...detected.dialect.options,
      ...nominalSizeOption(family, preset, shapes),
      ...(shapes.has('encoder.model.norm0.weight') ? { outputNorms: true } : {}),
      ...(isSeparate ? { affine: 'separate' as const } : {}),
    }
    const { registry } = declareNetwork(family, preset, { bands, classes, seed: null, options })
    const wanted = new Map(registry.parameters.map(({ spec }) => [spec.name, spec.shape]))
    return { preset, options, ...compare(wanted, shapes, DECODERS[family]) }
  })
  const exact = candidates.filter(candidate =>
    encoderOnly ? candidate.encoder === 0 : candidate.encoder + candidate.decoder === 0,
  )
  const [match] = exact
  if (match) {
    const { preset, options } = match
    const alternatives = exact.slice(1).map(other => other.preset)
    const dialect = detected.dialect.name
    return { identity: { family, preset, bands, classes, dialect, options, encoderOnly, alternatives } }
  }
  const near = candidates
    .map(({ preset, options, encoder, decoder }) => ({
      family,
      preset,
      options,
      differences: encoder + decoder,
      encoderFits: encoder === 0,
    }))
    .sort((a, b) => a.differences - b.differences)
  const nearest = near[0]!
  const reason = `The file is a ${family} under the names of ${detected.dialect.title}, but of no size known here: ${
    nearest.encoderFits
      ? `its encoder is that of "${nearest.preset}", its decoder is another`
      : `the nearest, "${nearest.preset}", differs in ${nearest.differences} places`
  }.`
  return { identity: null, reason, candidates: near }
}

type Shapes = ReadonlyMap<string, readonly number[]>

function shapesUnderOurNames(
  bare: ReadonlyMap<string, StoredTensor>,
  { dialect, stem }: DetectedDialect,
): Shapes {
  const translate = toOurs(dialect, stem)
  const encoder = { family: dialect.family, stem }
  const shapes = new Map<string, readonly number[]>()
  for (const [key, tensor] of bare) {
    if (whyIgnored(key, encoder)) continue
    for (const part of translate(key, tensor)) shapes.set(part.name, part.tensor.shape)
  }
  return shapes
}

/** How many names are missing, of another shape or too many, in the encoder and after it. */
function compare(wanted: Shapes, found: Shapes, decoderNames: RegExp): { encoder: number; decoder: number } {
  const count = { encoder: 0, decoder: 0 }
  const note = (name: string) => {
    count[decoderNames.test(name) ? 'decoder' : 'encoder']++
  }
  for (const [name, shape] of wanted) {
    const stored = found.get(name)
    // The target's half of a normalisation may be missing: it takes the source's.
    if (stored ? stored.join() !== shape.join() : !name.endsWith('_target')) note(name)
  }
  for (const name of found.keys()) if (!wanted.has(name) && !name.endsWith('_target')) note(name)
  return count
}

function isLovecs(tensors: ReadonlyMap<string, StoredTensor>): boolean {
  return [...tensors.keys()].some(key => key.endsWith('.weight_source'))
}

/** timm clamps Swin's windows to the maps of the size it was built for, which the position tables then show. */
function nominalSizeOption(family: NetworkFamily, preset: string, shapes: Shapes): NetworkOptions {
  if (family !== 'swin-unet') return {}
  const presets: Readonly<Record<string, SwinConfig>> = SWIN_PRESETS
  const full = presets[preset]?.window
  if (typeof full !== 'number') return {}
  for (let stage = 0; stage < 4; stage++) {
    const table = shapes.get(`encoder.model.layers_${stage}.blocks.0.attn.relative_position_bias_table`)
    const window = (Math.sqrt(table?.[0] ?? 0) + 1) / 2
    if (Number.isInteger(window) && window > 0 && window < full) {
      return { nominalSize: window * 4 * 2 ** stage }
    }
  }
  return {}
}
