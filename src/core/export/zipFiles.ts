import { downloadZip } from 'client-zip'
import { AppError } from '../foundation/appError'

/** Fixed, since core holds no clock and the same files should give the same archive. */
const ENTRY_DATE = new Date(1980, 0, 1)

/** What no name of a member may be: it would be unpacked elsewhere, or nowhere. */
const LEADS_OUT = /^[/\\]|^[a-z]:|\\|(^|\/)\.{1,2}(\/|$)|\p{Cc}/iu

/**
 * Stores files (already compressed where it pays) in one zip; names may hold folders ("masks/a.tif").
 *
 * @throws AppError `internal` for a name that leads out of the folder into which the zip is unpacked.
 */
export async function zipFiles(
  files: Iterable<{ name: string; bytes: Uint8Array<ArrayBuffer> | string }>,
): Promise<Blob> {
  const entries = [...files].map(({ name, bytes }) => {
    if (LEADS_OUT.test(name)) throw new AppError('internal', `"${name}" is no name of a file in a zip.`)
    return { name, input: bytes, lastModified: ENTRY_DATE }
  })
  return downloadZip(entries).blob()
}
