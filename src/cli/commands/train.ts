import { BACKEND_HELP } from '../backendOption'
import { type Command, EXIT, numberOption, parseOptions, textOption } from '../command'
import { describePeakMemory } from '../node/startCliEngine'
import {
  MEMORY_HELP,
  parseFamilies,
  TRAINING_HELP,
  TRAINING_OPTIONS,
  trainingConfigOf,
} from '../trainingOptions'

export const trainCommand: Command = {
  name: 'train',
  summary: 'Train networks on labelled patches',
  help: [
    'Usage: scarp train --source <dir> --out <dir> [options]',
    '',
    'Trains one network a family on labelled patches, thousands of them if need be: they are decoded to files in --out',
    'first (half a megabyte a competition patch, removed in the end) and read from there, so that memory stays bounded.',
    'Layouts: img/image_N.h5 with mask/mask_N.h5, images/train with annotations/train, or GeoTIFFs with *_mask.tif.',
    'Writes <out>/<model>/ (manifest, weights, golden outputs, model card) and report.json.',
    '',
    '  --source <dir>         labelled patches',
    '  --out <dir>            output folder',
    '  --families <list>      of segformer, swin-unet, efficientnetv2-unet (the default three), resnet-unet, hrnet-ocr',
    '  --preset <name>        size of the networks (default tiny; scarp models sizes lists them)',
    '  --models <dir>         start from these models instead of a seeded initialisation',
    '  --held-out <share>     share held out by blocks of ids, never trained on (default 0.2)',
    ...TRAINING_HELP,
    ...MEMORY_HELP,
    '  --checkpoint-every <s> seconds between checkpoints (default 30)',
    '  --resume               continue an interrupted run in --out, given the same options, with the same result',
    BACKEND_HELP,
    '',
    'Ctrl-C writes a checkpoint and ends; a second one ends at once.',
    'Exit codes: 0 done; 1 some inputs were refused, or the work failed; 2 bad usage; 130 interrupted (--resume goes on).',
  ].join('\n'),
  async run(argv, io) {
    const text = { type: 'string' } as const
    const options = parseOptions(argv, {
      ...TRAINING_OPTIONS,
      source: text,
      out: text,
      families: text,
      preset: text,
      models: text,
      'held-out': text,
      memory: text,
      'checkpoint-every': text,
      backend: text,
      resume: { type: 'boolean' },
    })
    const preset = textOption(options, 'preset', 'tiny')
    const models = typeof options.values.models === 'string' ? options.values.models : null
    const { trainProject } = await import('../trainProject')
    const report = await trainProject(
      {
        source: textOption(options, 'source'),
        out: textOption(options, 'out'),
        models,
        heldOutShare: numberOption(options, 'held-out', { fallback: 0.2, low: 0, high: 0.9 }),
        resume: options.values.resume === true,
        checkpointEvery: numberOption(options, 'checkpoint-every', { fallback: 30, low: 0, high: 86_400 }),
        config: {
          ...trainingConfigOf(options, preset, models === null),
          preset,
          families: parseFamilies(options),
        },
      },
      options,
      io,
    )
    io.note(describePeakMemory())
    const shown = (f1: number | null | undefined) => f1?.toFixed(4) ?? 'undefined'
    for (const { modelId, heldOut } of report.round.networks) {
      io.out(`${modelId}: held-out F1 ${shown(heldOut?.f1)}`)
    }
    if (report.round.networks.length > 1)
      io.out(`ensemble: held-out F1 ${shown(report.round.ensembleHeldOut?.f1)}`)
    return report.refused.length > 0 ? EXIT.failed : EXIT.ok
  },
}
