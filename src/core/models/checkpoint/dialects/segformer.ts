import type { Dialect, DialectRule } from '../dialect'

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
