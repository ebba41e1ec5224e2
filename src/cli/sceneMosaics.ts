import { join } from 'node:path'
import { type MosaicPiece, mosaicRows } from '../core/export/mosaic'
import { type SceneExport, sceneMask, sceneProbability } from '../core/export/resultGeotiffs'
import { georeferenceOf } from '../core/scenes/stack'
import type { CommandIo } from './node/commandIo'
import type { SpooledPatch, SpooledScene } from './node/patchSpool'
import { streamCogFile } from './node/streamCogFile'

/** A raster of a scene that is made cell by cell. */
export interface SceneMosaic {
  what: 'mask' | 'probability' | 'disagreement'
  /** File name. */
  file: string
  /** Of a cell: [height, width] bytes as the file has them. */
  cell(id: string): Promise<Uint8Array>
}

/**
 * Writes one raster of a scene whose results lie cell by cell, over what is asked for of it; 255 where no cell is.
 *
 * @param patches of the spool, cells of other scenes among them
 */
export async function writeSceneMosaic(
  folder: string,
  scene: SpooledScene,
  patches: readonly SpooledPatch[],
  mosaic: SceneMosaic,
  metadata: Readonly<Record<string, string>>,
  io: CommandIo,
): Promise<void> {
  const { window } = scene.wanted
  const pieces = patches.flatMap(({ id, cell }): MosaicPiece[] => {
    if (cell?.scene !== scene.id) return []
    const place = {
      ...cell.window,
      column: cell.window.column - window.column,
      row: cell.window.row - window.row,
    }
    return [{ window: place, rank: 0, read: () => mosaic.cell(id) }]
  })
  const exported: SceneExport = {
    width: window.width,
    height: window.height,
    georeference: georeferenceOf(scene.georeference, window),
    metadata,
    name: scene.name,
    rows: mosaicRows(window.width, pieces),
  }
  const image = mosaic.what === 'mask' ? sceneMask(exported) : sceneProbability(exported, mosaic.what)
  const context = { signal: io.signal, onProgress: io.progress.update }
  await streamCogFile(join(folder, mosaic.file), image, context)
  io.progress.clear()
}
