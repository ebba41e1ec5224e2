import { AppError } from '../../../core/foundation/appError'
import type { DialectName } from '../../../core/rounds/modelManifest'
import type { NetworkFamily, NetworkOptions } from '../../../core/rounds/networks'
import type { StoredTensor } from './safetensors'

const OFFSETS = 4

/** timm's and the authors' order of neighbours, (0,0), (1,0), (0,1), (1,1), as numbers in row-major order. */
const ROW_MAJOR = [0, 2, 1, 3] as const

/**
 * Between mmsegmentation 1.x's patch merging (`nn.Unfold`: channel c of the row-major neighbour o at 4 c + o) and the
 * authors' (neighbour by neighbour: o C + c, columns of neighbours first). Applies to the last axis: the norm's vectors
 * and the reduction's matrix.
 */
export const unfoldOrder = {
  toOurs: (tensor: StoredTensor) => reordered(tensor, (ours, unfold) => [ours, unfold]),
  toPeer: (tensor: StoredTensor) => reordered(tensor, (ours, unfold) => [unfold, ours]),
}

function reordered(
  tensor: StoredTensor,
  places: (ours: number, unfold: number) => [to: number, from: number],
): StoredTensor {
  const { shape, data } = tensor
  const width = shape.at(-1) ?? 0
  // Nothing that four neighbours could fill: it fits no network either.
  if (width === 0 || width % OFFSETS !== 0) return tensor
  const channels = width / OFFSETS
  const result = new Float32Array(data.length)
  for (let row = 0; row < data.length; row += width) {
    for (let neighbour = 0; neighbour < OFFSETS; neighbour++) {
      for (let channel = 0; channel < channels; channel++) {
        const [to, from] = places(neighbour * channels + channel, channel * OFFSETS + ROW_MAJOR[neighbour]!)
        result[row + to] = Number(data[row + from])
      }
    }
  }
  return { shape, data: result }
}

/** smp's `Unet` over timm's `features_only` encoder: our own names. */
export const smpEfficientNetV2: Dialect = {
  name: 'smp',
  family: 'efficientnetv2-unet',
  title: 'segmentation_models_pytorch Unet',
  stem: 'encoder.model.',
  encoder: [],
  decoder: [],
  options: {},
}

/** timm's EfficientNetV2, class or features: the same names. */
export const timmEfficientNetV2: Dialect = {
  name: 'timm',
  family: 'efficientnetv2-unet',
  title: 'timm',
  stem: '',
  encoder: ['conv_stem', 'bn1', 'blocks'].map(root => ({
    peer: `${root}.{rest}`,
    ours: `encoder.model.${root}.{rest}`,
  })),
  decoder: [],
  options: {},
}

/** smp's `Unet` over its own ResNet: our own names. */
export const smpResnet: Dialect = {
  name: 'smp',
  family: 'resnet-unet',
  title: 'segmentation_models_pytorch Unet',
  stem: 'encoder.',
  encoder: [],
  decoder: [],
  options: {},
}

/** torchvision's ResNet, and timm's. */
export const torchvisionResnet: Dialect = {
  name: 'torchvision',
  family: 'resnet-unet',
  title: 'torchvision',
  stem: '',
  encoder: [
    ...['conv1', 'bn1'].map(root => ({ peer: `${root}.{rest}`, ours: `encoder.${root}.{rest}` })),
    { peer: 'layer{n}.{rest}', ours: 'encoder.layer{n}.{rest}' },
  ],
  decoder: [],
  options: {},
}

/** The HRNet authors' repository, branch with OCR: our own names. */
export const hrnet: Dialect = {
  name: 'hrnet',
  family: 'hrnet-ocr',
  title: 'HRNet’s authors',
  stem: '',
  encoder: [{ peer: '{rest}', ours: '{rest}' }],
  decoder: [],
  options: {},
}

const OURS = 'segformer.encoder'

/** transformers' `SegformerForSemanticSegmentation`: our own names. `SegformerModel` leaves "segformer." out. */
export const transformersSegformer: Dialect = {
  name: 'transformers',
  family: 'segformer',
  title: 'transformers',
  stem: 'segformer.',
  encoder: [{ peer: 'encoder.{rest}', ours: `${OURS}.{rest}` }],
  decoder: [],
  options: {},
}

