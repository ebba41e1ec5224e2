import { afterEach, expect, test, vi } from 'vitest'
import { openByteStore } from './byteStore'

const NAME = 'byte-store-test'

afterEach(async () => {
  vi.restoreAllMocks()
  await (await openByteStore(NAME)).clear()
})

/** The next writes of bytes fail so, one after another; those after them are the browser's own. */
function failWrites(...failures: DOMException[]): { left: DOMException[] } {
  const original = FileSystemFileHandle.prototype.createWritable
  vi.spyOn(FileSystemFileHandle.prototype, 'createWritable').mockImplementation(async function (
    this: FileSystemFileHandle,
    ...options
  ) {
    const writable = await original.apply(this, options)
    const failure = failures.shift()
    if (failure) vi.spyOn(writable, 'write').mockRejectedValue(failure)
    return writable
  })
  return { left: failures }
}

const pipe = () => new DOMException('Failed to write data to data pipe', 'AbortError')
const full = () => new DOMException('No room.', 'QuotaExceededError')
const bytesOf = async (file: Blob) => [...new Uint8Array(await file.arrayBuffer())]

test('a pipe that breaks on a full disk is asked again, and the disk is called full', async () => {
  const store = await openByteStore(NAME)
  await store.write(['a'], () => [Uint8Array.of(1)])
  const { left } = failWrites(pipe(), pipe(), full())
  await expect(store.write(['a'], () => [Uint8Array.of(2, 3)])).rejects.toMatchObject({
    code: 'storage-full',
    message: expect.stringContaining('storage for this site is full'),
  })
  expect(left).toEqual([])
  expect(await store.read(['a'], bytesOf)).toEqual([1])
})

test('a pipe that breaks once costs nothing: the file is whole', async () => {
  const store = await openByteStore(NAME)
  failWrites(pipe())
  await store.write(['a'], () => [Uint8Array.of(1, 2), Uint8Array.of(3)])
  expect(await store.read(['a'], bytesOf)).toEqual([1, 2, 3])
})

test('a pipe that breaks every time is a failure, not a loop', async () => {
  const store = await openByteStore(NAME)
  failWrites(...Array.from({ length: 9 }, pipe))
  await expect(store.write(['a'], () => [Uint8Array.of(1)])).rejects.toMatchObject({ code: 'storage-failed' })
})
