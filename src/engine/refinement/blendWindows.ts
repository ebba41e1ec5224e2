import type { PixelWindow } from '../../core/raster/rasterSource'

/** How a raster is cut into windows that are predicted one by one. */
export interface Windowing {
  /** Side of a window, pixels. */
  size: number
  /** From one window to the next. */
  stride: number
  /** Pixels at a window's edge that see too little around them: left out, but at the raster's own edge. */
  crop: number
}

/** 256 covers a competition patch in one pass and keeps a single dispatch short on weak GPUs. */
const LARGEST_SIZE = 256

/** Longest side of a window after it was enlarged: a dispatch stays short, and a competition patch at x4 is one window. */
const LARGEST_PROMOTED_SIDE = 512

/** The smallest side that every network takes: five halvings. */
export const SMALLEST_SIDE = 32

/**
 * The windows for a scale promotion: 256 pixels, less where they are enlarged, three quarters apart, a sixteenth cropped.
 *
 * @param size another side, a multiple of 16
 */
export function windowingFor(scale: number, size = sizeFor(scale)): Windowing {
  return { size, stride: (size * 3) / 4, crop: size / 16 }
}

function sizeFor(scale: number): number {
  const size = Math.floor(LARGEST_PROMOTED_SIDE / scale / 16) * 16
  return Math.min(LARGEST_SIZE, Math.max(SMALLEST_SIDE * 2, size))
}

/** Whether a raster is predicted in one pass, as it is. */
export function fitsOneWindow(width: number, height: number, { size }: Windowing): boolean {
  return Math.min(width, height) >= SMALLEST_SIDE && Math.max(width, height) <= size
}

/** One axis of a raster: where its windows begin, and how long they are. */
interface Axis {
  starts: number[]
  length: number
}

/**
 * Windows begin at multiples of the stride, so that a part of a raster is predicted by the very windows of the whole; the
 * last one ends at the raster's edge, where pixels that were measured tell more than mirrored ones.
 */
function axisOf(length: number, { size, stride }: Windowing): Axis {
  if (length <= size) return { starts: [0], length: Math.max(SMALLEST_SIDE, length) }
  const count = Math.ceil((length - size) / stride) + 1
  return {
    starts: Array.from({ length: count }, (_, i) => Math.min(i * stride, length - size)),
    length: size,
  }
}

/** The windows of a raster, as `blendWindows` asks for them. */
export function windowsOf(
  { width, height }: { width: number; height: number },
  windowing: Windowing,
): PixelWindow[] {
  const [across, down] = [axisOf(width, windowing), axisOf(height, windowing)]
  return down.starts.flatMap(row =>
    across.starts.map(column => ({ column, row, width: across.length, height: down.length })),
  )
}

/**
 * Weight along one axis of a window: sin^2 (Hann) over what is not cropped, 0 in the crop. At the raster's edge nothing
 * is cropped: the weight at the crop's border goes on.
 *
 * @returns [length] float32
 */
function axisWeights({ starts, length }: Axis, index: number, { crop }: Windowing): Float32Array {
  const weights = new Float32Array(length)
  if (starts.length === 1) return weights.fill(1)
  const inner = length - 2 * crop
  for (let i = 0; i < length; i++) {
    let place = i - crop
    if (index === 0) place = Math.max(0, place)
    if (index === starts.length - 1) place = Math.min(inner - 1, place)
    if (place < 0 || place >= inner) continue
    weights[i] = Math.sin((Math.PI * (place + 0.5)) / inner) ** 2
  }
  return weights
}

/** Rows of a raster, from the top down. */
interface BlendedRows {
  top: number
  count: number
  /** [count, width] of each map; NaN where no window gave anything. */
  maps: Float32Array[]
}

/** The maps of one window, each [height, width]; null: there is nothing in it, and it gives nothing. */
export type WindowMaps = readonly Float32Array[] | null

/**
 * Predicts a raster of any size window by window and blends them where they overlap: at each pixel the mean of the
 * windows over it, weighted by the product of a Hann window along both axes. Rows come as soon as they are whole, so
 * that memory is one row of windows, whatever the height. Of a raster that is smaller than a network takes, the window
 * reaches over the edge (`mirrorEdges`).
 *
 * @param maps how many maps each window has
 * @param predict the maps of a window; asked for one after the other, row by row
 * @param onWindow called after each with (done, total) windows; may throw to stop
 */
