import { uniqueNames } from './uniqueNames'

/** Separators, what Windows refuses, controls, and what turns the order of the letters around it. */
const REFUSED = /[/\\<>:"|?*\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu

/** Names of devices on Windows, also with an ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i

/** File systems take 255; endings and numbers come behind it. */
const MOST_BYTES = 160

/**
 * A name that is one file's name and nothing else on any system: no folder, drive or device, no hidden file, of a length
 * that is taken everywhere. Names of patches and projects come from strangers' files.
 *
 * @param otherwise where nothing of the name is left.
 */
export function safeFileName(name: string, otherwise = 'patch'): string {
  const plain = name.normalize('NFC').replace(REFUSED, '-')
  const trimmed = cut(plain.replace(/^[\s.-]+/, '')).replace(/[\s.]+$/, '')
  return trimmed === '' ? otherwise : trimmed.replace(DEVICE, '_$1')
}

/** One safe name for each, none twice: files named after them never overwrite each other. */
export function safeFileNames(names: readonly string[]): string[] {
  return uniqueNames(names.map(name => safeFileName(name)))
}

/** Name of a file without its folders and its ending: "dem" of "event/dem.tif". */
export function stemOf(path: string): string {
  return path
    .split('/')
    .at(-1)!
    .replace(/\.[^.]*$/, '')
}

function cut(name: string): string {
  const encoder = new TextEncoder()
  let bytes = 0
  let kept = ''
  for (const letter of name) {
    bytes += encoder.encode(letter).length
    if (bytes > MOST_BYTES) break
    kept += letter
  }
  return kept
}