/** The Mix Transformer as its authors named it: stages from 1, key and value in one matrix. */
const MIX_TRANSFORMER: readonly DialectRule[] = [
  { peer: 'patch_embed{s+1}.proj.{rest}', ours: `${OURS}.patch_embeddings.{s}.proj.{rest}` },
  { peer: 'patch_embed{s+1}.norm.{rest}', ours: `${OURS}.patch_embeddings.{s}.layer_norm.{rest}` },
  { peer: 'block{s+1}.{b}.norm1.{rest}', ours: `${OURS}.block.{s}.{b}.layer_norm_1.{rest}` },
  { peer: 'block{s+1}.{b}.norm2.{rest}', ours: `${OURS}.block.{s}.{b}.layer_norm_2.{rest}` },
  { peer: 'block{s+1}.{b}.attn.q.{rest}', ours: `${OURS}.block.{s}.{b}.attention.self.query.{rest}` },
  {
    peer: 'block{s+1}.{b}.attn.kv.{rest}',
    ours: [
      `${OURS}.block.{s}.{b}.attention.self.key.{rest}`,
      `${OURS}.block.{s}.{b}.attention.self.value.{rest}`,
    ],
  },
  { peer: 'block{s+1}.{b}.attn.sr.{rest}', ours: `${OURS}.block.{s}.{b}.attention.self.sr.{rest}` },
  { peer: 'block{s+1}.{b}.attn.norm.{rest}', ours: `${OURS}.block.{s}.{b}.attention.self.layer_norm.{rest}` },
  { peer: 'block{s+1}.{b}.attn.proj.{rest}', ours: `${OURS}.block.{s}.{b}.attention.output.dense.{rest}` },
  { peer: 'block{s+1}.{b}.mlp.fc1.{rest}', ours: `${OURS}.block.{s}.{b}.mlp.dense1.{rest}` },
  { peer: 'block{s+1}.{b}.mlp.fc2.{rest}', ours: `${OURS}.block.{s}.{b}.mlp.dense2.{rest}` },
  { peer: 'block{s+1}.{b}.mlp.dwconv.{rest}', ours: `${OURS}.block.{s}.{b}.mlp.dwconv.{rest}` },
  { peer: 'norm{s+1}.{rest}', ours: `${OURS}.layer_norm.{s}.{rest}` },
]

/** NVlabs/SegFormer and mmsegmentation 0.x; its `decode_head.conv_seg` is never used. */
export const nvlabsSegformer: Dialect = {
  name: 'nvlabs',
  family: 'segformer',
  title: 'NVlabs and mmsegmentation 0.x',
  stem: 'backbone.',
  encoder: MIX_TRANSFORMER,
  decoder: [
    { peer: 'decode_head.linear_c{s+1}.proj.{rest}', ours: 'decode_head.linear_c.{s}.proj.{rest}' },
    { peer: 'decode_head.linear_fuse.conv.{rest}', ours: 'decode_head.linear_fuse.{rest}' },
    { peer: 'decode_head.linear_fuse.bn.{rest}', ours: 'decode_head.batch_norm.{rest}' },
    { peer: 'decode_head.linear_pred.{rest}', ours: 'decode_head.classifier.{rest}' },
  ],
  options: { normEpsilon: 'nvlabs' },
}

/**
 * segmentation_models_pytorch's `Segformer`, whose stages count from the deepest. Its head raises the logits with
 * aligned corners, which ours does not: the quarter-grid logits are the same.
 */
export const smpSegformer: Dialect = {
  name: 'smp-segformer',
  family: 'segformer',
  title: 'segmentation_models_pytorch Segformer',
  stem: 'encoder.',
  encoder: MIX_TRANSFORMER,
  decoder: [
    ...[0, 1, 2, 3].map(stage => ({
      peer: `decoder.mlp_stage.${3 - stage}.linear.{rest}`,
      ours: `decode_head.linear_c.${stage}.proj.{rest}`,
    })),
    { peer: 'decoder.fuse_stage.0.{rest}', ours: 'decode_head.linear_fuse.{rest}' },
    { peer: 'decoder.fuse_stage.1.{rest}', ours: 'decode_head.batch_norm.{rest}' },
    { peer: 'segmentation_head.0.{rest}', ours: 'decode_head.classifier.{rest}' },
  ],
  options: { normEpsilon: 'nvlabs' },
}

const OUR_SWIN = 'encoder.model'

/** smp's `Unet` over timm's `features_only` encoder: our own names. */
export const smpSwin: Dialect = {
  name: 'smp',
  family: 'swin-unet',
  title: 'segmentation_models_pytorch Unet',
  stem: 'encoder.model.',
  encoder: [],
  decoder: [],
  options: {},
}

const EMBEDDING: DialectRule = { peer: 'patch_embed.{rest}', ours: `${OUR_SWIN}.patch_embed.{rest}` }

