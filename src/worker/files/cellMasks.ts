import { sharedGrids } from '../../core/export/mosaic'
import { AppError } from '../../core/foundation/appError'
import { IGNORE } from '../../core/patches/patch'
import { MaskValues } from '../../core/patches/readPatch'
import type { FileNote } from '../../core/raster/fileNote'
import type { PixelWindow, RasterSource } from '../../core/raster/rasterSource'
import { windowOverlap } from '../../core/raster/windowOverlap'
import type { PatchRecord } from '../../core/review/records'

type Placed = Pick<RasterSource, 'width' | 'height' | 'georeference'>

/**
 * The cells that a raster covers a part of, pixel for pixel: those on its grid.
 *
 * @returns where each begins in pixels of the raster, and its size
 */
export function cellsUnder(
  raster: Placed,
  patches: readonly PatchRecord[],
): { patch: PatchRecord; window: PixelWindow }[] {
  const cells = patches.filter(({ cell }) => cell)
  const places = [raster, ...cells].map((place, index) => ({ ...sizeOf(place), index }))
  const grid = sharedGrids(places).find(({ members }) => members.some(({ place }) => place.index === 0))!
  const own = grid.members.find(({ place }) => place.index === 0)!.window
  return grid.members.flatMap(({ place: { index }, window }) => {
    const patch = cells[index - 1]
    const moved = { ...window, column: window.column - own.column, row: window.row - own.row }
    return patch && windowOverlap(moved, { column: 0, row: 0, ...sizeOf(raster) })
      ? [{ patch, window: moved }]
      : []
  })
}

const sizeOf = ({ width, height, georeference }: Placed) => ({ width, height, georeference })

/**
 * Masks of cells out of one raster, such as the mosaic that an export wrote of their scene. A pixel that the raster does
 * not have is ignored; a cell of which it says nothing is left out.
 *
 * @throws AppError `bands-mismatch`, `file-unsupported` for values that a mask has not; `shape-mismatch` where it is on the
 *   grid of none of the cells, or says nothing of any
 */
export async function readCellMasks(
  raster: RasterSource,
  patches: readonly PatchRecord[],
  signal?: AbortSignal,
): Promise<{ patchId: string; mask: Uint8Array; notes: FileNote[] }[]> {
  const { path, bandCount } = raster
  if (bandCount !== 1) {
    throw new AppError(
      'bands-mismatch',
      `"${path}" is named as a mask but has ${bandCount} bands. A mask has one: 0, 1 and 255 (ignore).`,
    )
  }
  const cells = cellsUnder(raster, patches)
  const whole = { column: 0, row: 0, ...sizeOf(raster) }
  const read = async (window: PixelWindow) => {
    const part = windowOverlap(window, whole)!
    const [plane] = await raster.read({ window: part, signal })
    return { part, plane: plane! }
  }
  const values = new MaskValues()
  for (const { window } of cells) values.add((await read(window)).plane)
  const { meaning, remarks } = values.reading(raster)
  const masks: { patchId: string; mask: Uint8Array; notes: FileNote[] }[] = []
  for (const { patch, window } of cells) {
    const { part, plane } = await read(window)
    const mask = new Uint8Array(window.width * window.height).fill(IGNORE)
    for (let row = 0; row < part.height; row++) {
      const to = (part.row - window.row + row) * window.width + part.column - window.column
      const line = plane.subarray(row * part.width, (row + 1) * part.width)
      mask.set(Uint8Array.from(line, meaning), to)
    }
    if (mask.some(value => value !== IGNORE)) masks.push({ patchId: patch.id, mask, notes: remarks })
  }
  if (masks.length > 0) return masks
  throw new AppError(
    'shape-mismatch',
    `"${path}" says nothing of these cells: it has no data there, or lies on another grid. Give a mask in their coordinate ` +
      'system, with their pixels.',
  )
}
