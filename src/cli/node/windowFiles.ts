import { appendFile, open, readdir, readFile, rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { decodeWindow, encodeWindow, type FinishedWindows, findWindows, type WindowMaps } from '../../engine'

const NAME = /^windows-(\d+)$/

/** Finished windows of a scene in a folder, one file for each row of them. A process that is killed loses one in the making. */
export class WindowFiles implements FinishedWindows {
  private constructor(
    private readonly folder: string,
    private readonly places: Map<string, { row: number; begin: number; length: number }>,
    /** Where the windows of each row end. */
    private readonly bottoms: Map<number, number>,
  ) {}

  /** Those that lie in a folder. */
  static async open(folder: string): Promise<WindowFiles> {
    const places = new Map<string, { row: number; begin: number; length: number }>()
    const bottoms = new Map<number, number>()
    for (const name of await readdir(folder)) {
      const row = NAME.exec(name)?.[1]
      if (row === undefined) continue
      const bytes = await readFile(join(folder, name))
      let end = 0
      for (const { window, begin, length } of findWindows(bytes)) {
        places.set(keyOf(window), { row: Number(row), begin, length })
        bottoms.set(window.row, window.row + window.height)
        end = begin + length
      }
      // What is added comes after what is whole.
      if (end < bytes.length) await truncate(join(folder, name), end)
    }
    return new WindowFiles(folder, places, bottoms)
  }

  get size(): number {
    return this.places.size
  }

  async read(window: PixelWindow): Promise<WindowMaps | undefined> {
    const place = this.places.get(keyOf(window))
    if (!place) return undefined
    const file = await open(this.path(place.row))
    try {
      const bytes = new Uint8Array(place.length)
      await file.read(bytes, 0, place.length, place.begin)
      return decodeWindow(bytes)
    } finally {
      await file.close()
    }
  }

  async add(window: PixelWindow, maps: WindowMaps): Promise<void> {
    await appendFile(this.path(window.row), encodeWindow(window, maps))
    this.bottoms.set(window.row, window.row + window.height)
  }

  /** Removes the windows that end above a row of the scene, which nobody needs any more. */
  async dropAbove(row: number): Promise<void> {
    for (const [top, bottom] of this.bottoms) {
      if (bottom > row) continue
      await rm(this.path(top), { force: true })
      this.bottoms.delete(top)
    }
  }

  private path(row: number): string {
    return join(this.folder, `windows-${row}`)
  }
}

function keyOf({ column, row, width, height }: PixelWindow): string {
  return `${column} ${row} ${width} ${height}`
}
