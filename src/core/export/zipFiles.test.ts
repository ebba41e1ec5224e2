import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { zipFiles } from './zipFiles'

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
