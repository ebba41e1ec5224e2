import { join } from 'node:path'
import { AppError, throwIfAborted, toAppError, withReason } from '../../core/foundation/appError'
import { sha256 } from '../../core/foundation/sha256'
import { GOLDEN_TOLERANCE, type ModelManifest, parseManifest } from '../../core/rounds/modelManifest'
import { FAMILIES, PRESETS } from '../../core/rounds/networks'
import type { ModelFiles } from '../../engine'
import { declareCommand, declareGroup, EXIT } from '../command'
import { readModelFolders } from '../node/modelFolders'
import { startCliEngine } from '../node/startCliEngine'
import { BACKEND, JSON_OUTPUT } from '../sharedOptions'
import { convertCommand } from './modelsConvert'

interface ModelRow {
  id: string
  /** null where the manifest cannot be read. */
  manifest: ModelManifest | null
  bytes: number
  /** "whole", or what is wrong. */
  state: string
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
    if ((await sha256(file)) !== expected.sha256) return `${expected.file} has changed since it was saved`
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

const listCommand = declareCommand({
  name: 'list',
  summary: 'List model folders with what they are and whether they are whole',
  details: 'Reads manifests and hashes; nothing is computed and no device is needed.',
  words: ['[dir...]', "model folders, or folders of them (default: the checkout's models/)"],
  options: { json: JSON_OUTPUT },
  exits: { failed: 'a model is damaged' },
  async run({ words, options }, io) {
    const rows: ModelRow[] = []
    for (const path of words.length > 0 ? words : [join(io.root, 'models')]) {
      for (const model of await readModelFolders(path)) rows.push(await describe(model))
    }
    if (options.json) io.out(JSON.stringify(rows.map(asJson), null, 2))
    else for (const line of asTable(rows)) io.out(line)
    return rows.every(({ state }) => state === 'whole') ? EXIT.ok : EXIT.failed
  },
})

const sizesCommand = declareCommand({
  name: 'sizes',
  summary: 'List every family and preset with its number of parameters',
  details: 'Trainable parameters with 14 bands and 2 classes.',
  options: { json: JSON_OUTPUT },
  async run({ options }, io) {
    const { countParameters, declareNetwork } = await import('../../engine')
    const rows = FAMILIES.flatMap(family =>
      PRESETS[family].map(preset => ({
        family,
        preset,
        parameters: countParameters(declareNetwork(family, preset, { seed: null }).registry).trainable,
      })),
    )
    if (options.json) io.out(JSON.stringify(rows, null, 2))
    else {
      for (const { family, preset, parameters } of rows) {
        io.out(
          `${family.padEnd(22)}${preset.padEnd(20)}${parameters.toLocaleString('en').padStart(12)} parameters`,
        )
      }
    }
    return EXIT.ok
  },
})

const checkCommand = declareCommand({
  name: 'check',
  summary: 'Check hashes, key names and golden outputs of model folders',
  details: `Opens model folders and compares what they compute with their golden outputs; ${GOLDEN_TOLERANCE} is the largest difference allowed.`,
  words: ['<dir...>', 'model folders, or folders of them'],
  options: { json: JSON_OUTPUT, backend: BACKEND },
  exits: { failed: 'a model is broken' },
  async run({ words, options }, io) {
    await startCliEngine(options.backend, 'inference', io)
    const { checkModel, loadModelFolder } = await import('../../engine')
    const rows: { id: string; ok: boolean; largestError: number | null; message: string }[] = []
    for (const path of words) {
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
          const unknown = 'It cannot be computed here. Fetch it again, or try another --backend.'
          const message = error instanceof AppError ? error.message : withReason(unknown, error)
          rows.push({ id, ok: false, largestError: null, message })
        }
      }
    }
    if (options.json) io.out(JSON.stringify(rows, null, 2))
    else for (const { id, ok, message } of rows) io.out(`${ok ? 'ok  ' : 'FAIL'} ${id}  ${message}`)
    return rows.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed
  },
})

export const modelsCommand = declareGroup({
  name: 'models',
  summary: 'List and check model folders, convert checkpoints from and to PyTorch',
  details: 'Model folders and checkpoints. Without one of the commands it lists.',
  commands: [listCommand, sizesCommand, checkCommand, convertCommand],
  fallback: listCommand,
})
