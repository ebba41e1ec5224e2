import type { PixelWindow } from '../core/raster/rasterSource'
import type { PatchRecord } from '../core/review/records'
import { openProject } from './session/openProject'
import type { Studio } from './studio'
import { type Disk, emptyDisk, openStudio, patchRecord, SIDE } from './studio.testing'
import { showViewMode } from './view/actions'

/** Side of the scene below. */
export const SCENE = 2 * SIDE

const CELLS = [1, 2, 3, 4] as const

export const cellId = (number: (typeof CELLS)[number]) => `c${number}`

function windowOf(index: number): PixelWindow {
  return { column: (index % 2) * SIDE, row: Math.floor(index / 2) * SIDE, width: SIDE, height: SIDE }
}

/** What a scene of 16 x 16 holds, by row-major index. */
export interface SceneValues {
  /** 0..1; by default 0. */
  probability?(index: number): number
  /** Raw units of a band; by default 0. */
  band?(index: number, band: number): number
  /** By default true. */
  valid?(index: number): boolean
}

/** A project with a scene of 16 x 16 as four cells (c1 c2 over c3 c4), or as one patch of that size, "w9". */
export async function openScene(
  as: 'cells' | 'whole',
  values: SceneValues = {},
  disk: Disk = diskOf(as, values),
): Promise<{ studio: Studio; disk: Disk }> {
  const studio = openStudio(disk)
  const read = (id: string, window: PixelWindow, bands: readonly number[]) => {
    const place = placeOf(id)
    const at = { ...window, column: place.column + window.column, row: place.row + window.row }
    const data = bands.flatMap(band => crop(at, index => values.band?.(index, band) ?? 0))
    const valid = Uint8Array.from(crop(at, index => Number(values.valid?.(index) ?? true)))
    return { data: Float32Array.from(data), valid }
  }
  studio.storage.readPixels = async id => {
    const { width, height } = placeOf(id)
    const bands = Array.from({ length: 14 }, (_, band) => band)
    return { ...read(id, { column: 0, row: 0, width, height }, bands), label: null }
  }
  studio.storage.readPixelWindow = async (id, window, bands = []) => read(id, window, bands)
  await openProject(studio)
  showViewMode(studio, 'map')
  return { studio, disk }
}

function placeOf(id: string): PixelWindow {
  const index = CELLS.findIndex(number => cellId(number) === id)
  return index < 0 ? { column: 0, row: 0, width: SCENE, height: SCENE } : windowOf(index)
}

function crop(window: PixelWindow, value: (index: number) => number): number[] {
  return Array.from({ length: window.width * window.height }, (_, at) => {
    const row = window.row + Math.floor(at / window.width)
    return value(row * SCENE + window.column + (at % window.width))
  })
}

function diskOf(as: 'cells' | 'whole', values: SceneValues): Disk {
  const cells = CELLS.map((number, index): PatchRecord => {
    const cell = { sceneId: 's', row: Math.floor(index / 2), column: index % 2, window: windowOf(index) }
    return patchRecord(cellId(number), { cell })
  })
  const disk = emptyDisk(as === 'cells' ? cells : [patchRecord('w9', { width: SCENE, height: SCENE })])
  for (const { id } of disk.patches) {
    const probability = crop(placeOf(id), index => values.probability?.(index) ?? 0)
    disk.probabilities.set(`${id}/ensemble`, Float32Array.from(probability))
  }
  return disk
}

/** The masks in memory as one; 9 where there is none. */
export function sceneMask({ pixels }: Studio, disk: Disk): number[] {
  const whole = new Array<number>(SCENE * SCENE).fill(9)
  for (const { id } of disk.patches) {
    const { column, row, width, height } = placeOf(id)
    const mask = pixels.masks.get(id)
    if (!mask) continue
    for (let at = 0; at < width * height; at++) {
      whole[(row + Math.floor(at / width)) * SCENE + column + (at % width)] = mask[at]!
    }
  }
  return whole
}
