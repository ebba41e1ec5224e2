import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { AppError } from '../foundation/appError'
import { streamedBlob, zipFiles } from './zipFiles'

test('holds every file under its name, and repeats byte for byte', async () => {
  const files = [
    { name: 'masks/image_1.tif', bytes: Uint8Array.of(1, 2, 3) },
    { name: 'notes.txt', bytes: 'No CRS: né' },
  ]
  const archive = new Uint8Array(await (await zipFiles(files)).arrayBuffer())
  const entries = unzipSync(archive)
  expect(Object.keys(entries)).toEqual(['masks/image_1.tif', 'notes.txt'])
  expect(entries['masks/image_1.tif']).toEqual(Uint8Array.of(1, 2, 3))
  expect(new TextDecoder().decode(entries['notes.txt'])).toBe('No CRS: né')
  expect(new Uint8Array(await (await zipFiles(files)).arrayBuffer())).toEqual(archive)
})

test('a name that leads out of the folder is refused, whoever gave it', async () => {
  for (const name of ['../x', 'a/../../x', '/x', 'C:x', 'a\\b', './x', 'a\nb'])
    await expect(zipFiles([{ name, bytes: 'x' }]), name).rejects.toMatchObject({ code: 'internal' })
})

async function* pieces(count: number, failure?: AppError) {
  for (let i = 0; i < count; i++) yield Uint8Array.of(i, i)
  if (failure) throw failure
}

test('large files come in pieces, each made when its turn comes', async () => {
  const made: string[] = []
  async function* files() {
    for (const name of ['a', 'b']) {
      made.push(name)
      yield { name, bytes: pieces(3) }
    }
  }
  const zipped = unzipSync(new Uint8Array(await (await zipFiles(files())).arrayBuffer()))
  expect(made).toEqual(['a', 'b'])
  expect(zipped.b).toEqual(Uint8Array.of(0, 0, 1, 1, 2, 2))
  const blob = await streamedBlob(pieces(2), 'image/tiff')
  expect([blob.type, ...new Uint8Array(await blob.arrayBuffer())]).toEqual(['image/tiff', 0, 0, 1, 1])
})

test('what went wrong with a file is what comes of it, not that a stream failed', async () => {
  const full = new AppError('storage-full', 'No room.')
  await expect(zipFiles([{ name: 'a', bytes: pieces(2, full) }])).rejects.toBe(full)
  await expect(streamedBlob(pieces(2, full), 'image/tiff')).rejects.toBe(full)
})
