import { join } from 'node:path'
import { type InventoryCounts, inventoryNotes } from '../core/export/inventoryCounts'
import { inventoryFiles } from '../core/export/inventoryFiles'
import type { VectorFormat } from '../core/export/vectorLayer'
import { AppError, toAppError } from '../core/foundation/appError'
import { safeFileNames } from '../core/foundation/fileNames'
import { listNames } from '../core/foundation/text'
import type { InventoryOptions, InventoryRaster } from '../core/inventory/inventory'
import type { RefusedFile } from '../core/patches/importPatches'
import { boxOf } from '../core/scenes/polygons'
import { type FindGround, findMasks, groundOf, type MaskInput, maskRaster } from './maskRasters'
import type { CommandIo } from './node/commandIo'
import { MemberSpool } from './node/memberSpool'
import { nodeInput } from './node/nodeFiles'
import type { OutFolder } from './node/outFolder'
import { scratchStore, streamFile } from './node/scratchStore'

export interface ExportRequest {
  paths: readonly string[]
  formats: readonly VectorFormat[]
  options: InventoryOptions
  dem: readonly string[]
  slope: string | null
  /** One inventory of all masks. */
  merge: boolean
}

/** One document of `scarp export --json`. */
export interface ExportResult {
  inventories: ({ name: string; masks: string[]; files: string[]; notes: string[] } & Omit<
    InventoryCounts,
    'unknown'
  >)[]
  refused: RefusedFile[]
}

const NO_MASK =
  'There is no mask among these files. Give masks as GeoTIFF or HDF5, or the folder of a scarp predict.'

/**
 * The work of `scarp export`. Memory does not grow with the size of a mask, only with its landslides (`writeGeoPackage`).
 *
 * @throws AppError `file-unsupported` without a mask, `bad-argument` for slopes without elevation, `aborted`
 */
export async function exportInventories(
  request: ExportRequest,
  out: OutFolder,
  io: CommandIo,
): Promise<ExportResult> {
  const members = new MemberSpool()
  try {
    const { opened, refused } = await openMasks(request, members, io)
    const groups =
      request.merge && opened.length > 1
        ? [{ name: 'event', parts: opened }]
        : opened.map(one => ({ name: one.raster.name, parts: [one] }))
    await out.begin(groups.flatMap(({ name }) => namesOf(name, request.formats)))
    const inventories: ExportResult['inventories'] = []
    for (const { name, parts } of groups) {
      const rasters = parts.map(({ raster }) => raster)
      const made = await writeInventory(out.path, name, rasters, request, io)
      const { unknown: _, ...counts } = made.counts
      const overlaps = overlapping(rasters).map(([a, b]) => `${a.name} and ${b.name}`)
      const remarks = parts.flatMap(part => part.remarks)
      inventories.push({
        name,
        masks: parts.map(({ mask }) => mask.mask.path),
        files: made.files,
        notes: [
          ...inventoryNotes(made.counts, request.options),
          ...(overlaps.length > 0
            ? [`Masks overlap, what both show is in twice: ${listNames(overlaps)}.`]
            : []),
          ...remarks,
        ],
        ...counts,
      })
    }
    return { inventories, refused }
  } finally {
    await members.remove()
  }
}

/** A mask that could be opened. */
export interface OpenedMask {
  mask: MaskInput
  raster: InventoryRaster
  remarks: string[]
}

/**
 * Masks with the elevation below them, by names of their own.
 *
 * @param members where files out of zips lie while they are read
 * @throws AppError `file-unsupported` without a mask, `bad-argument` for slopes without elevation, `aborted`
 */
