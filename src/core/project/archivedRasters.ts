import { BACKGROUND, IGNORE, LANDSLIDE } from '../patches/patch'
import type { PatchRecord } from '../review/records'
import { readMaskFile, readPixelFile } from './rasterFiles'

const RASTERS = ['pixels', 'masks', 'probabilities'] as const

export type RasterKind = (typeof RASTERS)[number]

/** What a file in this folder of a project is; null: no raster. */
export function rasterKind(folder: string | undefined): RasterKind | null {
  return RASTERS.find(kind => kind === folder) ?? null
}

/** What is wrong with a raster's file for its patch, to follow its name: "are damaged"; null: nothing. */
export async function rasterProblem(
  kind: RasterKind,
  content: Uint8Array,
  { id, width, height }: PatchRecord,
): Promise<string | null> {
  const area = width * height
  if (kind === 'probabilities') {
    if (content.length !== area * Float32Array.BYTES_PER_ELEMENT) return 'have another size'
    // Not a number: a pixel without data.
    const wrong = new Float32Array(content.slice().buffer).some(value => value < 0 || value > 1)
    return wrong ? 'are damaged' : null
  }
  try {
    const mask =
      kind === 'masks'
        ? readMaskFile(id, content, area).mask
        : (await readPixelFile(new Blob([content as Uint8Array<ArrayBuffer>]), width, height)).label
    const isValue = (value: number) => value === BACKGROUND || value === LANDSLIDE || value === IGNORE
    return mask === null || mask.every(isValue) ? null : 'are damaged'
  } catch {
    return 'are damaged'
  }
}
