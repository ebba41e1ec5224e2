import { join } from 'node:path'
import { AppError, throwIfAborted, toAppError } from '../../core/foundation/appError'
import { sha256 } from '../../core/foundation/sha256'
import { DIALECT_NAMES, type ModelManifest, parseManifest } from '../../core/rounds/modelManifest'
import { FAMILIES, PRESETS } from '../../core/rounds/networks'
import type { ModelFiles } from '../../engine'
import { BACKEND_HELP, backendOption } from '../backendOption'
import { type Command, EXIT, type ParsedOptions, parseOptions } from '../command'
import type { CommandIo } from '../node/commandIo'
import { readModelFolders } from '../node/modelFolders'
import { startCliEngine } from '../node/startCliEngine'
import { convertModel } from './modelsConvert'

/** A probability may differ by this much between adapters before a model counts as broken. */
const GOLDEN_TOLERANCE = 1e-3

/** `models check`: hashes, key names and shapes of folders, and their answers beside their golden outputs. */
async function checkModels(paths: readonly string[], options: ParsedOptions, io: CommandIo): Promise<number> {
  await startCliEngine(backendOption(options), 'inference', io)
  const { checkModel, loadModelFolder } = await import('../../engine')
  const rows: { id: string; ok: boolean; largestError: number | null; message: string }[] = []
  for (const path of paths) {
    for (const { id, files } of await readModelFolders(path)) {
      throwIfAborted(io.signal)
      try {
        const { manifest, network, golden } = await loadModelFolder(files)
        try {
          const largestError = golden ? await checkModel(network, golden) : null
          const ok = largestError === null || largestError <= GOLDEN_TOLERANCE
          const found = golden ? `${largestError} from its golden outputs` : 'no golden outputs'
          rows.push({ id, ok, largestError, message: `${manifest.family} ${manifest.preset}: ${found}` })
        } finally {
          network.dispose()
        }
      } catch (error) {
        rows.push({ id, ok: false, largestError: null, message: toAppError(error).message })
      }
    }
  }
  if (options.values.json) io.out(JSON.stringify(rows, null, 2))
  else for (const { id, ok, message } of rows) io.out(`${ok ? 'ok  ' : 'FAIL'} ${id}  ${message}`)
  return rows.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed
}

interface ModelRow {
  id: string
  /** null where the manifest cannot be read. */
  manifest: ModelManifest | null
  bytes: number
  /** "whole", or what is wrong. */
  state: string
}

/** `models list`: model folders with what their manifests say; nothing is computed, no device is needed. */
async function listModels(paths: readonly string[], options: ParsedOptions, io: CommandIo): Promise<number> {
  const rows: ModelRow[] = []
  for (const path of paths.length > 0 ? paths : [join(io.root, 'models')]) {
    for (const model of await readModelFolders(path)) rows.push(await describe(model))
  }
  if (options.values.json) {
    io.out(JSON.stringify(rows.map(asJson), null, 2))
  } else for (const line of asTable(rows)) io.out(line)
  return rows.every(({ state }) => state === 'whole') ? EXIT.ok : EXIT.failed
}

async function describe({ id, files }: ModelFiles): Promise<ModelRow> {
  const bytes = Object.values(files).reduce((sum, file) => sum + file.byteLength, 0)
  try {
    const manifest = parseManifest(files['manifest.json'] ?? new Uint8Array(0))
    return { id, manifest, bytes, state: await stateOf(manifest, files) }
  } catch (error) {
    return { id, manifest: null, bytes, state: toAppError(error).message.split('\n')[0]! }
  }
}

async function stateOf(manifest: ModelManifest, files: ModelFiles['files']): Promise<string> {
  for (const expected of [manifest.weights, manifest.golden]) {
    if (!expected) continue
    const file = files[expected.file]
    if (!file) return `${expected.file} is missing`
    if ((await sha256(file)) !== expected.sha256) return `${expected.file} is not the one it was saved with`
  }
  return 'whole'
}

function asJson({ id, manifest, bytes, state }: ModelRow) {
  return {
    id,
    family: manifest?.family ?? null,
    preset: manifest?.preset ?? null,
    parameters: manifest?.parameters ?? null,
    bands: manifest?.bands ?? null,
    classes: manifest?.classes ?? null,
    f1: manifest?.training.heldOut?.f1 ?? null,
    bytes,
    state,
  }
}

function asTable(rows: readonly ModelRow[]): string[] {
  const cells = rows.map(row => {
    const { id, family, preset, parameters, bands, f1, bytes, state } = asJson(row)
    return [
      id,
      family ?? '-',
      preset ?? '-',
      parameters?.toLocaleString('en') ?? '-',
      bands === null ? '-' : String(bands),
      f1 === null ? '-' : f1.toFixed(4),
      `${(bytes / 1e6).toFixed(1)} MB`,
      state,
    ]
  })
  const header = ['id', 'family', 'preset', 'parameters', 'bands', 'F1', 'size', 'state']
  const widths = header.map((title, column) =>
    Math.max(title.length, ...cells.map(row => row[column]!.length)),
  )
  const right = new Set([3, 4, 5, 6])
  return [header, ...cells].map(row =>
    row
      .map((cell, column) =>
        right.has(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  )
}

/** `models sizes`: every preset with its trainable parameters, 14 bands and 2 classes. */
async function listSizes(options: ParsedOptions, io: CommandIo): Promise<number> {
  const { countParameters, declareNetwork } = await import('../../engine')
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
