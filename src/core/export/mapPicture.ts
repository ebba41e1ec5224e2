import type { InventoryRows } from '../inventory/inventory'
import { BACKGROUND, LANDSLIDE } from '../patches/patch'
import { hillshade } from '../patches/relief'
import { percentileRange } from '../patches/stretch'
import { pixelSizeOf } from '../raster/pixelSize'
import type { Georeference, PixelWindow } from '../raster/rasterSource'
import { pointTransform, projectionOf } from '../scenes/projection'
import { encodePng } from './png'

/** Widest and highest that the picture may be, pixels: 172 x 122 mm at about 200 dots an inch. */
const WIDEST = 1400
const HIGHEST = 1000

/** Rasters without a coordinate system are shown side by side; more than these would be too small to see. */
const MOST_TILES = 48

/** What a map is made of. */
export interface MapRaster {
  name: string
  width: number
  height: number
  georeference: Georeference | null
}

/** Pixels of the picture. */
interface Place {
  left: number
  top: number
  width: number
  height: number
}

export interface MapLayout {
  width: number
  height: number
  /** Of each raster; null: it is not shown. */
  places: (Place | null)[]
  /** Of the picture in its system: left, bottom, right, top; null: side by side, the picture is no map. */
  bounds: readonly [number, number, number, number] | null
  crs: string | null
  metresPerPixel: number | null
}

/**
 * Where rasters lie on one picture: by their coordinates, of several systems about right, or side by side where one has none.
 *
 * @throws AppError `file-unsupported` for a system that is not known
 */
export async function layOutMap(rasters: readonly MapRaster[]): Promise<MapLayout> {
  const first = rasters[0]?.georeference
  if (!first?.crs || rasters.some(({ georeference }) => !georeference?.crs || !georeference.transform)) {
    return sideBySide(rasters)
  }
  const target = await projectionOf(first, rasters[0]!.name)
  const boxes: [number, number, number, number][] = []
  for (const { georeference, width, height, name } of rasters) {
    const move = await pointTransform(await projectionOf(georeference, name), target)
    const [x, xColumn, xRow, y, yColumn, yRow] = georeference!.transform!
    const corners = [
      [0, 0],
      [width, 0],
      [0, height],
      [width, height],
    ].map(([column, row]) => {
      return move(x + column! * xColumn + row! * xRow, y + column! * yColumn + row! * yRow)
    })
    const [xs, ys] = [corners.map(corner => corner[0]), corners.map(corner => corner[1])]
    boxes.push([Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)])
  }
  const reduce = (side: number, of: (a: number, b: number) => number) =>
    boxes.reduce((sum, box) => of(sum, box[side]!), boxes[0]![side]!)
  const [left, bottom, right, top] = [
    reduce(0, Math.min),
    reduce(1, Math.min),
    reduce(2, Math.max),
    reduce(3, Math.max),
  ]
  // Degrees of longitude are shorter than those of latitude, which a map in degrees should show.
  const squeeze = target.isGeographic ? Math.cos((((bottom + top) / 2) * Math.PI) / 180) : 1
  // No finer than the finest raster: a printer enlarges it better than we do.
  const finest = Math.max(...boxes.map(([, low, , high], i) => rasters[i]!.height / (high - low)))
  const scale = Math.min(WIDEST / ((right - left) * squeeze), HIGHEST / (top - bottom), finest)
  const places = boxes.map(([x0, y0, x1, y1]) => ({
    left: (x0 - left) * scale * squeeze,
    top: (top - y1) * scale,
    width: (x1 - x0) * scale * squeeze,
    height: (y1 - y0) * scale,
  }))
  const size = pixelSizeOf(first, rasters[0]!.width, rasters[0]!.height).size
  return {
    width: Math.max(1, Math.round((right - left) * scale * squeeze)),
    height: Math.max(1, Math.round((top - bottom) * scale)),
    places,
    bounds: [left, bottom, right, top],
    crs: first.crs,
    metresPerPixel: size && (size.height * rasters[0]!.height) / places[0]!.height,
  }
}

const GAP = 8

