import { standardDeviation } from '../../patches/statistics'
import { classNamesOf } from './machineLearningModelFields'
import type { ModelManifest } from './manifest'

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
    'Every image set is z-scored by its own statistics before it enters the network; invalid pixels become 0. ' +
      limitText(manifest.options.inputLimit) +
      'The training sets had, per band (mean, standard deviation):',
    ...(['source', 'target'] as const).map(domain => {
      const stats = statistics[domain]
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

function facts({ training }: ModelManifest): string[] {
  const rows: [string, string | number | null][] = [
    ['Optimiser steps', training.steps],
    ['Seed', training.seed],
    ['Continued from', training.parentModelId],
    ['Round', training.roundId],
    ['Made at', training.at],
    ['On', training.adapter ? `${training.backend ?? ''} ${training.adapter}`.trim() : training.backend],
  ]
  const known = rows.filter(([, value]) => value !== null).map(([name, value]) => `- ${name}: ${value}`)
  return [...known, ...training.notes.map(note => `- ${note}`)]
}

function scores(heldOut: ModelManifest['training']['heldOut']): string {
  if (!heldOut) return 'Nothing was held out: there is no score.'
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
