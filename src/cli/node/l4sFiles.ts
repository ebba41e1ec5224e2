import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ReadableStream } from 'node:stream/web'
import { makeZip } from 'client-zip'
import { oneDatasetHdf5, submissionEntries, submissionMask } from '../../core/export/competitionZip'
import { toAppError } from '../../core/foundation/appError'
import { BAND_COUNT, BANDS } from '../../core/patches/bands'
import type { PatchPixels } from '../../core/patches/patch'
import { writeAside } from './nodeFiles'

/** `img` of Landslide4Sense: (height, width, 14) float64 in the dataset's stored units (raw / divisor). */
export function l4sImage({ data, width, height }: PatchPixels): Promise<Uint8Array> {
  const area = width * height
  const stored = new Float64Array(area * BAND_COUNT)
  for (let band = 0; band < BAND_COUNT; band++) {
    const divisor = BANDS[band]!.l4sDivisor
    for (let i = 0; i < area; i++) stored[i * BAND_COUNT + band] = data[band * area + i]! / divisor
  }
  return oneDatasetHdf5('img', stored, [height, width, BAND_COUNT], '<d')
}

/** `mask` of Landslide4Sense: (height, width) uint8. */
export function l4sMask(mask: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  return oneDatasetHdf5('mask', mask, [height, width], '<B')
}

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
  const zip = Readable.fromWeb(makeZip(entries()) as ReadableStream)
  await writeAside(path, aside => pipeline(zip, createWriteStream(aside)))
}

/** The file's name, or why there is none. */
export async function submissionOr(write: () => Promise<void>): Promise<string> {
  try {
    await write()
    return 'submission.zip'
  } catch (error) {
    const { code, message } = toAppError(error)
    if (code !== 'shape-mismatch' && code !== 'bad-argument') throw error
    return `None: ${message}`
  }
}
