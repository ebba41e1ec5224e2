import { basename } from 'node:path'
import { readMask } from '../core/patches/readPatch'
import type { Georeference } from '../core/raster/rasterSource'
import type { CommandIo } from './node/commandIo'
import { nodeInput } from './node/nodeFiles'

export interface MaskFile {
  width: number
  height: number
  /** [height, width] of 0, 1, 255. */
  mask: Uint8Array
  /** How the values were read, where a person should know. */
  remarks: string[]
  georeference: Georeference | null
}

/**
 * Reads a mask from GeoTIFF or HDF5, its values as `readMask` takes them.
 *
 * @throws AppError `file-*`, `bands-mismatch`
 */
export async function readMaskFile(
  path: string,
  { signal, openRaster }: Pick<CommandIo, 'signal' | 'openRaster'>,
): Promise<MaskFile> {
  const raster = await openRaster(await nodeInput(path), { signal })
  const { label, remarks } = await readMask(raster, signal)
  return {
    width: raster.width,
    height: raster.height,
    mask: label,
    remarks: remarks.map(({ message }) => message),
    georeference: raster.georeference,
  }
}

/**
 * The key that pairs a prediction with its truth: the file's name without the words for its role.
 * "image_37_mask.tif", "mask_37.h5" and "image_37.tif" are all "37".
 */
export function maskKey(path: string): string {
  const stem = basename(path).replace(/\.[^.]+$/, '')
  const words = stem.split(/[_\-\s.]+/).filter(word => !DECORATION.has(word.toLowerCase()))
  return words.join('_').toLowerCase() || stem.toLowerCase()
}

const DECORATION = new Set(['image', 'img', 'mask', 'label', 'labels', 'pred', 'prediction', 'truth', 'gt'])

/** Whether a file may be a mask, by its ending; probabilities are left out. */
export function looksLikeMask(path: string): boolean {
  return /\.(tiff?|h5|hdf5)$/i.test(path) && !/_prob\.[^.]+$/i.test(path)
}
