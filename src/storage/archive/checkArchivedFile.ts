import type { BytePath } from '../byteStore'
import { readMaskFile } from '../maskFile'
import { readPixelFile } from '../pixelFile'
import type { PatchRecord } from '../projectStore'
import { archiveMalformed } from './archiveMalformed'

/**
 * Refuses a raster that does not fit its patch.
 *
 * @throws AppError `file-malformed`
 */
export async function checkArchivedFile(
  archive: string,
  [kind, id]: BytePath | readonly string[],
  content: Uint8Array,
  patches: ReadonlyMap<string, PatchRecord>,
): Promise<void> {
  if (kind !== 'pixels' && kind !== 'masks' && kind !== 'probabilities') return
  const patch = patches.get(id ?? '')
  if (!patch) throw archiveMalformed(archive, `${kind} of "${id}" belong to no patch`)
  const area = patch.width * patch.height
  try {
    if (kind === 'masks') readMaskFile(patch.id, content, area)
    if (kind === 'pixels') {
      await readPixelFile(new Blob([content as Uint8Array<ArrayBuffer>]), patch.width, patch.height)
    }
  } catch (cause) {
    throw archiveMalformed(archive, `${kind} of patch "${id}" are damaged`, cause)
  }
  if (kind === 'probabilities' && content.length !== area * Float32Array.BYTES_PER_ELEMENT) {
    throw archiveMalformed(archive, `probabilities of patch "${id}" have another size`)
  }
}
