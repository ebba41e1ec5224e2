import { dirname } from 'node:path/posix'
import { areaOfTags } from '../core/export/areaTag'
import { originsOfTags, sourcesOfTags } from '../core/export/readTags'
import { AppError, throwIfAborted, toAppError } from '../core/foundation/appError'
import type { InventoryRaster } from '../core/inventory/inventory'
import { namesMask, type RefusedFile } from '../core/patches/importPatches'
import { MaskValues } from '../core/patches/readPatch'
import type { InputFile } from '../core/raster/inputFile'
import { withWorldFile } from '../core/raster/openRaster'
import type { Georeference, PixelWindow, RasterSource } from '../core/raster/rasterSource'
import { BlockCache } from '../core/scenes/blockCache'
import { openElevation } from '../core/scenes/elevation'
import type { CommandIo } from './node/commandIo'
import type { MemberSpool } from './node/memberSpool'
import { baseName, readSceneFiles } from './sceneInputs'

/** A mask among files, with what lies beside it under its name. */
export interface MaskInput {
  /** That of the mask's file without "_mask" and ending. */
  name: string
  mask: InputFile
  probability: InputFile | null
  disagreement: InputFile | null
}

export interface MaskInputs {
  masks: MaskInput[]
  refused: RefusedFile[]
  /** Every file by its path in lower case: world files are among them. */
  files: ReadonlyMap<string, InputFile>
}

const RASTER = /\.(tiff?|h5|hdf5|jp2)$/i

const OTHER_PLANE = /_(prob|disagreement)\.tiff?$/i

/**
 * Masks among files, folders and zips. A file that a person named is a mask; of others those are whose names say so, or all
 * rasters where no name does. Probability and disagreement are found by their names ("a_prob.tif" for "a_mask.tif").
 *
 * @throws AppError `file-unreadable` for a path that does not exist, `aborted`
 */
