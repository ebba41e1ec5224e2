import { join } from 'node:path'
import { type InventoryCounts, inventoryNotes } from '../core/export/inventoryCounts'
import { inventoryFiles } from '../core/export/inventoryFiles'
import type { LocatedAudit } from '../core/export/inventoryLayers'
import type { VectorFormat } from '../core/export/vectorLayer'
import { AppError, toAppError } from '../core/foundation/appError'
import { safeFileNames } from '../core/foundation/fileNames'
import type { InventoryOptions, InventoryRaster } from '../core/inventory/inventory'
import { onOneGround, sharedGroundNotes } from '../core/inventory/oneGround'
import type { RefusedFile } from '../core/patches/importPatches'
import { planRasters } from '../core/results/inventoryRasters'
import { projectAudits } from '../core/results/projectAudits'
import type { MaskState } from '../core/review/provenance'
import { type FindGround, findMasks, groundOf, type MaskInput, maskRaster } from './maskRasters'
import type { CommandIo } from './node/commandIo'
import { MemberSpool } from './node/memberSpool'
import { nodeInput } from './node/nodeFiles'
import type { OutFolder } from './node/outFolder'
import { scratchStore, streamFile } from './node/scratchStore'
import { type ProjectArchive, takeArchives } from './projectArchives'

export interface ExportRequest {
  paths: readonly string[]
  formats: readonly VectorFormat[]
  options: InventoryOptions
  dem: readonly string[]
  slope: string | null
  /** One inventory of all masks. */
  merge: boolean
  /** Which masks of project archives leave. */
  states: readonly MaskState[]
}

/** One document of `scarp export --json`. */
export interface ExportResult {
  inventories: ({ name: string; masks: string[]; files: string[]; notes: string[] } & Omit<
    InventoryCounts,
    'remarks'
  >)[]
  refused: RefusedFile[]
}

const NO_MASK =
  'There is no mask among these files. Give masks as GeoTIFF or HDF5, the folder of a scarp predict, or a project archive.'

/** Rasters that become one inventory. */
interface InventoryGroup {
  name: string
  /** Where they come from. */
  paths: string[]
  rasters: readonly InventoryRaster[]
  audits: readonly LocatedAudit[]
  /** What a person should know of them, a sentence each. */
  remarks: string[]
}

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
    const at = new Date()
    const { archives, others } = await takeArchives(request.paths, request.states, at)
    const groups: InventoryGroup[] = []
    for (const archive of archives) groups.push(await groupOfArchive(archive, request, io))
    const masks = others.length > 0 ? await openMasks({ ...request, paths: others }, members, io) : null
    for (const { mask, raster, remarks } of masks?.opened ?? []) {
      groups.push({ name: raster.name, paths: [mask.mask.path], rasters: [raster], audits: [], remarks })
    }
    const inventoriesOf = request.merge && groups.length > 1 ? [await mergedGroup(groups)] : groups
    const names = safeFileNames(inventoriesOf.map(({ name }) => name))
    await out.begin(names.flatMap(name => namesOf(name, request.formats)))
    const inventories: ExportResult['inventories'] = []
    for (const [i, { paths, rasters, audits, remarks }] of inventoriesOf.entries()) {
      const name = names[i]!
      const made = await writeInventory(
        out.path,
        name,
        rasters,
        { ...request, audits, at: at.toISOString() },
        io,
      )
      const { remarks: _, ...counts } = made.counts
      inventories.push({
        name,
        masks: paths,
        files: made.files,
        notes: [...inventoryNotes(made.counts, request.options), ...remarks],
        ...counts,
      })
    }
    return { inventories, refused: masks?.refused ?? [] }
  } finally {
    await members.remove()
  }
}

/** One inventory of a project, as the studio's: its scenes on one grid are one raster. */
async function groupOfArchive(
  { path, reader, threshold, patchIds, notes }: ProjectArchive,
  { dem }: Pick<ExportRequest, 'dem'>,
  io: CommandIo,
): Promise<InventoryGroup> {
  const { rasters, shared } = await planRasters(reader, patchIds, threshold, io.signal, 'event')
  const ground =
    dem.length > 0 ? [`${path}: its own elevation is taken; --dem is for masks that have none.`] : []
  return {
    name: rasters.length === 1 ? rasters[0]!.name : 'event',
    paths: [path],
    rasters,
    audits: await projectAudits(reader, threshold),
    remarks: [...notes, ...ground, ...sharedGroundNotes(shared)],
  }
}

/** Rasters of several inventories in one get names of their own, and each place on the ground is in one of them. */
async function mergedGroup(groups: readonly InventoryGroup[]): Promise<InventoryGroup> {
  const all = groups.flatMap(group => group.rasters)
  const names = safeFileNames(all.map(({ name }) => name))
  const { rasters, shared } = await onOneGround(all.map((raster, i) => ({ ...raster, name: names[i]! })))
  return {
    name: 'event',
    paths: groups.flatMap(({ paths }) => paths),
    rasters,
    audits: groups.flatMap(({ audits }) => audits),
    remarks: [...groups.flatMap(({ remarks }) => remarks), ...sharedGroundNotes(shared)],
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
 * @param request with the time (ISO 8601) that files carry, by default now, and audits whose points become a layer
 * @returns the files' names, and what is in them
 */
export async function writeInventory(
  folder: string,
  name: string,
  rasters: readonly InventoryRaster[],
  request: Pick<ExportRequest, 'formats' | 'options'> & { at?: string; audits?: readonly LocatedAudit[] },
  io: CommandIo,
): Promise<{ files: string[]; counts: InventoryCounts }> {
  const { formats, options, audits, at = new Date().toISOString() } = request
  const scratch = await scratchStore(folder)
  const files: string[] = []
  try {
    const context = { signal: io.signal, onProgress: io.progress.update.bind(io.progress) }
    const made = inventoryFiles(
      { name, rasters, formats, options, audits, at, store: scratch.store },
      context,
    )
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
