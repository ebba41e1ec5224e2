import { BANDS } from '../../../core/patches/bands'
import { standardDeviation } from '../../../core/patches/statistics'
import type { ModelManifest } from '../../../core/rounds/modelManifest'
import type { NetworkFamily } from '../../../core/rounds/networks'

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
function classNamesOf({ classes, classNames }: Pick<ModelManifest, 'classes' | 'classNames'>): string[] {
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
      'Raw band values of one image set, z-scored band by band with the mean of that set, drawn towards that of the ' +
      'training set as far as it is not known, and its root mean square about it; invalid pixels become 0. value_scaling has the statistics of the source set that the model was trained on. A pass carries ' +
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

/** MODEL_CARD.md: what a model is, learned from, and is not good for, in plain words. */
export function modelCard(manifest: ModelManifest): string {
  const { training, statistics } = manifest
  return [
    `# ${manifest.title}`,
    '',
    `${manifest.family}, preset ${manifest.preset}: ${manifest.parameters.toLocaleString('en')} parameters, ` +
      `${manifest.bands} bands in, ${manifest.classes} classes out (${classNamesOf(manifest).join(', ')}). ` +
      `License ${manifest.license}.`,
    '',
    '## What it learned from',
    ...list(training.data, 'Not recorded.'),
    '',
    ...facts(manifest),
    '',
    '## Held-out scores of the landslide class',
    scores(training.heldOut),
    ...training.scores.map(({ on, ...metrics }) => `- ${on}: ${scores(metrics)}`),
    '',
    '## What it is not good for',
    ...list(manifest.limits, 'Not recorded: do not rely on it without checking its masks.'),
    '',
    '## Normalisation',
    'Every image set is z-scored band by band before it enters the network: by its own mean, drawn towards ' +
      'that of the training sets below as far as its own is not known, and its own spread about it (`--stats auto`). Invalid pixels become 0. ' +
      limitText(manifest.options.inputLimit) +
      'The training sets had, per band (mean, standard deviation):',
    ...(
      [
        ['source', statistics.source],
        ['target', statistics.target],
        ...(statistics.others ?? []).map(set => ['beside the source', set] as const),
      ] as const
    ).map(([domain, stats]) => {
      if (!stats) return `- ${domain}: none`
      const deviations = standardDeviation(stats)
      const pairs = stats.mean.map((mean, band) => `${mean.toFixed(3)} ± ${deviations[band]!.toFixed(3)}`)
      return `- ${domain} (${stats.count.toLocaleString('en')} pixels): ${pairs.join('; ')}`
    }),
    '',
    '## Opening it elsewhere',
    'weights.safetensors holds PyTorch layouts under the key names of the well-known implementations (transformers for ' +
      'SegFormer; timm under segmentation_models_pytorch’s Unet for the U-Nets; the authors’ for HRNet). Load it with ' +
      '`strict=False`: `running_mean_target` and `running_var_target` are the target domain’s batch statistics, which ' +
      'those do not know. `scarp models convert <folder> --out <file>.safetensors --domain target` writes the file that ' +
      'they read as the network for target images, `--dialect` other key names. golden.safetensors holds an input and ' +
      'the probabilities it must give (NHWC).',
    '',
  ].join('\n')
}

function limitText(limit: number | undefined): string {
  return limit === undefined ? '' : `What lies beyond ${limit} deviations is cut to them. `
}

function facts({ training, masks }: ModelManifest): string[] {
  const rows: [string, string | number | null][] = [
    ['Optimiser steps', training.steps],
    ['Seed', training.seed],
    ['Continued from', training.parentModelId],
    ['Round', training.roundId],
    ['Made at', training.at],
    ['Masks from a probability of', masks && `${masks.threshold} (the mean of ${masks.models.join(', ')})`],
    ['On', training.adapter ? `${training.backend ?? ''} ${training.adapter}`.trim() : training.backend],
  ]
  const known = rows.filter(([, value]) => value !== null).map(([name, value]) => `- ${name}: ${value}`)
  return [...known, ...training.notes.map(note => `- ${note}`)]
}

function scores(heldOut: ModelManifest['training']['heldOut']): string {
  if (!heldOut) return 'No score: no patch was held out.'
  const percent = (value: number | null) => (value === null ? 'undefined' : `${(100 * value).toFixed(2)} %`)
  return (
    `F1 ${percent(heldOut.f1)}, precision ${percent(heldOut.precision)}, recall ${percent(heldOut.recall)}, ` +
    `IoU ${percent(heldOut.iou)}, over ${
      heldOut.truePositive + heldOut.falsePositive + heldOut.falseNegative + heldOut.trueNegative
    } pixels.`
  )
}

function list(items: readonly string[], otherwise: string): string[] {
  return items.length > 0 ? items.map(item => `- ${item}`) : [otherwise]
}