export async function findMasks(
  paths: readonly string[],
  io: CommandIo,
  members: MemberSpool,
): Promise<MaskInputs> {
  const { files, refused } = await readSceneFiles(paths, io, members)
  const byPath = new Map(files.map(file => [file.path.toLowerCase(), file]))
  const rasters = files.filter(({ path }) => RASTER.test(path) && !OTHER_PLANE.test(path))
  const named = rasters.filter(({ path }) => namesMask(path) || paths.includes(path))
  const masks = (named.length > 0 ? named : rasters).map((mask): MaskInput => {
    const name = baseName(mask.path)
      .replace(/\.[^.]*$/, '')
      .replace(/[-_. ]mask$/i, '')
    const beside = (plane: string) =>
      byPath.get(`${dirname(mask.path)}/${name}_${plane}.tif`.replace(/^\.\//, '').toLowerCase()) ?? null
    return { name, mask, probability: beside('prob'), disagreement: beside('disagreement') }
  })
  return { masks, refused, files: byPath }
}

/** Elevation and slope under a mask. */
export interface Ground {
  /** Names of the elevation models. */
  source: string
  /** Of a window in the mask's pixels: metres and degrees, NaN where unknown. */
  read(window: PixelWindow, signal?: AbortSignal): Promise<{ elevation: Float32Array; slope: Float32Array }>
}

/**
 * Finds the ground under a mask; null: there is none.
 *
 * @param remarks receives why
 */
export type FindGround = (
  name: string,
  georeference: Georeference | null,
  size: { width: number; height: number },
  remarks: string[],
) => Promise<Ground | null>

/** Elevation models and slopes that a person gave. */
export interface GivenTerrain {
  rasters: readonly RasterSource[]
  slope: RasterSource | null
}

/** Of decoded blocks: a row of a whole tile's in each of the planes, and what elevation is made of. */
export const MASK_CACHE_BYTES = 192 * 2 ** 20

/** Rows that are looked at together, where a file has no blocks. */
const ROWS = 256

/**
 * A mask's file as an inventory reads it. Memory does not grow with the raster: some blocks.
 *
 * @param companions files given beside it: a world file may be among them
 * @returns with what a person should know, a sentence each
 * @throws AppError `file-*`, `bands-mismatch` for more than one band, `aborted`
 */
export async function maskRaster(
  { name, mask, probability, disagreement }: MaskInput,
  companions: ReadonlyMap<string, InputFile>,
  findGround: FindGround | null,
  io: CommandIo,
): Promise<{ raster: InventoryRaster; remarks: string[] }> {
  const { signal } = io
  const source = await io.openRaster(mask, { signal })
  if (source.bandCount !== 1) {
    throw new AppError(
      'bands-mismatch',
      `"${mask.path}" has ${source.bandCount} bands. A mask has one: 0 background, 1 landslide, 255 not analysed.`,
    )
  }
  const { width, height, tags = {} } = source
  const cache = new BlockCache(MASK_CACHE_BYTES)
  const values = new MaskValues()
  const step = source.blocks?.height ?? ROWS
  for (let row = 0; row < height; row += step) {
    throwIfAborted(signal)
    io.progress.update({ label: `Looking at ${name}`, done: row, total: height })
    const window = { column: 0, row, width, height: Math.min(step, height - row) }
    values.add((await cache.read(source, { window, signal }))[0]!)
  }
  io.progress.clear()
  const { meaning, remarks: said } = values.reading(source)
  const remarks = said.map(({ message }) => message)
  const georeference = await withWorldFile(source, companions)
  const planes = {
    probability: await planeBeside(probability, source, remarks, cache, io),
    disagreement: await planeBeside(disagreement, source, remarks, cache, io),
  }
  const ground = findGround && (await findGround(name, georeference, source, remarks))
  const whole = { column: 0, row: 0, width, height }
  const maskRows = async (top: number, count: number, inner = signal) => {
    const window = { column: 0, row: top, width, height: count }
    const [stored] = await cache.read(source, { window, signal: inner })
    return Uint8Array.from(stored!, meaning)
  }
  const raster: InventoryRaster = {
    name,
    width,
    height,
    georeference,
    area: areaOfTags(tags, georeference),
    sources: sourcesOfTags(tags, name),
    elevationSource: ground?.source ?? null,
    origins: originsOfTags(tags, whole),
    maskRows,
    async rows(top, count, inner = signal) {
      const window = { column: 0, row: top, width, height: count }
      const heights = await ground?.read(window, inner)
      return {
        mask: await maskRows(top, count, inner),
        probability: (await planes.probability?.(window, inner)) ?? null,
        disagreement: (await planes.disagreement?.(window, inner)) ?? null,
        elevation: heights?.elevation ?? null,
        slope: heights?.slope ?? null,
      }
    },
  }
  return { raster, remarks }
}

type ReadPlane = (window: PixelWindow, signal: AbortSignal | undefined) => Promise<Float32Array>

/** Of a probability that we wrote: bytes of 1/250, 255 without data, or float32. null where it does not fit the mask. */
async function planeBeside(
  file: InputFile | null,
  mask: RasterSource,
  remarks: string[],
  cache: BlockCache,
  io: CommandIo,
): Promise<ReadPlane | null> {
  if (!file) return null
  try {
    const raster = await io.openRaster(file, { signal: io.signal })
    const fits = raster.width === mask.width && raster.height === mask.height && raster.bandCount === 1
    const meaning = PLANE_VALUES[raster.dtype]
    if (!fits || !meaning) {
      remarks.push(`"${file.path}" is not on the grid of the mask, or no probability: it is left out.`)
      return null
    }
    return async (window, signal) =>
      Float32Array.from((await cache.read(raster, { window, signal }))[0]!, meaning)
  } catch (thrown) {
    const { code, message } = toAppError(thrown)
    if (code === 'aborted') throw thrown
    remarks.push(`Left out "${file.path}": ${message}`)
    return null
  }
}

const PLANE_VALUES: Partial<Record<RasterSource['dtype'], (stored: number) => number>> = {
  uint8: stored => (stored > 250 ? Number.NaN : stored / 250),
  float32: stored => (stored >= 0 && stored <= 1 ? stored : Number.NaN),
}

/** The ground of what a person gave, wherever a mask lies. */
export function groundOf({ rasters, slope }: GivenTerrain, io: CommandIo): FindGround {
  const cache = new BlockCache(MASK_CACHE_BYTES)
  return async (name, georeference, { width, height }, remarks) => {
    const { crs, transform } = georeference ?? {}
    const without = (why: string) => {
      remarks.push(`${name}: ${why}, so the elevation says nothing of its landslides.`)
      return null
    }
    if (!crs || !transform) return without('it has no coordinate system')
    if (transform[2] !== 0 || transform[4] !== 0) return without('it is rotated')
    const grid = { crs, transform, width, height }
    const elevation = await openElevation({ rasters, grid, slope, cache, signal: io.signal })
    const covered = await elevation.coverage(io.signal)
    if (covered === 0) return without('the elevation lies elsewhere')
    if (covered < 1) remarks.push(`${name}: the elevation covers ${Math.round(100 * covered)} % of it.`)
    return { source: rasters.map(({ path }) => baseName(path)).join(', '), read: elevation.read }
  }
}
