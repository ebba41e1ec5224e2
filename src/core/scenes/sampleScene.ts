import { throwIfAborted } from '../foundation/appError'
import type { JobContext } from '../foundation/job'
import type { SetPatch } from '../patches/setStatistics'
import { statisticsOf } from '../patches/statistics'
import type { Georeference, PixelWindow } from '../raster/rasterSource'
import { georeferenceOf, type SceneStack } from './stack'

/** A patch of the competition. */
const SIDE = 128

/** Spots of a large scene that are looked at: a share of its blocks small enough to be decoded twice. */
const MOST_SPOTS = 16

/** Samples of a spot along each axis, one sample apart. */
const SAMPLES_ACROSS = 2

/**
 * Windows of 128 pixels whose statistics stand for those of a scene: all of a small one, else four at each of 16 spots
 * that are spread evenly.
 */
export function sampleWindows({ width, height }: { width: number; height: number }): PixelWindow[] {
  const across = Math.ceil(width / SIDE)
  const down = Math.ceil(height / SIDE)
  const windows: PixelWindow[] = []
  const add = (column: number, row: number) =>
    windows.push({
      column,
      row,
      width: Math.min(SIDE, width - column),
      height: Math.min(SIDE, height - row),
    })
  if (across * down <= MOST_SPOTS * SAMPLES_ACROSS ** 2) {
    for (let y = 0; y < down; y++) for (let x = 0; x < across; x++) add(x * SIDE, y * SIDE)
    return windows
  }
  const stretch = (2 * SAMPLES_ACROSS - 1) * SIDE
  const fitting = (wanted: number, length: number) =>
    Math.max(1, Math.min(Math.round(wanted), MOST_SPOTS, Math.floor(length / stretch)))
  const columns = fitting(Math.sqrt((MOST_SPOTS * width) / height), width)
  const rows = fitting(Math.floor(MOST_SPOTS / columns), height)
  const begin = (index: number, count: number, length: number) =>
    Math.max(0, Math.min(length - stretch, Math.round(((index + 0.5) * length) / count - stretch / 2)))
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      for (let j = 0; j < SAMPLES_ACROSS; j++) {
        for (let i = 0; i < SAMPLES_ACROSS; i++) {
          const column = begin(x, columns, width) + 2 * i * SIDE
          const row = begin(y, rows, height) + 2 * j * SIDE
          if (column < width && row < height) add(column, row)
        }
      }
    }
  }
  return windows
}

/**
 * What the statistics of an event need of a scene: its samples as patches that lie where they were cut, so that
 * neighbours count as such (`setStatistics`). The same whether the scene is predicted whole or in parts.
 *
 * @throws AppError what the stack's `read` throws, `aborted`
 */
export async function sampleScene(
  stack: SceneStack,
  { name, georeference }: { name: string; georeference: Georeference | null },
  context?: JobContext,
): Promise<SetPatch[]> {
  const windows = sampleWindows(stack)
  const samples: SetPatch[] = []
  for (const [index, window] of windows.entries()) {
    throwIfAborted(context?.signal)
    const statistics = statisticsOf(await stack.read(window, context?.signal))
    const { width, height } = window
    samples.push({
      name: `${name}, column ${window.column}, row ${window.row}`,
      width,
      height,
      statistics,
      georeference: georeferenceOf(georeference, window),
    })
    context?.onProgress?.({ label: `Sampling ${name}`, done: index + 1, total: windows.length })
  }
  return samples
}
