import { createWriteStream } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { makeZip } from 'client-zip'
import { submissionEntries, submissionMask } from '../core/export/writeSubmissionZip'

/** As in `zipFiles`: the same masks give the same entries. */
const ENTRY_DATE = new Date(1980, 0, 1)

/**
 * The competition's zip, one mask in memory at a time.
 *
 * @param patches in the order of the entries.
 * @param load the mask of a patch by its place, [128, 128] of 0, 1, 255.
 * @throws AppError `shape-mismatch`, `bad-argument` where a patch fits no submission; nothing is written then.
 */
export async function streamSubmission(
  path: string,
  patches: readonly { name: string; width: number; height: number }[],
  load: (index: number) => Promise<Uint8Array>,
): Promise<void> {
  const names = submissionEntries(patches)
  async function* entries() {
    for (const [index, name] of names.entries()) {
      yield { name, input: await submissionMask(await load(index)), lastModified: ENTRY_DATE }
    }
  }
  await mkdir(dirname(path), { recursive: true })
  const aside = `${path}.part`
  await pipeline(Readable.fromWeb(makeZip(entries()) as ReadableStream), createWriteStream(aside))
  await rename(aside, path)
}
