import { join } from 'node:path'
import { toAppError } from '../../core/foundation/appError'
import { sha256 } from '../../core/foundation/sha256'
import { type ModelManifest, parseManifest } from '../../core/models/folder/manifest'
import type { ModelFiles } from '../../core/refinement/roundInput'
import { type CommandIo, EXIT } from '../command'
import { readModelFolders } from '../modelFolders'
import type { ParsedOptions } from '../parseOptions'

interface ModelRow {
  id: string
  /** null where the manifest cannot be read. */
  manifest: ModelManifest | null
  bytes: number
  /** "whole", or what is wrong. */
  state: string
}

/** `models list`: model folders with what their manifests say; nothing is computed, no device is needed. */
export async function listModels(
  paths: readonly string[],
  options: ParsedOptions,
  io: CommandIo,
): Promise<number> {
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
