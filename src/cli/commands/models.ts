import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, throwIfAborted, toAppError } from '../../core/foundation/appError'
import type { NetworkFamily } from '../../core/models/network'
import { type Command, type CommandIo, EXIT } from '../command'
import { readModelFolders } from '../modelFolders'
import { choiceOption, numberOption, type ParsedOptions, parseOptions, textOption } from '../parseOptions'
import { BACKEND_HELP, startCliEngine } from '../startCliEngine'
import { writeAtomically } from '../writeAtomically'

/** A probability may differ by this much between adapters before a model counts as broken. */
const TOLERANCE = 1e-3

const FAMILIES: readonly NetworkFamily[] = ['segformer', 'swin-unet', 'efficientnetv2-unet']

export const modelsCommand: Command = {
  name: 'models',
  summary: 'List network sizes, check model folders, pack a PyTorch checkpoint',
  help: [
    'Usage: scarp models [--json]',
    '       scarp models check <dir>... [--json]',
    '       scarp models pack <weights.safetensors> --family <name> --preset <name> --out <dir> [options]',
    '',
    'Without a word: every family and preset with its number of parameters (14 bands, 2 classes).',
    `check: opens model folders and compares them with their golden outputs (largest difference below ${TOLERANCE}).`,
    'pack: makes a model folder of a checkpoint with the key names of transformers, timm or smp.',
    '',
    '  --family <name>     segformer, swin-unet or efficientnetv2-unet',
    '  --preset <name>     see the list',
    '  --bands <n>         input bands of the checkpoint (default 14)',
    '  --classes <n>       its classes (default 2)',
    '  --id <name>         id of the model (default: the folder’s name)',
    '  --json              one JSON document',
    BACKEND_HELP,
    '',
    'Exit codes: 0 done; 1 a model is broken; 2 bad usage; 130 interrupted.',
  ].join('\n'),
  async run(argv, io) {
    const text = { type: 'string' } as const
    const options = parseOptions(argv, {
      json: { type: 'boolean' },
      backend: text,
      family: text,
      preset: text,
      bands: text,
      classes: text,
      id: text,
      out: text,
    })
    const [action, ...paths] = options.words
    if (action === undefined) return list(options, io)
    if (action === 'check' && paths.length > 0) return check(paths, options, io)
    if (action === 'pack' && paths.length === 1) return pack(paths[0]!, options, io)
    throw new AppError('bad-argument', `"models ${options.words.join(' ')}" is not understood.`)
  },
}

async function list(options: ParsedOptions, io: CommandIo): Promise<number> {
  const { declareNetwork, PRESETS } = await import('../../core/models/createNetwork')
  const { countParameters } = await import('../../core/nn/parameterRegistry')
  const rows = FAMILIES.flatMap(family =>
    PRESETS[family].map(preset => ({
      family,
      preset,
      parameters: countParameters(declareNetwork(family, preset, { seed: null }).registry).trainable,
    })),
  )
  if (options.values.json) io.out(JSON.stringify(rows, null, 2))
  else {
    for (const { family, preset, parameters } of rows) {
      io.out(
        `${family.padEnd(22)}${preset.padEnd(20)}${parameters.toLocaleString('en').padStart(12)} parameters`,
      )
    }
  }
  return EXIT.ok
}

async function check(paths: readonly string[], options: ParsedOptions, io: CommandIo): Promise<number> {
  await startCliEngine(options, 'inference', io)
  const { loadModelFolder } = await import('../../core/models/loadModelFolder')
  const { checkModel } = await import('../../core/models/folder/golden')
  const rows: { id: string; ok: boolean; largestError: number | null; message: string }[] = []
  for (const path of paths) {
    for (const { id, files } of await readModelFolders(path)) {
      throwIfAborted(io.signal)
      try {
        const { manifest, network, golden } = await loadModelFolder(files)
        const largestError = golden ? await checkModel(network, golden) : null
        network.dispose()
        const ok = largestError === null || largestError <= TOLERANCE
        const found = golden ? `${largestError} from its golden outputs` : 'no golden outputs'
        rows.push({ id, ok, largestError, message: `${manifest.family} ${manifest.preset}: ${found}` })
      } catch (error) {
        rows.push({ id, ok: false, largestError: null, message: toAppError(error).message })
      }
    }
  }
  if (options.values.json) io.out(JSON.stringify(rows, null, 2))
  else for (const { id, ok, message } of rows) io.out(`${ok ? 'ok  ' : 'FAIL'} ${id}  ${message}`)
  return rows.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed
}

async function pack(path: string, options: ParsedOptions, io: CommandIo): Promise<number> {
  const out = textOption(options, 'out')
  textOption(options, 'family') // no family is a default
  const family = choiceOption(options, 'family', FAMILIES, 'segformer')
  const preset = textOption(options, 'preset')
  const count = (name: string, fallback: number) =>
    numberOption(options, name, { fallback, low: 1, high: 1024, whole: true })
  const request = { bands: count('bands', 14), classes: count('classes', 2), seed: null }
  const { createNetwork } = await import('../../core/models/createNetwork')
  const { loadCheckpoint } = await import('../../core/models/checkpoint/loadCheckpoint')
  const { readSafetensors } = await import('../../core/models/checkpoint/safetensors')
  const { saveModelFolder } = await import('../../core/models/saveModelFolder')
  const { tensors } = readSafetensors(await readFile(path))
  await startCliEngine(options, 'inference', io)
  const network = createNetwork(family, preset, request)
  const report = loadCheckpoint(network.parameters, tensors)
  const files = await saveModelFolder(network, {
    id: textOption(options, 'id', out.split('/').filter(Boolean).at(-1)),
    training: { data: ['Not recorded: packed from a checkpoint trained elsewhere.'] },
  })
  network.dispose()
  for (const [name, bytes] of Object.entries(files)) await writeAtomically(join(out, name), bytes)
  io.out(
    `${out}: ${report.loaded.length} tensors, ${report.copiedToTarget.length} copied to the target domain`,
  )
  return EXIT.ok
}