function sideBySide(rasters: readonly MapRaster[]): MapLayout {
  const shown = Math.min(rasters.length, MOST_TILES)
  const columns = Math.max(1, Math.ceil(Math.sqrt((shown * WIDEST) / HIGHEST)))
  const lines = Math.max(1, Math.ceil(shown / columns))
  const room = Math.floor(Math.min((WIDEST + GAP) / columns, (HIGHEST + GAP) / lines)) - GAP
  const side = Math.min(room, Math.max(...rasters.map(({ width, height }) => Math.max(width, height))))
  const places = rasters.map((raster, i): Place | null => {
    if (i >= shown) return null
    const scale = side / Math.max(raster.width, raster.height)
    return {
      left: (i % columns) * (side + GAP),
      top: Math.floor(i / columns) * (side + GAP),
      width: raster.width * scale,
      height: raster.height * scale,
    }
  })
  return {
    width: Math.max(1, Math.min(shown, columns) * (side + GAP) - GAP),
    height: Math.max(1, lines * (side + GAP) - GAP),
    places,
    bounds: null,
    crs: null,
    metresPerPixel: null,
  }
}

/** A true-colour picture of a part of a raster, to lie below its landslides. */
export interface RasterLook {
  /** Its pixels in the raster. */
  window: PixelWindow
  /** Of the picture, which may be smaller. */
  width: number
  height: number
  /** Red, green, blue, each [height, width], in one unit for all rasters; NaN where there is no data. */
  planes: readonly [Float32Array, Float32Array, Float32Array]
}

/** A map of an event, made row by row as its rasters are read. Memory is that of the picture. */
export class MapPicture {
  private readonly landslides: Uint32Array
  private readonly background: Uint32Array
  private readonly elevation: Float32Array
  private readonly heights: Uint32Array
  private readonly colours: Float32Array[]
  private readonly looked: Uint32Array

  constructor(readonly layout: MapLayout) {
    const area = layout.width * layout.height
    this.landslides = new Uint32Array(area)
    this.background = new Uint32Array(area)
    this.elevation = new Float32Array(area)
    this.heights = new Uint32Array(area)
    this.colours = [0, 1, 2].map(() => new Float32Array(area))
    this.looked = new Uint32Array(area)
  }

  /** Rows of a raster from `top` on. */
  addRows(index: number, raster: MapRaster, top: number, count: number, rows: InventoryRows): void {
    const { mask, elevation } = rows
    const window = { column: 0, row: top, width: raster.width, height: count }
    this.each(index, raster, window, raster.width, count, (from, to) => {
      if (mask[from] === LANDSLIDE) this.landslides[to]!++
      else if (mask[from] === BACKGROUND) this.background[to]!++
      const height = elevation?.[from]
      if (height === undefined || !Number.isFinite(height)) return
      this.elevation[to]! += height
      this.heights[to]!++
    })
  }

  /** What a part of a raster looks like. */
  addLook(index: number, raster: MapRaster, look: RasterLook): void {
    const [red, green, blue] = look.planes
    this.each(index, raster, look.window, look.width, look.height, (from, to) => {
      const values = [red[from]!, green[from]!, blue[from]!]
      if (!values.every(Number.isFinite)) return
      for (const channel of [0, 1, 2]) this.colours[channel]![to]! += values[channel]!
      this.looked[to]!++
    })
  }

  /** Raster pixels along one pixel of the picture, of a raster that is shown; null: it is not. */
  stepOf(index: number, { width }: MapRaster): number | null {
    const place = this.layout.places[index]
    return place ? width / place.width : null
  }

  /** Calls `visit` with each sample of a window and each pixel of the picture that it covers. */
  private each(
    index: number,
    raster: MapRaster,
    window: PixelWindow,
    width: number,
    height: number,
    visit: (from: number, to: number) => void,
  ): void {
    const place = this.layout.places[index]
    if (!place) return
    const [across, down] = [place.width / raster.width, place.height / raster.height]
    const columns = spans(
      place.left + window.column * across,
      (window.width * across) / width,
      width,
      this.layout.width,
    )
    const lines = spans(
      place.top + window.row * down,
      (window.height * down) / height,
      height,
      this.layout.height,
    )
    for (let y = 0; y < height; y++) {
      for (let line = lines[y * 2]!; line < lines[y * 2 + 1]!; line++) {
        for (let x = 0; x < width; x++) {
          for (let column = columns[x * 2]!; column < columns[x * 2 + 1]!; column++) {
            visit(y * width + x, line * this.layout.width + column)
          }
        }
      }
    }
  }

