import type { Dialect, DialectRule } from '../dialect'
import { unfoldOrder } from '../unfoldOrder'

const OURS = 'encoder.model'

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

const EMBEDDING: DialectRule = { peer: 'patch_embed.{rest}', ours: `${OURS}.patch_embed.{rest}` }

/** timm's `features_only` names, without a U-Net around them. */
export const timmFeaturesSwin: Dialect = {
  name: 'timm-features',
  family: 'swin-unet',
  title: 'timm features_only',
  stem: '',
  encoder: [EMBEDDING, { peer: 'layers_{s}.{rest}', ours: `${OURS}.layers_{s}.{rest}` }],
  decoder: [],
  options: {},
}

/** timm's class names: `layers.N.downsample` begins stage N. */
export const timmSwin: Dialect = {
  name: 'timm',
  family: 'swin-unet',
  title: 'timm',
  stem: '',
  encoder: [EMBEDDING, { peer: 'layers.{s}.{rest}', ours: `${OURS}.layers_{s}.{rest}` }],
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
    { peer: 'layers.{s}.downsample.{rest}', ours: `${OURS}.layers_{s+1}.downsample.{rest}` },
    { peer: 'layers.{s}.{rest}', ours: `${OURS}.layers_{s}.{rest}` },
    { peer: 'norm{s}.{rest}', ours: `${OURS}.norm{s}.{rest}` },
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
    { peer: 'patch_embed.projection.{rest}', ours: `${OURS}.patch_embed.proj.{rest}` },
    { peer: 'patch_embed.norm.{rest}', ours: `${OURS}.patch_embed.norm.{rest}` },
    {
      peer: 'stages.{s}.downsample.{rest}',
      ours: `${OURS}.layers_{s+1}.downsample.{rest}`,
      reorder: unfoldOrder,
    },
    { peer: 'stages.{s}.blocks.{b}.attn.w_msa.{rest}', ours: `${OURS}.layers_{s}.blocks.{b}.attn.{rest}` },
    {
      peer: 'stages.{s}.blocks.{b}.ffn.layers.0.0.{rest}',
      ours: `${OURS}.layers_{s}.blocks.{b}.mlp.fc1.{rest}`,
    },
    {
      peer: 'stages.{s}.blocks.{b}.ffn.layers.1.{rest}',
      ours: `${OURS}.layers_{s}.blocks.{b}.mlp.fc2.{rest}`,
    },
    { peer: 'stages.{s}.blocks.{b}.norm1.{rest}', ours: `${OURS}.layers_{s}.blocks.{b}.norm1.{rest}` },
    { peer: 'stages.{s}.blocks.{b}.norm2.{rest}', ours: `${OURS}.layers_{s}.blocks.{b}.norm2.{rest}` },
    { peer: 'norm{s}.{rest}', ours: `${OURS}.norm{s}.{rest}` },
  ],
  decoder: [],
  options: { windowPadding: 'original' },
}
