import { throwIfAborted } from '../../core/foundation/appError'
import { yieldToEventLoop } from '../../core/foundation/job'
import { RecentMap } from '../../core/foundation/recentMap'
import { bandExpression } from '../../core/patches/bandExpression'
import { DEM_BAND } from '../../core/patches/bands'
import { type BaseLayer, layerChannels } from '../../core/patches/baseLayers'
import type { PatchPixels } from '../../core/patches/patch'
import {
  layerRange,
  type RenderedLayer,
  type RenderOptions,
  renderLayer,
} from '../../core/patches/renderLayer'
import { pixelSizeOf } from '../../core/raster/pixelSize'
import type { PixelWindow } from '../../core/raster/rasterSource'
import type { PatchRecord } from '../../core/review/records'
import { addPixels, addSums, type Sums } from '../../core/scenes/boxSums'
import type { ProjectStore } from '../../storage/projectStore'
import type { FilesApi } from '../protocol'
import { blank, CellMeans, type SceneCell, setMeans } from './cellMeans'

type TileRequest = FilesApi['sceneTile']['request']

type TileStore = Pick<ProjectStore, 'scenePieces' | 'readPixelWindow' | 'readReduced'>

interface SceneCells {
  sceneId: string
  cells: readonly SceneCell[]
  /** Side of a pixel in metres; 10 where the scene does not say. */
  pixelSide: number
}

/** Cells that a stretch is found from: they tell the range of a whole scene, and are read within a second. */
const SAMPLED_CELLS = 24

/** Milliseconds of work between two looks at what else the worker was asked. */
const SLICE_MS = 12

/**
 * Draws windows of scenes from their cells.
 *
 * A pixel of a picture is the mean of the valid pixels under it, whichever cells they lie in; colours are stretched by
 * one range for the whole scene, so that tiles join without a seam.
 */
export class SceneTiles {
  private readonly means: CellMeans
  /** Of the scenes on screen, by id. */
  private readonly scenes = new RecentMap<string, Promise<SceneCells>>({ capacity: 8 })
  private readonly stretches = new RecentMap<string, Promise<RenderedLayer['range']>>({ capacity: 256 })

  constructor(private readonly open: () => Promise<TileStore>) {
    this.means = new CellMeans(open)
  }

  /**
   * @param request.window its corner at multiples of `step`
   * @throws AppError `bad-argument` where a channel is no expression; `aborted`, and what the store throws
   */
  async draw(request: TileRequest, signal?: AbortSignal): Promise<RenderedLayer> {
    const { window, step, layer, cells: count, shade, ...options } = request
    const scene = await this.sceneOf(request.sceneId, count)
    throwIfAborted(signal)
    const limits = await this.stretchOf(scene, layer, options)
    const bands = bandsOf(layer, options.channels, shade !== undefined)
    // Relief looks at its neighbours.
    const halo = bands.includes(DEM_BAND) ? 1 : 0
    const pixels = await this.gather(scene, haloed(window, step, halo), step, bands, signal)
    const cellSize = scene.pixelSide * step
    const rendered = renderLayer(pixels, layer, { ...options, limits, exactLimits: true, cellSize })
    if (shade) multiply(rendered, renderLayer(pixels, 'hillshade', { sun: shade.sun, cellSize }), shade.blend)
    return { ...cropped(rendered, halo), range: rendered.range }
  }

  private async sceneOf(sceneId: string, count: number): Promise<SceneCells> {
    const known = await this.scenes.get(sceneId)
    if (known?.cells.length === count) return known
    const reading = this.read(sceneId)
    this.scenes.set(sceneId, reading)
    reading.catch(() => this.scenes.delete(sceneId))
    return reading
  }

  private async read(sceneId: string): Promise<SceneCells> {
    const pieces = await (await this.open()).scenePieces(sceneId)
    const cells = pieces.filter(({ cell, removed }) => cell && !cell.margin && !removed)
    return {
      sceneId,
      cells: cells.map(({ id, cell }) => ({ id, window: cell!.window })),
      pixelSide: sideOf(cells[0]),
    }
  }

  private async stretchOf(
    scene: SceneCells,
    layer: BaseLayer,
    options: RenderOptions,
  ): Promise<RenderedLayer['range']> {
    const { percentile, channels, limits } = options
    // Found again when a scene that is being added has grown by half, and not with every cell.
    const grown = Math.floor(Math.log(scene.cells.length + 1) / Math.log(1.5))
    const key = JSON.stringify([scene.sceneId, grown, layer, percentile, channels, limits])
    const known = this.stretches.get(key)
    if (known) return known
    const finding = this.sampled(scene, bandsOf(layer, channels, false)).then(sample =>
      layerRange(sample, layer, options),
    )
    this.stretches.set(key, finding)
    finding.catch(() => this.stretches.delete(key))
    return finding
  }

