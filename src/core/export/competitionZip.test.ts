import { execFileSync } from 'node:child_process'
import { unzipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { bytesInput } from '../raster/inputFile'
import { oneDatasetHdf5, parseNumbers, validateSubmission, writeSubmissionZip } from './competitionZip'
import { hasTool, temporaryFile } from './gdal.testing'
import { zipFiles } from './zipFiles'

describe('validate submission', () => {
  const PIXELS = 128 * 128

  async function zipOf(files: Record<string, Uint8Array<ArrayBuffer>>) {
    const blob = await zipFiles(Object.entries(files).map(([name, bytes]) => ({ name, bytes })))
    return bytesInput('submission.zip', new Uint8Array(await blob.arrayBuffer()))
  }

  test('what we export is sound: 255 became 0, every mask is counted', async () => {
    const mask = new Uint8Array(PIXELS)
    mask.fill(1, 0, 50).fill(255, 50, 90)
    const bytes = await writeSubmissionZip([
      { name: 'image_3', mask, width: 128, height: 128 },
      { name: 'image_12', mask, width: 128, height: 128 },
    ])
    const done: number[] = []
    const zip = bytesInput('submission.zip', bytes)
    const report = await validateSubmission(
      zip,
      { numbers: [3, 12] },
      { onProgress: ({ done: d }) => done.push(d) },
    )
    expect(report).toEqual({ masks: 2, landslidePixels: 100, problems: [] })
    expect(done).toEqual([1, 2])
  })

  test('every way to get it wrong is named with its file', async () => {
    const good = await oneDatasetHdf5('mask', new Uint8Array(PIXELS), [128, 128], '<B')
    const two = new Uint8Array(PIXELS)
    two[77] = 255
    const report = await validateSubmission(
      await zipOf({
        'mask_1.h5': good,
        'masks/mask_2.h5': good,
        'readme.txt': Uint8Array.of(1),
        'mask_03.h5': good,
        'mask_4.h5': await oneDatasetHdf5('mask', two, [128, 128], '<B'),
        'mask_5.h5': await oneDatasetHdf5('mask', new Uint8Array(64), [8, 8], '<B'),
        'mask_6.h5': await oneDatasetHdf5('label', new Uint8Array(PIXELS), [128, 128], '<B'),
        'mask_7.h5': await oneDatasetHdf5('mask', new Float64Array(PIXELS), [128, 128], '<d'),
        'mask_8.h5': good.slice(0, 300),
      }),
      { numbers: parseNumbers('1,4-8,10-12') },
    )
    expect(report.masks).toBe(1)
    expect(report.problems).toEqual([
      expect.stringMatching(/^masks\/mask_2.h5 is in a folder/),
      'readme.txt is not named mask_N.h5.',
      'mask_03.h5 is not named mask_N.h5.',
      'mask_4.h5 holds 255: only 0 and 1 may be there.',
      'mask_5.h5 is 8 x 8, not 128 x 128.',
      'mask_6.h5 holds no dataset "mask".',
      'mask_7.h5 is not uint8.',
      expect.stringMatching(/^mask_8.h5 cannot be read/),
      '3 of 9 masks are missing: 10, 11, 12.',
    ])
  })

  test('a mask that was damaged since it was packed is told by its checksum', async () => {
    const mask = new Uint8Array(PIXELS)
    const bytes = await writeSubmissionZip([{ name: 'image_1', mask, width: 128, height: 128 }])
    // Among the pixels: a 0 becomes a 1, which a mask may hold.
    const at = Math.floor(bytes.length / 2)
    bytes[at] = bytes[at]! ^ 1
    const report = await validateSubmission(bytesInput('submission.zip', bytes))
    expect(report.problems).toEqual([expect.stringContaining('checksum (CRC-32)')])
  })

  test('masks that nobody asked for are told, and what is no zip is refused', async () => {
    const good = await oneDatasetHdf5('mask', new Uint8Array(PIXELS), [128, 128], '<B')
    const report = await validateSubmission(await zipOf({ 'mask_1.h5': good, 'mask_900.h5': good }), {
      numbers: [1],
    })
    expect(report.problems).toEqual(['1 masks were not asked for: 900.'])
    await expect(validateSubmission(bytesInput('x.zip', new Uint8Array(40)))).rejects.toMatchObject({
      code: 'file-malformed',
    })
    expect(() => parseNumbers('9-3')).toThrowError(/1-800/)
  })
})

describe('write submission zip', () => {
  const SIDE = 128
  const square = (name: string, mask = new Uint8Array(SIDE * SIDE)) => ({
    name,
    mask,
    width: SIDE,
    height: SIDE,
  })

  test('the archive holds mask_N.h5 at its root, uint8 0 and 1, as h5wasm reads it', async () => {
    const mask = new Uint8Array(SIDE * SIDE)
    mask.set([1, 255, 1], 500)
    const entries = unzipSync(await writeSubmissionZip([square('image_12', mask), square('image_3')]))
    expect(Object.keys(entries)).toEqual(['mask_12.h5', 'mask_3.h5'])

    const hdf5 = await import('h5wasm')
    const { FS } = await hdf5.ready
    FS.writeFile('back.h5', entries['mask_12.h5']!)
    const file = new hdf5.File('back.h5', 'r')
    const dataset = file.get('mask') as InstanceType<typeof hdf5.Dataset>
    expect(file.keys()).toEqual(['mask'])
    expect(dataset.shape).toEqual([SIDE, SIDE])
    expect(dataset.dtype).toBe('<B')
    const expected = mask.map(value => (value === 1 ? 1 : 0))
    expect(dataset.value).toEqual(expected)
    file.close()
  })

  test('refuses, with the reason, what the competition would', async () => {
    const scene = { name: 'image_4', mask: new Uint8Array(100 * 101), width: 100, height: 101 }
    await expect(writeSubmissionZip([scene])).rejects.toMatchObject({
      code: 'shape-mismatch',
      message: expect.stringContaining('100 x 101'),
    })
    await expect(writeSubmissionZip([square('scene_tile')])).rejects.toMatchObject({ code: 'bad-argument' })
    await expect(writeSubmissionZip([])).rejects.toMatchObject({ code: 'bad-argument' })
    await expect(writeSubmissionZip([square('image_7'), square('image_07')])).rejects.toMatchObject({
      code: 'bad-argument',
      message: expect.stringContaining('mask_7.h5'),
    })
  })

  describe.runIf(hasTool('h5dump', '--version'))('read by the HDF5 tools', () => {
    test('a dataset of unsigned bytes, 128 x 128, little else', async () => {
      const entries = unzipSync(
        await writeSubmissionZip([square('image_1', new Uint8Array(SIDE * SIDE).fill(1))]),
      )
      const path = temporaryFile('mask_1.h5', entries['mask_1.h5']!)
      const text = execFileSync('h5dump', ['-d', '/mask', '-s', '127,127', '-c', '1,1', path], {
        encoding: 'utf8',
      })
      expect(text).toContain('H5T_STD_U8LE')
      expect(text).toContain('SIMPLE { ( 128, 128 ) / ( 128, 128 ) }')
      expect(text).toContain('(127,127): 1')
    })
  })
})
