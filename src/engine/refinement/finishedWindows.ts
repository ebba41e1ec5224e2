import type { PixelWindow } from '../../core/raster/rasterSource'
import type { WindowMaps } from './blendWindows'

/** Windows of a scene that are predicted, kept somewhere so that an interrupted prediction does none of them twice. */
export interface FinishedWindows {
  /** The very maps that were added; undefined: it is not there. */
  read(window: PixelWindow): Promise<WindowMaps | undefined>
  add(window: PixelWindow, maps: WindowMaps): Promise<void>
}

/** Words of 32 bits before the maps: mark, checksum of what follows, column, row, width, height, number of maps. */
const HEAD = 7

const MARK = 0x57494e31

/** A window as bytes that can be appended to a file, in this machine's byte order; null maps are none. */
export function encodeWindow({ column, row, width, height }: PixelWindow, maps: WindowMaps): Uint8Array {
  const area = width * height
  const words = new Uint32Array(HEAD + (maps?.length ?? 0) * area)
  words.set([MARK, 0, column, row, width, height, maps?.length ?? 0])
  for (const [i, map] of (maps ?? []).entries()) {
    words.set(new Uint32Array(map.buffer, map.byteOffset, area), HEAD + i * area)
  }
  words[1] = checksum(words)
  return new Uint8Array(words.buffer)
}

/** A window in a file of them. */
export interface WindowPlace {
  window: PixelWindow
  /** Byte where it begins, and how many. */
  begin: number
  length: number
}

/**
 * Finds the windows in bytes that `encodeWindow` made one after the other; what was cut off or damaged ends the list.
 */
export function findWindows(bytes: Uint8Array): WindowPlace[] {
  const found: WindowPlace[] = []
  for (let begin = 0; begin + HEAD * 4 <= bytes.length; ) {
    const words = wordsOf(bytes.subarray(begin))
    const [mark, sum, column = 0, row = 0, width = 0, height = 0, maps = 0] = words
    const length = 4 * (HEAD + maps * width * height)
    if (mark !== MARK || begin + length > bytes.length) break
    if (checksum(words.subarray(0, length / 4)) !== sum) break
    found.push({ window: { column, row, width, height }, begin, length })
    begin += length
  }
  return found
}

/** @param bytes of one window, as found */
export function decodeWindow(bytes: Uint8Array): WindowMaps {
  const words = wordsOf(bytes)
  const [, , , , width = 0, height = 0, maps = 0] = words
  if (maps === 0) return null
  const area = width * height
  return Array.from({ length: maps }, (_, i) => {
    const begin = HEAD + i * area
    return new Float32Array(words.slice(begin, begin + area).buffer)
  })
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  const whole = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  return new Uint32Array(whole.buffer, whole.byteOffset, Math.floor(whole.length / 4))
}

/** FNV-1a over words, the checksum's own left out. */
function checksum(words: Uint32Array): number {
  let hash = 0x811c9dc5
  for (let i = 2; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193)
  return hash >>> 0
}