  /** Pixels from cells all over a scene, as one row. */
  private async sampled({ cells }: SceneCells, bands: readonly number[]): Promise<PatchPixels> {
    const every = Math.max(1, cells.length / SAMPLED_CELLS)
    const chosen = Array.from({ length: Math.min(cells.length, SAMPLED_CELLS) }, (_, index) => {
      return cells[Math.floor((index + 0.5) * every)]!
    })
    if (bands.length === 0 || chosen.length === 0) return blank(1, 1)
    const found: Awaited<ReturnType<CellMeans['read']>>[] = []
    for (const cell of chosen) found.push(await this.means.read(cell, bands, 8))
    const sample = blank(
      found.reduce((sum, [first]) => sum + first!.sum.length, 0),
      1,
    )
    let at = 0
    for (const planes of found) {
      for (const [index, sums] of planes.entries()) setMeans(sample, bands[index]!, sums, at)
      at += planes[0]!.sum.length
    }
    return sample
  }

  /** The bands of a window at a step; what the layer does not need stays empty. */
  private async gather(
    { cells }: SceneCells,
    window: PixelWindow,
    step: number,
    bands: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<PatchPixels> {
    const width = Math.ceil(window.width / step)
    const height = Math.ceil(window.height / step)
    const planes = bands.map((): Sums => {
      const [column, row] = [window.column / step, window.row / step]
      const [sum, count] = [new Float32Array(width * height), new Uint32Array(width * height)]
      return { column, row, width, height, sum, count }
    })
    const side = step % 8 === 0 ? 8 : step % 4 === 0 ? 4 : null
    let begun = performance.now()
    for (const cell of cells) {
      const part = intersection(cell.window, window)
      if (!part) continue
      throwIfAborted(signal)
      if (side) {
        const sums = await this.means.read(cell, bands, side)
        for (const [index, plane] of planes.entries()) addSums(sums[index]!, step / side, plane)
      } else {
        await this.addWindow(cell, part, step, bands, planes)
      }
      if (performance.now() - begun < SLICE_MS) continue
      await yieldToEventLoop()
      begun = performance.now()
    }
    const pixels = blank(width, height)
    for (const [index, plane] of planes.entries()) setMeans(pixels, bands[index]!, plane, 0)
    return pixels
  }

  private async addWindow(
    cell: SceneCell,
    part: PixelWindow,
    step: number,
    bands: readonly number[],
    planes: readonly Sums[],
  ): Promise<void> {
    const own = { ...part, column: part.column - cell.window.column, row: part.row - cell.window.row }
    const { data, valid } = await (await this.open()).readPixelWindow(cell.id, own, bands)
    const area = part.width * part.height
    for (const [index, plane] of planes.entries()) {
      addPixels(data.subarray(index * area, (index + 1) * area), valid, part, step, plane)
    }
  }
}

function sideOf(cell: PatchRecord | undefined): number {
  const size = cell && pixelSizeOf(cell.georeference, cell.width, cell.height).size
  return size ? Math.sqrt(size.width * size.height) : 10
}

/** Bands that a layer is made from. */
function bandsOf(layer: BaseLayer, channels: readonly string[] | undefined, shaded: boolean): number[] {
  const bands = new Set<number>(layer === 'hillshade' || shaded ? [DEM_BAND] : [])
  if (layer !== 'hillshade') {
    for (const { steps } of layerChannels(layer, channels).map(bandExpression)) {
      for (const step of steps) if (step.kind === 'band') bands.add(step.band.band)
    }
  }
  return [...bands]
}

function haloed(window: PixelWindow, step: number, halo: number): PixelWindow {
  const wide = halo * step
  return {
    column: window.column - wide,
    row: window.row - wide,
    width: Math.ceil(window.width / step) * step + 2 * wide,
    height: Math.ceil(window.height / step) * step + 2 * wide,
  }
}

function intersection(a: PixelWindow, b: PixelWindow): PixelWindow | null {
  const column = Math.max(a.column, b.column)
  const row = Math.max(a.row, b.row)
  const width = Math.min(a.column + a.width, b.column + b.width) - column
  const height = Math.min(a.row + a.height, b.row + b.height) - row
  return width > 0 && height > 0 ? { column, row, width, height } : null
}

function cropped(picture: RenderedLayer, halo: number): Pick<RenderedLayer, 'width' | 'height' | 'rgba'> {
  if (halo === 0) return picture
  const width = picture.width - 2 * halo
  const height = picture.height - 2 * halo
  const rgba = new Uint8ClampedArray(width * height * 4)
  for (let y = 0; y < height; y++) {
    const from = ((y + halo) * picture.width + halo) * 4
    rgba.set(picture.rgba.subarray(from, from + width * 4), y * width * 4)
  }
  return { width, height, rgba }
}

/** As `BaseRasterLayer` multiplies the hillshade in: level ground, about 0.6 to 0.7, keeps its brightness. */
function multiply({ rgba }: RenderedLayer, shade: RenderedLayer, blend: number): void {
  for (let at = 0; at < rgba.length; at += 4) {
    const light = Math.min(1.5, (shade.rgba[at]! / 255) * 1.45)
    const factor = shade.rgba[at + 3] === 0 ? 1 : 1 + (light - 1) * blend
    for (let channel = 0; channel < 3; channel++) rgba[at + channel] = rgba[at + channel]! * factor
  }
}
