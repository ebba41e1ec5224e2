import { downloadZip, makeZip } from 'client-zip'
import { AppError } from '../foundation/appError'

/** Fixed, since core holds no clock and the same files should give the same archive. */
const ENTRY_DATE = new Date(1980, 0, 1)

/** What no name of a member may be: it would be unpacked elsewhere, or nowhere. */
const LEADS_OUT = /^[/\\]|^[a-z]:|\\|(^|\/)\.{1,2}(\/|$)|\p{Cc}/iu

/** A file that leaves; a large one as pieces, made when their turn comes. */
export interface LeavingFile {
  /** May hold folders ("masks/a.tif"). */
  name: string
  bytes: Uint8Array<ArrayBuffer> | string | AsyncIterable<Uint8Array>
}

/**
 * Stores files (already compressed where it pays) in one zip, one after the other as they come; Zip64 above 4 GB. A large
 * zip lies where the browser keeps its blobs, not in memory.
 *
 * @throws AppError `internal` for a name that leads out of the folder into which the zip is unpacked; what the files throw.
 */
export async function zipFiles(files: Iterable<LeavingFile> | AsyncIterable<LeavingFile>): Promise<Blob> {
  const watch = new FailureWatch()
  return watch.failing(downloadZip(watch.over(entriesOf(files, watch))).blob())
}

/** `zipFiles` as a stream, for a zip that goes to a file as it is made. @throws as `zipFiles`, while it is read */
export function zipStream(
  files: Iterable<LeavingFile> | AsyncIterable<LeavingFile>,
): ReadableStream<Uint8Array> {
  const watch = new FailureWatch()
  return makeZip(watch.over(entriesOf(files, watch)))
}

async function* entriesOf(files: Iterable<LeavingFile> | AsyncIterable<LeavingFile>, watch: FailureWatch) {
  for await (const { name, bytes } of files) {
    if (LEADS_OUT.test(name)) throw new AppError('internal', `"${name}" is no name of a file in a zip.`)
    const isWhole = typeof bytes === 'string' || bytes instanceof Uint8Array
    yield { name, input: isWhole ? bytes : watch.over(bytes), lastModified: ENTRY_DATE }
  }
}

/** Bytes that come in pieces as a blob, as `zipFiles` makes one. @throws what the pieces throw. */
export async function streamedBlob(pieces: AsyncIterable<Uint8Array>, type: string): Promise<Blob> {
  const watch = new FailureWatch()
  const iterator = watch.over(pieces)
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
  })
  return watch.failing(new Response(stream, { headers: { 'Content-Type': type } }).blob())
}

/** Browsers say of a stream that failed that it failed, and not why. */
class FailureWatch {
  private failure: { thrown: unknown } | null = null

  async *over<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
    try {
      yield* items
    } catch (thrown) {
      this.failure ??= { thrown }
      throw thrown
    }
  }

  async failing<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work
    } catch (thrown) {
      throw this.failure ? this.failure.thrown : thrown
    }
  }
}
