import { downloadZip } from 'client-zip'

/** Fixed, since core holds no clock and the same files should give the same archive. */
const ENTRY_DATE = new Date(1980, 0, 1)

/** Stores files (already compressed where it pays) in one zip; names may hold folders ("masks/a.tif"). */
export async function zipFiles(
  files: Iterable<{ name: string; bytes: Uint8Array<ArrayBuffer> | string }>,
): Promise<Blob> {
  const entries = [...files].map(({ name, bytes }) => ({ name, input: bytes, lastModified: ENTRY_DATE }))
  return downloadZip(entries).blob()
}
