import type { Dialect } from '../dialect'

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
