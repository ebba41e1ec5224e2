import { BACKGROUND, IGNORE, LANDSLIDE } from '../patches/patch'
import type { PixelWindow } from '../raster/rasterSource'
import { windowOverlap } from '../raster/windowOverlap'
import { widenedWindow } from './cellSpans'
import { labelComponents } from './components'

/**
 * Without the landslides of fewer than `minimum` pixels; pixels that touch by an edge or a corner are one landslide.
 *
 * @param mask [height, width] of 0, 1, 255
 * @returns a new mask
 */
export function removeSmallLandslides(
  mask: Uint8Array,
  width: number,
  height: number,
  minimum: number,
): Uint8Array {
  const { labels, areas } = labelComponents(mask, width, height)
  return mask.map((value, index) => {
    const label = labels[index]!
    return label > 0 && areas[label - 1]! < minimum ? BACKGROUND : value
  })
}

/**
 * Background that landslide encloses and that has fewer than `limit` pixels becomes landslide. What reaches the edge
 * of the raster or an ignored pixel may continue there: it is not a hole. Holes connect through edges, as landslides
 * connect through corners too.
 *
 * @param mask [height, width] of 0, 1, 255
 * @returns a new mask
 */
export function fillHoles(mask: Uint8Array, width: number, height: number, limit: number): Uint8Array {
  const result = mask.slice()
  const seen = new Uint8Array(mask.length)
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== BACKGROUND || seen[start]) continue
    const region = [start]
    seen[start] = 1
    let enclosed = true
    for (let at = 0; at < region.length; at++) {
      const index = region[at]!
      const column = index % width
      const row = (index - column) / width
      if (column === 0 || row === 0 || column === width - 1 || row === height - 1) enclosed = false
      for (const next of [index - 1, index + 1, index - width, index + width]) {
        const across = next === index - 1 ? column > 0 : next === index + 1 ? column < width - 1 : true
        if (!across || next < 0 || next >= mask.length) continue
        if (mask[next] === IGNORE) enclosed = false
        if (mask[next] !== BACKGROUND || seen[next]) continue
        seen[next] = 1
        region.push(next)
      }
    }
    if (enclosed && region.length < limit) for (const index of region) result[index] = LANDSLIDE
  }
  return result
}

/**
 * Every pixel becomes what most pixels round it are; where they are as many it stays. Ignored pixels stay and have
 * no say.
 *
 * @param mask [height, width] of 0, 1, 255
 * @param radius of the square window: 1 is 3 x 3
 * @returns a new mask
 */
export function majority(mask: Uint8Array, width: number, height: number, radius: number): Uint8Array {
  const landslide = summedArea(mask, width, height, value => value === LANDSLIDE)
  const judged = summedArea(mask, width, height, value => value !== IGNORE)
  const result = mask.slice()
  for (let row = 0; row < height; row++) {
    const top = Math.max(0, row - radius)
    const bottom = Math.min(height, row + radius + 1)
    for (let column = 0; column < width; column++) {
      const index = row * width + column
      if (mask[index] === IGNORE) continue
      const left = Math.max(0, column - radius)
      const right = Math.min(width, column + radius + 1)
      const sum = (table: Uint32Array) =>
        table[bottom * (width + 1) + right]! -
        table[top * (width + 1) + right]! -
        table[bottom * (width + 1) + left]! +
        table[top * (width + 1) + left]!
      const balance = 2 * sum(landslide) - sum(judged)
      if (balance !== 0) result[index] = balance > 0 ? LANDSLIDE : BACKGROUND
    }
  }
  return result
}

/** [height + 1, width + 1]: pixels above and left of a corner that count. */
function summedArea(
  mask: Uint8Array,
  width: number,
  height: number,
  counts: (value: number) => boolean,
): Uint32Array {
  const table = new Uint32Array((width + 1) * (height + 1))
  for (let row = 0; row < height; row++) {
    let along = 0
    for (let column = 0; column < width; column++) {
      if (counts(mask[row * width + column]!)) along++
      table[(row + 1) * (width + 1) + column + 1] = table[row * (width + 1) + column + 1]! + along
    }
  }
  return table
}

/** A part of a raster that is cleaned, and what is known of the rest. */
export interface CleanedPart {
  /** Of the raster. */
  window: PixelWindow
  /** `touching`: landslides and holes are changed whole where the part has some of them; `inside`: only its own pixels are. */
  reach: 'touching' | 'inside'
  /** Windows beside the raster in which what reaches them goes on: it stays, since its size is not known. */
  beyond: readonly PixelWindow[]
}

/**
 * A clean-up of a part of a raster that sees what is round it, so that a border through a landslide or a hole does not
 * make two small ones of it.
 *
 * @param mask [height, width] of 0, 1, 255; 255 where nothing is known
 * @param clean of the whole raster
 * @returns a new mask
 */
export function cleanPart(
  mask: Uint8Array,
  width: number,
  height: number,
  { window, reach, beyond }: CleanedPart,
  clean: (mask: Uint8Array, width: number, height: number) => Uint8Array,
): Uint8Array {
  const cleaned = clean(mask, width, height)
  const changes = cleaned.map((value, index) => (value === mask[index] ? BACKGROUND : LANDSLIDE))
  const { labels, count } = labelComponents(changes, width, height)
  const touching = new Uint8Array(count + 1)
  forEachIn(window, width, index => {
    touching[labels[index]!] = 1
  })
  const raster = { column: 0, row: 0, width, height }
  for (const other of beyond) {
    const strip = windowOverlap(widenedWindow(other, 1), raster)
    if (strip) {
      forEachIn(strip, width, index => {
        touching[labels[index]!] = 0
      })
    }
  }
  const own = new Uint8Array(width * height)
  forEachIn(window, width, index => {
    own[index] = 1
  })
  const stays = (index: number) => (reach === 'inside' ? own[index] === 0 : touching[labels[index]!] === 0)
  return cleaned.map((value, index) => (stays(index) ? mask[index]! : value))
}

function forEachIn(
  { column, row, width: across, height: down }: PixelWindow,
  width: number,
  visit: (index: number) => void,
) {
  for (let y = row; y < row + down; y++) {
    const first = y * width + column
    for (let index = first; index < first + across; index++) visit(index)
  }
}
