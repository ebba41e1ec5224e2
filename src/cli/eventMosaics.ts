import { join } from 'node:path'
import { type MosaicPiece, mosaicRows, type SharedGrid, sharedGrids } from '../core/export/mosaic'
import { type SceneExport, sceneMask, sceneProbability } from '../core/export/resultGeotiffs'
import type { PixelWindow, RasterSource } from '../core/raster/rasterSource'
import { georeferenceOf } from '../core/scenes/stack'
import type { CommandIo } from './node/commandIo'
import { nodeInput } from './node/nodeFiles'
import { streamCogFile } from './node/streamCogFile'
import { sceneFiles } from './predictScenes'
import type { EventScene } from './sceneInputs'

/** A scene whose files are there, or will be. */
type MosaicScene = Pick<EventScene, 'georeference' | 'wanted' | 'sensed'> & {
  /** That its files are named after. */
  name: string
}

/** One mosaic of the scenes on one grid. */
export interface EventMosaic {
  name: string
  grid: SharedGrid<MosaicPlace>
}

interface MosaicPlace {
  scene: MosaicScene
  georeference: EventScene['georeference']
  width: number
  height: number
}

/** The mosaics of an event: one for each grid that scenes lie on. */
export function planEventMosaics(scenes: readonly MosaicScene[]): EventMosaic[] {
  const date = ({ sensed }: MosaicScene) => sensed ?? ''
  // The latest last: it counts where scenes overlap.
  const inOrder = [...scenes].sort((a, b) => (date(a) < date(b) ? -1 : date(a) > date(b) ? 1 : 0))
  const places = inOrder.map((scene): MosaicPlace => {
    const { width, height } = scene.wanted.window
    return { scene, georeference: georeferenceOf(scene.georeference, scene.wanted.window), width, height }
  })
  const grids = sharedGrids(places)
  return grids.map(grid => {
    const system = grid.georeference?.crs?.replace(':', '') ?? grid.members[0]!.place.scene.name
    return { name: grids.length === 1 ? 'event' : `event_${system}`, grid }
  })
}

/**
 * Writes an event's mask, probability and disagreement from those of its scenes: of the later scene where they overlap, and
 * nowhere no data over data. In memory are some rows.
 *
 * @param name a safe file name
 * @throws AppError as reading and writing files do, `aborted`
 */
export async function writeEventMosaic(
  folder: string,
  name: string,
  { grid }: EventMosaic,
  metadata: Readonly<Record<string, string>>,
  io: CommandIo,
): Promise<void> {
  for (const plane of ['mask', 'probability', 'disagreement'] as const) {
    const pieces: MosaicPiece[] = []
    for (const { place, window } of grid.members) {
      const file = await nodeInput(join(folder, sceneFiles(place.scene.name)[plane]))
      pieces.push(...stripsOf(await io.openRaster(file, { signal: io.signal }), window, io.signal))
    }
    const exported: SceneExport = {
      width: grid.width,
      height: grid.height,
      georeference: grid.georeference,
      metadata,
      name,
      rows: mosaicRows(grid.width, pieces),
    }
    const image = plane === 'mask' ? sceneMask(exported) : sceneProbability(exported, plane)
    const context = { signal: io.signal, onProgress: io.progress.update.bind(io.progress) }
    await streamCogFile(join(folder, sceneFiles(name)[plane]), image, context)
  }
  io.progress.clear()
}

/** A raster cut into rows of its blocks. @param place of the raster in the mosaic */
function stripsOf(raster: RasterSource, place: PixelWindow, signal: AbortSignal | undefined): MosaicPiece[] {
  const rows = raster.blocks?.height ?? 512
  const strips: MosaicPiece[] = []
  for (let top = 0; top < raster.height; top += rows) {
    const strip = { column: 0, row: top, width: raster.width, height: Math.min(rows, raster.height - top) }
    strips.push({
      window: { ...strip, column: place.column, row: place.row + top },
      rank: 0,
      read: async () => Uint8Array.from((await raster.read({ window: strip, bands: [0], signal }))[0]!),
    })
  }
  return strips
}
