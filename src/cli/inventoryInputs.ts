import { type Inventory, readInventory } from '../core/inventory/inventoryFile'
import type { InputFile } from '../core/raster/inputFile'
import type { CommandIo } from './node/commandIo'
import { nodeInput, pathKind } from './node/nodeFiles'
import { describePassedOver, walkFiles } from './node/walkFiles'

/** The paths, and beside each Shapefile its .prj, where it has one. */
export async function withProjections(paths: readonly string[]): Promise<string[]> {
  const all = new Set(paths)
  for (const path of paths.filter(path => /\.shp$/i.test(path))) {
    for (const ending of ['.prj', '.PRJ']) {
      const prj = path.replace(/\.shp$/i, ending)
      if ((await pathKind(prj)) === 'file') all.add(prj)
    }
  }
  return [...all]
}

/**
 * Reads an inventory from files and folders.
 *
 * @throws AppError as `readInventory`
 */
export async function readInventoryPaths(paths: readonly string[], io: CommandIo): Promise<Inventory> {
  const { files, passedOver } = await walkFiles(await withProjections(paths))
  for (const line of describePassedOver(passedOver)) io.note(line)
  const inputs: InputFile[] = []
  for (const path of files) inputs.push(await nodeInput(path))
  return readInventory(inputs, io.signal)
}
