import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError } from '../../core/foundation/appError'
import { parseManifest } from '../../core/rounds/modelManifest'
import type { NetworkFamily } from '../../core/rounds/networks'
import type { ModelFiles } from '../../engine'
import { foldersWith, writeAtomically } from './nodeFiles'

const MANIFEST = 'manifest.json'

/**
 * Model folders under a folder (or the folder itself, if it is one), in the order of their names. The id is the
 * folder's name; the manifest is not checked until a network is loaded.
 *
 * @throws AppError `bad-argument` where there is no such folder, `model-invalid` where it holds no model.
 */
export async function readModelFolders(folder: string): Promise<ModelFiles[]> {
  const paths = await modelPaths(folder)
  if (paths.length > 0) return Promise.all(paths.map(readModelFolder))
  throw new AppError('model-invalid', `"${folder}" holds no model: a model is a folder with a ${MANIFEST}.`)
}

/** @throws AppError `bad-argument` where there is no such folder. */
export async function modelPaths(folder: string): Promise<string[]> {
  const paths = await foldersWith(folder, MANIFEST)
  if (paths) return paths
  throw new AppError('bad-argument', `There is no folder "${folder}" of models.`)
}

export async function readModelFolder(folder: string): Promise<ModelFiles> {
  const files: Record<string, Uint8Array> = {}
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile() && !entry.name.endsWith('.part')) {
      files[entry.name] = new Uint8Array(await readFile(join(folder, entry.name)))
    }
  }
  return { id: basename(folder), files }
}

export async function writeModelFolder(parent: string, model: ModelFiles): Promise<void> {
  // The manifest last: a folder that has one is complete.
  const names = Object.keys(model.files).sort((a, b) => Number(a === MANIFEST) - Number(b === MANIFEST))
  for (const name of names) await writeAtomically(join(parent, model.id, name), model.files[name]!)
}

/** @throws AppError `model-invalid` unless its manifest names one. */
export function familyOf({ id, files }: ModelFiles): NetworkFamily {
  try {
    return JSON.parse(new TextDecoder().decode(files['manifest.json'])).family
  } catch (cause) {
    throw new AppError('model-invalid', `The manifest.json of model "${id}" is not JSON.`, { cause })
  }
}

/**
 * The scale promotion that training continues with: the largest that the models it starts from learned with, 1 without
 * any. A network trained on enlarged images loses most of its skill on images that are not.
 */
export function scaleOf(models: readonly ModelFiles[]): number {
  return Math.max(1, ...models.map(({ files }) => parseManifest(files[MANIFEST] ?? new Uint8Array()).scale))
}
