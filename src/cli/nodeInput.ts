import { open, stat } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import { AppError } from '../core/foundation/appError'
import type { InputFile } from '../core/raster/rasterSource'

/**
 * A file on disk as an input file. Each range opens and closes the file: thousands of inputs hold no descriptor.
 *
 * @param root where given, `path` is told relative to it, with forward slashes.
 * @throws AppError `file-unreadable`.
 */
export async function nodeInput(path: string, root?: string): Promise<InputFile> {
  const unreadable = (thrown: unknown) =>
    new AppError(
      'file-unreadable',
      `"${path}" cannot be read (${thrown instanceof Error ? thrown.message : String(thrown)}).`,
      { cause: thrown },
    )
  const shown = root === undefined ? path : relative(root, resolve(path)).split(sep).join('/')
  try {
    const { size } = await stat(path)
    return {
      path: shown,
      size,
      async slice(begin, end) {
        const length = Math.max(0, Math.min(end, size) - begin)
        const bytes = new Uint8Array(length)
        try {
          const handle = await open(path)
          try {
            let filled = 0
            while (filled < length) {
              const { bytesRead } = await handle.read(bytes, filled, length - filled, begin + filled)
              if (bytesRead === 0) break
              filled += bytesRead
            }
            return filled < length ? bytes.slice(0, filled) : bytes
          } finally {
            await handle.close()
          }
        } catch (thrown) {
          throw unreadable(thrown)
        }
      },
    }
  } catch (thrown) {
    throw unreadable(thrown)
  }
}