/** timm's `features_only` names, without a U-Net around them. */
export const timmFeaturesSwin: Dialect = {
  name: 'timm-features',
  family: 'swin-unet',
  title: 'timm features_only',
  stem: '',
  encoder: [EMBEDDING, { peer: 'layers_{s}.{rest}', ours: `${OUR_SWIN}.layers_{s}.{rest}` }],
  decoder: [],
  options: {},
}

/** timm's class names: `layers.N.downsample` begins stage N. */
export const timmSwin: Dialect = {
  name: 'timm',
  family: 'swin-unet',
  title: 'timm',
  stem: '',
  encoder: [EMBEDDING, { peer: 'layers.{s}.{rest}', ours: `${OUR_SWIN}.layers_{s}.{rest}` }],
  decoder: [],
  options: {},
}

/** The authors' names, timm's before 0.9 too: `layers.N.downsample` ends stage N; one norm per output. */
export const originalSwin: Dialect = {
  name: 'swin-original',
  family: 'swin-unet',
  title: 'Swin’s authors',
  stem: '',
  encoder: [
    EMBEDDING,
    { peer: 'layers.{s}.downsample.{rest}', ours: `${OUR_SWIN}.layers_{s+1}.downsample.{rest}` },
    { peer: 'layers.{s}.{rest}', ours: `${OUR_SWIN}.layers_{s}.{rest}` },
    { peer: 'norm{s}.{rest}', ours: `${OUR_SWIN}.norm{s}.{rest}` },
  ],
  decoder: [],
  options: { windowPadding: 'original' },
}

/** mmsegmentation 1.x: other names, and the four neighbours of a merged patch interleaved (`nn.Unfold`). */
export const mmsegSwin: Dialect = {
  name: 'mmseg-swin',
  family: 'swin-unet',
  title: 'mmsegmentation 1.x',
  stem: 'backbone.',
  encoder: [
    { peer: 'patch_embed.projection.{rest}', ours: `${OUR_SWIN}.patch_embed.proj.{rest}` },
    { peer: 'patch_embed.norm.{rest}', ours: `${OUR_SWIN}.patch_embed.norm.{rest}` },
    {
      peer: 'stages.{s}.downsample.{rest}',
      ours: `${OUR_SWIN}.layers_{s+1}.downsample.{rest}`,
      reorder: unfoldOrder,
    },
    {
      peer: 'stages.{s}.blocks.{b}.attn.w_msa.{rest}',
      ours: `${OUR_SWIN}.layers_{s}.blocks.{b}.attn.{rest}`,
    },
    {
      peer: 'stages.{s}.blocks.{b}.ffn.layers.0.0.{rest}',
      ours: `${OUR_SWIN}.layers_{s}.blocks.{b}.mlp.fc1.{rest}`,
    },
    {
      peer: 'stages.{s}.blocks.{b}.ffn.layers.1.{rest}',
      ours: `${OUR_SWIN}.layers_{s}.blocks.{b}.mlp.fc2.{rest}`,
    },
    { peer: 'stages.{s}.blocks.{b}.norm1.{rest}', ours: `${OUR_SWIN}.layers_{s}.blocks.{b}.norm1.{rest}` },
    { peer: 'stages.{s}.blocks.{b}.norm2.{rest}', ours: `${OUR_SWIN}.layers_{s}.blocks.{b}.norm2.{rest}` },
    { peer: 'norm{s}.{rest}', ours: `${OUR_SWIN}.norm{s}.{rest}` },
  ],
  decoder: [],
  options: { windowPadding: 'original' },
}

/** Every family's dialects; the first is ours, whose names are the network's own. */
const DIALECTS: Record<NetworkFamily, readonly [Dialect, ...Dialect[]]> = {
  segformer: [transformersSegformer, nvlabsSegformer, smpSegformer],
  'swin-unet': [smpSwin, timmFeaturesSwin, timmSwin, originalSwin, mmsegSwin],
  'efficientnetv2-unet': [smpEfficientNetV2, timmEfficientNetV2],
  'resnet-unet': [smpResnet, torchvisionResnet],
  'hrnet-ocr': [hrnet],
}

export function dialectsOf(family: NetworkFamily): readonly [Dialect, ...Dialect[]] {
  return DIALECTS[family]
}

/** @throws AppError `bad-argument` naming the family's dialects. */
export function dialectNamed(family: NetworkFamily, name: DialectName): Dialect {
  const found = DIALECTS[family].find(dialect => dialect.name === name)
  if (found) return found
  const known = DIALECTS[family].map(dialect => dialect.name).join(', ')
  throw new AppError('bad-argument', `${family} has no key names "${name}". Choose one of: ${known}.`)
}

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
