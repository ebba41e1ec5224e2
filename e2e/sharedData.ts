import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** The folder of real data beside the checkout, or the one that SCARP_SHARED names. */
const SHARED = process.env.SCARP_SHARED ?? resolve(import.meta.dirname, '../../shared')

export function sharedFile(path: string): string | null {
  const file = join(SHARED, 'data', path)
  return existsSync(file) ? file : null
}

/** Labelled images with their masks, and unlabelled images; null where the real data is not there. */
export function l4sFiles(labelled: readonly number[], target: readonly number[]): string[] | null {
  const wanted = [
    ...labelled.flatMap(id => [`l4s/train/img/image_${id}.h5`, `l4s/train/mask/mask_${id}.h5`]),
    ...target.map(id => `l4s/target/img/image_${id}.h5`),
  ].map(sharedFile)
  return wanted.every(file => file !== null) ? wanted : null
}

export function foreignFiles(): string[] | null {
  const folder = sharedFile('hdf5-foreign')
  if (!folder) return null
  return readdirSync(folder)
    .filter(name => /\.(h5|hdf5)$/.test(name))
    .map(name => join(folder, name))
}