export async function* blendWindows(
  raster: { width: number; height: number },
  windowing: Windowing,
  maps: number,
  predict: (window: PixelWindow) => Promise<WindowMaps>,
  onWindow: (done: number, total: number) => void = () => {},
): AsyncGenerator<BlendedRows> {
  const { width, height } = raster
  const [across, down] = [axisOf(width, windowing), axisOf(height, windowing)]
  const total = across.starts.length * down.starts.length
  const area = width * down.length
  const sums = Array.from({ length: maps }, () => new Float32Array(area))
  const weight = new Float32Array(area)
  const columnWeights = across.starts.map((_, index) => axisWeights(across, index, windowing))
  let done = 0
  for (const [index, top] of down.starts.entries()) {
    const rowWeights = axisWeights(down, index, windowing)
    for (const [i, column] of across.starts.entries()) {
      const parts = await predict({ column, row: top, width: across.length, height: down.length })
      if (parts) add(parts, column, top, columnWeights[i]!, rowWeights)
      onWindow(++done, total)
    }
    // What lies above the next row of windows is whole.
    const next = down.starts[index + 1] ?? height
    const count = next - top
    const rows = sums.map(sum => sum.slice(0, count * width))
    for (const row of rows) for (let i = 0; i < row.length; i++) row[i] = row[i]! / weight[i]!
    yield { top, count, maps: rows }
    for (const kept of [...sums, weight]) {
      kept.copyWithin(0, count * width)
      kept.fill(0, area - count * width)
    }
  }

  function add(
    parts: readonly Float32Array[],
    left: number,
    top: number,
    columnWeight: Float32Array,
    rowWeight: Float32Array,
  ) {
    const columns = Math.min(across.length, width - left)
    for (let y = 0; y < down.length && top + y < height; y++) {
      for (let x = 0; x < columns; x++) {
        const share = columnWeight[x]! * rowWeight[y]!
        if (share === 0) continue
        const to = y * width + left + x
        weight[to] = weight[to]! + share
        for (const [map, part] of parts.entries()) {
          const sum = sums[map]!
          sum[to] = sum[to]! + share * part[y * across.length + x]!
        }
      }
    }
  }
}

/** A raster in memory in one go, by `blendWindows` with one map: [height, width]. */
export async function blendedMap(
  raster: { width: number; height: number },
  windowing: Windowing,
  predict: (window: PixelWindow) => Promise<Float32Array>,
  onWindow?: (done: number, total: number) => void,
): Promise<Float32Array> {
  const whole = new Float32Array(raster.width * raster.height)
  const one = async (window: PixelWindow) => [await predict(window)]
  for await (const { top, maps } of blendWindows(raster, windowing, 1, one, onWindow)) {
    whole.set(maps[0]!, top * raster.width)
  }
  return whole
}

/** The part of a window that lies in the raster. */
export function insidePart(window: PixelWindow, raster: { width: number; height: number }): PixelWindow {
  const { column, row } = window
  return {
    column,
    row,
    width: Math.min(window.width, raster.width - column),
    height: Math.min(window.height, raster.height - row),
  }
}

/**
 * Fills a window from the part of it that lies in the raster: over the right and the lower edge the part is mirrored, its
 * last pixel not repeated.
 *
 * @param part [height, width, bands] of `insidePart`
 * @returns [window.height, window.width, bands]; the part itself where it is all of the window
 */
export function mirrorEdges(
  part: Float32Array,
  inside: PixelWindow,
  window: PixelWindow,
  bands: number,
): Float32Array {
  if (inside.width === window.width && inside.height === window.height) return part
  const out = new Float32Array(window.width * window.height * bands)
  for (let row = 0; row < window.height; row++) {
    const from = mirrored(row, inside.height) * inside.width
    for (let column = 0; column < window.width; column++) {
      const at = (from + mirrored(column, inside.width)) * bands
      out.set(part.subarray(at, at + bands), (row * window.width + column) * bands)
    }
  }
  return out
}

/** 0 1 2 3 2 1 0 1 ... for a length of 4. */
function mirrored(index: number, length: number): number {
  if (length === 1) return 0
  const period = 2 * (length - 1)
  const place = index % period
  return place < length ? place : period - place
}