export async function openMasks(
  request: Pick<ExportRequest, 'paths' | 'dem' | 'slope'>,
  members: MemberSpool,
  io: CommandIo,
): Promise<{ opened: OpenedMask[]; refused: RefusedFile[] }> {
  if (request.slope !== null && request.dem.length === 0) {
    throw new AppError('bad-argument', '--slope needs the elevation, too: give it with --dem.')
  }
  const { masks, refused, files } = await findMasks(request.paths, io, members)
  if (masks.length === 0) throw new AppError('file-unsupported', refused[0]?.message ?? NO_MASK)
  const ground = await openGround(request, io)
  const opened: OpenedMask[] = []
  const names = safeFileNames(masks.map(({ name }) => name))
  for (const [i, mask] of masks.entries()) {
    try {
      opened.push({ mask, ...(await maskRaster({ ...mask, name: names[i]! }, files, ground, io)) })
    } catch (thrown) {
      const { code, message } = toAppError(thrown)
      if (code === 'aborted') throw thrown
      io.note(`Refused ${mask.mask.path}: ${message}`)
      refused.push({ path: mask.mask.path, code, message })
    }
  }
  return { opened, refused }
}

/** Names of files that an inventory may have: those of pixels are there where some masks have no coordinate system. */
function namesOf(name: string, formats: readonly VectorFormat[]): string[] {
  return formats.flatMap(format => [
    `${name}_landslides.${format}`,
    ...(format === 'gpkg' ? [] : [`${name}_landslides_pixels.${format}`]),
  ])
}

/**
 * Writes an inventory into a folder, each file whole or not at all.
 *
 * @param request with the time (ISO 8601) that files carry; by default now
 * @returns the files' names, and what is in them
 */
export async function writeInventory(
  folder: string,
  name: string,
  rasters: readonly InventoryRaster[],
  request: Pick<ExportRequest, 'formats' | 'options'> & { at?: string },
  io: CommandIo,
): Promise<{ files: string[]; counts: InventoryCounts }> {
  const { formats, options, at = new Date().toISOString() } = request
  const scratch = await scratchStore(folder)
  const files: string[] = []
  try {
    const context = { signal: io.signal, onProgress: io.progress.update.bind(io.progress) }
    const made = inventoryFiles({ name, rasters, formats, options, at, store: scratch.store }, context)
    for await (const file of made.files) {
      await streamFile(join(folder, file.name), file.bytes)
      files.push(file.name)
    }
    io.progress.clear()
    return { files, counts: made.counts() }
  } finally {
    await scratch.remove()
  }
}

/** Pairs of rasters on one coordinate system that share some place. */
function overlapping(rasters: readonly InventoryRaster[]): [InventoryRaster, InventoryRaster][] {
  const boxes = rasters.flatMap(raster => {
    const { crs, transform } = raster.georeference ?? {}
    if (!crs || !transform) return []
    const [x0, xColumn, xRow, y0, yColumn, yRow] = transform
    const { width, height } = raster
    const corners = [0, width, 0, width].map((column, i) => {
      const row = i < 2 ? 0 : height
      return [x0 + column * xColumn + row * xRow, y0 + column * yColumn + row * yRow]
    })
    return [{ raster, crs, box: boxOf([corners.flat()]), pixel: Math.hypot(xColumn, yColumn) }]
  })
  return boxes.flatMap((a, i) =>
    boxes.slice(i + 1).flatMap(b => {
      const width = Math.min(a.box[2], b.box[2]) - Math.max(a.box[0], b.box[0])
      const height = Math.min(a.box[3], b.box[3]) - Math.max(a.box[1], b.box[1])
      // Neighbours touch, by rounding a little more than that.
      const least = Math.max(a.pixel, b.pixel) / 2
      const shared = a.crs === b.crs && width > least && height > least
      return shared ? [[a.raster, b.raster] as [InventoryRaster, InventoryRaster]] : []
    }),
  )
}

async function openGround(
  { dem, slope }: Pick<ExportRequest, 'dem' | 'slope'>,
  io: CommandIo,
): Promise<FindGround | null> {
  if (dem.length === 0) return null
  const open = async (path: string) => io.openRaster(await nodeInput(path), { signal: io.signal })
  const rasters = []
  for (const path of dem) rasters.push(await open(path))
  return groundOf({ rasters, slope: slope === null ? null : await open(slope) }, io)
}
