import { BANDS } from '../../patches/bands'
import { standardDeviation } from '../../patches/statistics'
import type { NetworkFamily } from '../network'
import type { ModelManifest } from './manifest'

const ARCHITECTURES: Record<NetworkFamily, string> = {
  segformer: 'SegFormer',
  'swin-unet': 'U-Net with a Swin Transformer encoder',
  'efficientnetv2-unet': 'U-Net with an EfficientNetV2 encoder',
  'resnet-unet': 'U-Net with a ResNet encoder',
  'hrnet-ocr': 'HRNet with object-contextual representations',
}

const TASKS = ['semantic-segmentation'] as const
const MAP = { dim_order: ['batch', 'height', 'width', 'bands'], data_type: 'float32' } as const

/** The names of a model's bands: its own, else those of Landslide4Sense, else their numbers. */
function bandNamesOf({ bands, bandNames }: Pick<ModelManifest, 'bands' | 'bandNames'>): string[] {
  if (bandNames) return bandNames
  if (bands === BANDS.length) return BANDS.map(({ name }) => name)
  return Array.from({ length: bands }, (_, index) => `band-${index + 1}`)
}

/** The names of a model's classes, by value. */
export function classNamesOf({
  classes,
  classNames,
}: Pick<ModelManifest, 'classes' | 'classNames'>): string[] {
  if (classNames) return classNames
  if (classes === 2) return ['background', 'landslide']
  return Array.from({ length: classes }, (_, index) => `class-${index}`)
}

/**
 * A manifest in the words of the STAC Machine Learning Model extension 1.5
 * (https://github.com/stac-extensions/mlm): `mlm` holds the properties of an Item that describes the model, `assets` its
 * files. Both follow from the manifest, and are not read back.
 */
export function machineLearningModelFields(manifest: ModelManifest) {
  const { training } = manifest
  const isTrained = training.steps !== null || training.parentModelId !== null || training.data.length > 0
  const sentences = training.data.join(' ')
  return {
    mlm: {
      stac_extensions: [
        'https://stac-extensions.github.io/mlm/v1.5.2/schema.json',
        'https://stac-extensions.github.io/classification/v1.1.0/schema.json',
      ],
      // STAC 1.1: bands that the input names are described beside it.
      bands: bandNamesOf(manifest).map(name => ({ name })),
      'mlm:name': nameOf(manifest.id),
      'mlm:architecture': ARCHITECTURES[manifest.family],
      'mlm:tasks': TASKS,
      'mlm:framework': 'TensorFlow.js',
      'mlm:framework_version': '4.22.0',
      'mlm:total_parameters': manifest.parameters,
      'mlm:pretrained': isTrained,
      'mlm:pretrained_source': isTrained && sentences ? sentences : null,
      'mlm:accelerator': null,
      'mlm:accelerator_constrained': false,
      'mlm:accelerator_summary': 'WebGPU; WASM and CPU predict too',
      'mlm:hyperparameters': hyperparametersOf(manifest),
      'mlm:input': [inputOf(manifest)],
      'mlm:output': [outputOf(manifest)],
    },
    assets: {
      weights: {
        href: `./${manifest.weights.file}`,
        type: 'application/octet-stream; application=safetensors',
        title: 'Weights in PyTorch layout under the key names of the peer',
        roles: ['mlm:model', 'mlm:weights'],
        'mlm:artifact_type': 'safetensors.torch.save_file',
      },
    },
  }
}

/** The extension wants a name that begins with a letter and ends with a letter or digit. */
function nameOf(id: string): string {
  return `Scarp ${id}`.replace(/[^a-zA-Z0-9]+$/, '')
}

function hyperparametersOf({ family, preset, options, training }: ModelManifest): Record<string, unknown> {
  const { seed, steps } = training
  return {
    family,
    preset,
    ...options,
    ...(seed === null ? {} : { seed }),
    ...(steps === null ? {} : { steps }),
  }
}

function inputOf(manifest: ModelManifest) {
  const { source } = manifest.statistics
  const deviations = source ? standardDeviation(source) : []
  return {
    name: 'image',
    description:
      'Raw band values of one image set, z-scored band by band with the mean and standard deviation of that set; invalid ' +
      'pixels become 0. value_scaling has the statistics of the source set that the model was trained on. A pass carries ' +
      'one domain, source or target, whose batch statistics it uses.',
    bands: bandNamesOf(manifest),
    input: { shape: [-1, -1, -1, manifest.bands], ...MAP },
    value_scaling: source
      ? source.mean.map((mean, band) => ({ type: 'z-score', mean, stddev: deviations[band]! }))
      : null,
    resize_type: null,
    pre_processing_function: null,
  }
}

function outputOf(manifest: ModelManifest) {
  return {
    name: 'probability',
    description: 'Softmax of the logits on the grid of the image.',
    tasks: TASKS,
    result: {
      shape: [-1, -1, -1, manifest.classes],
      dim_order: ['batch', 'height', 'width', 'class'],
      data_type: MAP.data_type,
    },
    'classification:classes': classNamesOf(manifest).map((name, value) => ({
      value,
      // What the classification extension allows in a name.
      name: name.replace(/[^0-9A-Za-z_-]+/g, '-'),
      description: name,
    })),
    post_processing_function: null,
  }
}
