import { AppError } from '../../core/foundation/appError'
import { DIALECT_NAMES } from '../../core/models/checkpoint/dialect'
import type { Command } from '../command'
import { parseOptions } from '../parseOptions'
import { BACKEND_HELP } from '../startCliEngine'
import { checkModels, GOLDEN_TOLERANCE } from './modelsCheck'
import { convertModel } from './modelsConvert'
import { listModels } from './modelsList'
import { listSizes } from './modelsSizes'

export const modelsCommand: Command = {
  name: 'models',
  summary: 'List and check model folders, convert checkpoints from and to PyTorch',
  help: [
    'Usage: scarp models list [<dir>...] [--json]',
    '       scarp models sizes [--json]',
    '       scarp models check <dir>... [--json]',
    '       scarp models convert <weights.safetensors | model folder> --out <dir | file.safetensors> [options]',
    '',
    'list: model folders (default: the checkout’s models/) with what they are and whether they are whole.',
    'sizes: every family and preset with its number of parameters (14 bands, 2 classes).',
    `check: opens model folders and compares them with their golden outputs (largest difference below ${GOLDEN_TOLERANCE}).`,
    'convert: makes a model folder of a checkpoint, or a checkpoint under a peer’s key names, and prints what became',
    '         of every key. Family and preset are recognised by key names and shapes.',
    '',
    '  --family <name>     segformer, swin-unet, efficientnetv2-unet, resnet-unet or hrnet-ocr; with --preset, where',
    '  --preset <name>     the checkpoint cannot be recognised (see "models sizes")',
    '  --bands <n>         bands of the result: another number than the checkpoint’s adapts the first layer as timm does',
    '  --classes <n>       classes of the result; another number than the checkpoint’s needs --partial',
    '  --partial           go on where parameters are missing or have another shape: they start from their seeds',
    '  --affine <how>      shared (default) or separate scale and shift of the two domains’ normalisation',
    '  --dialect <name>    key names to write to a file:',
    `                      ${DIALECT_NAMES.join(', ')}`,
    '  --domain <name>     whose statistics a file has: source (default) or target',
    '  --split-domains     a file with both domains’ statistics (running_mean, running_mean_target); a folder always has',
    '  --id <name>         id of the model (default: the folder’s name)',
    '  --json              one JSON document',
    BACKEND_HELP,
    '',
    'Exit codes: 0 done; 1 a model is broken or a checkpoint does not fit; 2 bad usage; 130 interrupted.',
  ].join('\n'),
  async run(argv, io) {
    const text = { type: 'string' } as const
    const flag = { type: 'boolean' } as const
    const options = parseOptions(argv, {
      json: flag,
      partial: flag,
      'split-domains': flag,
      backend: text,
      family: text,
      preset: text,
      bands: text,
      classes: text,
      affine: text,
      dialect: text,
      domain: text,
      id: text,
      out: text,
    })
    const [action, ...paths] = options.words
    if (action === undefined || action === 'list') return listModels(paths, options, io)
    if (action === 'sizes' && paths.length === 0) return listSizes(options, io)
    if (action === 'check' && paths.length > 0) return checkModels(paths, options, io)
    if (action === 'convert' && paths.length === 1) return convertModel(paths[0]!, options, io)
    throw new AppError(
      'bad-argument',
      `"models ${options.words.join(' ')}" is not understood. See "scarp models --help".`,
    )
  },
}
