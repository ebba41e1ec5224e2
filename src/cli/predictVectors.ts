import { join } from 'node:path'
import { movedArea } from '../core/export/areaTag'
import { EXACT, type InventoryRaster } from '../core/inventory/inventory'
import { inventoryOf } from '../core/inventory/inventoryOf'
import { BAND_COUNT, DEM_BAND, SLOPE_BAND } from '../core/patches/bands'
import type { PatchPixels } from '../core/patches/patch'
import type { PixelWindow } from '../core/raster/rasterSource'
import type { Wanted } from '../core/scenes/sceneSources'
import { writeInventory } from './exportInventories'
import { type Ground, maskRaster } from './maskRasters'
import type { CommandIo } from './node/commandIo'
import { nodeInput, pathKind } from './node/nodeFiles'
import { streamFile } from './node/scratchStore'
import type { OpenedScene } from './openEvent'
import { sceneFiles } from './predictScenes'
import { baseName } from './sceneInputs'

/** Name of a result's polygons in --out. */
export function vectorFile(name: string): string {
  return `${name}_landslides.gpkg`
}

/** Name of the same as lines of JSON, one `InventoryLandslide` each: what `scarp merge` reads. */
export function linesFile(name: string): string {
  return `${name}_landslides.jsonl`
}

/**
 * Writes the landslides of a mask that `scarp predict` wrote, with what its probability and disagreement say of them.
 *
 * @param folder that holds "<name>_mask.tif" and what belongs to it
 * @param wanted of a scene: its area of interest becomes the layer of that name
 * @param shardTime of a shard: lines of JSON are written too, and this is the time (ISO 8601) that files carry
 */
export async function writeVectors(
  folder: string,
  name: string,
  ground: Ground,
  wanted: Wanted | null,
  io: CommandIo,
  shardTime?: string,
): Promise<{ file: string; landslides: number }> {
  const names = sceneFiles(name)
  const beside = async (file: string) => {
    const path = join(folder, file)
    return (await pathKind(path)) === 'file' ? nodeInput(path) : null
  }
  const input = {
    name,
    mask: await nodeInput(join(folder, names.mask)),
    probability: await beside(names.probability),
    disagreement: await beside(names.disagreement),
  }
  const opened = await maskRaster(input, new Map(), async () => ground, io)
  const area = wanted?.area ? movedArea(wanted.area, wanted.window) : null
  const raster = { ...opened.raster, area }
  if (shardTime !== undefined) await streamFile(join(folder, linesFile(name)), linesOf(raster, io))
  const { counts } = await writeInventory(
    folder,
    name,
    [raster],
    { formats: ['gpkg'], options: EXACT, at: shardTime },
    io,
  )
  return { file: vectorFile(name), landslides: counts.landslides }
}

async function* linesOf(raster: InventoryRaster, { signal }: CommandIo): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  for await (const landslide of inventoryOf(raster, EXACT, { signal })) {
    yield encoder.encode(`${JSON.stringify(landslide)}\n`)
  }
}

/** The terrain bands of a patch. */
export function patchGround(name: string, pixels: PatchPixels): Ground {
  return {
    source: `DEM band of ${name}`,
    read: async ({ row, height }) => {
      const { data, valid, width } = pixels
      const area = data.length / BAND_COUNT
      const band = (index: number) => {
        const plane = data.slice(index * area + row * width, index * area + (row + height) * width)
        return valid ? plane.map((value, i) => (valid[row * width + i] === 0 ? Number.NaN : value)) : plane
      }
      return { elevation: band(DEM_BAND), slope: band(SLOPE_BAND) }
    },
  }
}

/** The terrain of a scene, under what is written of it; of a raster of 14 bands those of its own. */
export async function sceneGround(scene: OpenedScene): Promise<Ground> {
  const { column, row } = scene.wanted.window
  const inScene = (window: PixelWindow) => ({
    ...window,
    column: window.column + column,
    row: window.row + row,
  })
  const terrain = await scene.openTerrain?.()
  if (terrain) {
    return {
      source: scene.recipe!.elevation.map(baseName).join(', '),
      read: (window, signal) => terrain.read(inScene(window), signal),
    }
  }
  const { name, pixels } = scene
  return {
    source: `DEM band of ${name}`,
    async read(window, signal) {
      const { width, height } = window
      const out = {
        elevation: new Float32Array(width * height),
        slope: new Float32Array(width * height),
      }
      // Fourteen bands of a few rows at a time.
      for (let top = 0; top < height; top += ROWS) {
        const count = Math.min(ROWS, height - top)
        const part = await pixels.read(inScene({ ...window, row: window.row + top, height: count }), signal)
        const ground = patchGround(name, part)
        const rows = await ground.read({ column: 0, row: 0, width, height: count })
        out.elevation.set(rows.elevation, top * width)
        out.slope.set(rows.slope, top * width)
      }
      return out
    },
  }
}

const ROWS = 64
