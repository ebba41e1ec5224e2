import { AppError, toAppError } from '../../../core/foundation/appError'
import type { DroppedModel } from '../../modelProtocol'

const MOST_BYTES = 2 ** 30

/**
 * The content of a dropped model's files.
 *
 * @throws AppError `file-too-large`, `file-unreadable` (moved or changed since the drop)
 */
export async function droppedBytes({ path, files }: DroppedModel): Promise<Record<string, Uint8Array>> {
  const total = Object.values(files).reduce((sum, file) => sum + file.size, 0)
  if (total > MOST_BYTES) {
    throw new AppError(
      'file-too-large',
      `"${path}" is larger than 1 GiB; models of up to 1 GiB are opened here.`,
    )
  }
  const contents: Record<string, Uint8Array> = {}
  for (const [name, file] of Object.entries(files)) {
    try {
      contents[name] = new Uint8Array(await file.arrayBuffer())
    } catch (thrown) {
      throw toAppError(thrown, 'file-unreadable')
    }
  }
  return contents
}