  /** PNG: the image, else the relief, else plain; landslides in vermilion, outlined; white where nothing was analysed. */
  png(): Uint8Array<ArrayBuffer> {
    const { width, height } = this.layout
    const ground = this.ground()
    const rgb = new Uint8Array(width * height * 3).fill(255)
    const isLandslide = (pixel: number) => this.landslides[pixel]! > 0
    for (let pixel = 0; pixel < width * height; pixel++) {
      const column = pixel % width
      const row = (pixel - column) / width
      if (!isLandslide(pixel) && this.background[pixel] === 0 && this.looked[pixel] === 0) continue
      for (let channel = 0; channel < 3; channel++) {
        // Paler than the image, so that landslides stand out in print too.
        rgb[pixel * 3 + channel] = 255 - (255 - ground[channel]![pixel]!) * GROUND_STRENGTH
      }
      if (!isLandslide(pixel)) {
        if (this.background[pixel] === 0)
          for (let c = 0; c < 3; c++) rgb[pixel * 3 + c] = veiled(rgb[pixel * 3 + c]!)
        continue
      }
      const inside =
        column > 0 &&
        column < width - 1 &&
        row > 0 &&
        row < height - 1 &&
        isLandslide(pixel - 1) &&
        isLandslide(pixel + 1) &&
        isLandslide(pixel - width) &&
        isLandslide(pixel + width)
      const share = inside ? FILL_STRENGTH : 1
      for (let channel = 0; channel < 3; channel++) {
        const below = rgb[pixel * 3 + channel]!
        rgb[pixel * 3 + channel] = below + (VERMILION[channel]! - below) * share
      }
    }
    return encodePng(rgb, width, height)
  }

  /** Whether the ground is the image, the relief, or plain. */
  get shows(): 'image' | 'relief' | 'plain' {
    if (this.looked.some(count => count > 0)) return 'image'
    return this.heights.some(count => count > 0) ? 'relief' : 'plain'
  }

  /** Three planes, 0 to 255. */
  private ground(): Float32Array[] {
    const { width, height, metresPerPixel } = this.layout
    const area = width * height
    if (this.shows === 'image') {
      const valid = Uint8Array.from(this.looked, count => (count > 0 ? 1 : 0))
      return this.colours.map(sum => {
        const mean = sum.map((value, i) => value / Math.max(1, this.looked[i]!))
        const { low, high } = percentileRange(mean, valid, 0.02)
        return mean.map((value, i) =>
          valid[i] === 0 ? PLAIN : Math.min(255, Math.max(0, ((value - low) / (high - low)) * 255)),
        )
      })
    }
    const grey = new Float32Array(area).fill(PLAIN)
    if (this.shows === 'relief') {
      const mean = this.elevation.map((sum, i) =>
        this.heights[i]! > 0 ? sum / this.heights[i]! : Number.NaN,
      )
      // Side by side nobody knows how far pixels lie apart: as in Landslide4Sense.
      const shade = hillshade(mean, null, width, height, metresPerPixel ?? 10)
      for (let i = 0; i < area; i++) if (!Number.isNaN(shade[i]!)) grey[i] = 60 + 195 * shade[i]!
    }
    return [grey, grey, grey]
  }
}

const GROUND_STRENGTH = 0.7
const FILL_STRENGTH = 0.55
const PLAIN = 225
const VERMILION = [213, 62, 0] as const

/** Where there is an image and nothing was analysed. */
function veiled(value: number): number {
  return 255 - (255 - value) * 0.35
}

/** First pixel of the picture and the one after the last for each of `count` samples; at least one. */
function spans(offset: number, scale: number, count: number, most: number): Int32Array {
  const out = new Int32Array(count * 2)
  for (let i = 0; i < count; i++) {
    const first = Math.min(most - 1, Math.max(0, Math.floor(offset + i * scale + 1e-6)))
    out[i * 2] = first
    out[i * 2 + 1] = Math.min(most, Math.max(first + 1, Math.floor(offset + (i + 1) * scale + 1e-6)))
  }
  return out
}
