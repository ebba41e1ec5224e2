import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { oneDatasetHdf5 } from '../../core/export/competitionZip'
import { AppError } from '../../core/foundation/appError'
import { BANDS } from '../../core/patches/bands'
import { withHdf5File } from '../../core/raster/hdf5/hdf5Library'
import { l4sImage, l4sMask, streamSubmission, submissionOr } from './l4sFiles'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-zip-'))
})
afterAll(() => rm(folder, { recursive: true }))

test('entries at the root, one mask read at a time, ignored pixels as background', async () => {
  const patches = [37, 2, 800].map(id => ({ name: `image_${id}`, width: 128, height: 128 }))
  const asked: number[] = []
  const path = join(folder, 'a/submission.zip')
  await streamSubmission(path, patches, async index => {
    asked.push(index)
    return new Uint8Array(128 * 128).map((_, i) => (i % 7 === index ? 1 : i % 5 === 0 ? 255 : 0))
  })
  expect(asked).toEqual([0, 1, 2])
  const entries = unzipSync(new Uint8Array(await readFile(path)))
  expect(Object.keys(entries)).toEqual(['mask_37.h5', 'mask_2.h5', 'mask_800.h5'])
  const expected = new Uint8Array(128 * 128).map((_, i) => (i % 7 === 1 ? 1 : 0))
  // The pixels lie contiguous at the end of the file or in it: a whole mask is no accident.
  const bytes = Buffer.from(entries['mask_2.h5']!)
  expect(bytes.indexOf(Buffer.from(expected))).toBeGreaterThan(0)
  expect(bytes.length).toBe((await oneDatasetHdf5('mask', expected, [128, 128], '<B')).length)
})

test('images are stored in the units of Landslide4Sense, pixel by pixel, masks as they are', async () => {
  const data = Float32Array.from({ length: 14 * 6 }, (_, i) => i + 1)
  const bytes = await l4sImage({ data, width: 3, height: 2 } as never)
  await withHdf5File('img.h5', bytes, file => {
    expect(file.dataset('img')).toMatchObject({ shape: [2, 3, 14], size: 8 })
    const raw = file.bytes('img')
    const stored = new Float64Array(raw.slice().buffer)
    expect([...stored]).toEqual(
      Array.from(
        { length: 84 },
        (_, i) => data[(i % 14) * 6 + Math.floor(i / 14)]! / BANDS[i % 14]!.l4sDivisor,
      ),
    )
  })
  await withHdf5File('mask.h5', await l4sMask(Uint8Array.of(0, 1, 255, 0, 0, 1), 3, 2), file => {
    expect(file.dataset('mask')).toMatchObject({ shape: [2, 3], size: 1 })
    expect([...file.bytes('mask')]).toEqual([0, 1, 255, 0, 0, 1])
  })
})

test('what the competition would refuse is said; any other fault ends the run', async () => {
  const failing = (thrown: unknown) => submissionOr(() => Promise.reject(thrown))
  expect(await submissionOr(async () => {})).toBe('submission.zip')
  expect(await failing(new AppError('shape-mismatch', 'Too wide.'))).toBe('None: Too wide.')
  expect(await failing(new AppError('bad-argument', 'No number.'))).toBe('None: No number.')
  await expect(failing(new AppError('storage-full', 'Full.'))).rejects.toThrow('Full.')
})

test('a patch that fits no submission leaves no file', async () => {
  const path = join(folder, 'b.zip')
  const patches = [{ name: 'image_1', width: 64, height: 64 }]
  await expect(streamSubmission(path, patches, async () => new Uint8Array())).rejects.toThrow('128')
  await expect(readFile(path)).rejects.toThrow()
})
