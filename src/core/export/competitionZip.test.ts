import { execFileSync } from 'node:child_process'
import { unzipSync, zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { bytesInput } from '../raster/inputFile'
import {
  oneDatasetHdf5,
  parseNumbers,
  submissionEntries,
  validateSubmission,
  writeSubmissionZip,
} from './competitionZip'
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
    const done: (number | string)[] = []
    const zip = bytesInput('submission.zip', bytes)
    const report = await validateSubmission(
      zip,
      { numbers: [3, 12] },
      { onProgress: ({ label, done: d, total }) => done.push(label, d, total) },
    )
    expect(report).toEqual({ masks: 2, landslidePixels: 100, problems: [] })
    expect(done).toEqual(['Checking mask_3.h5', 1, 2, 'Checking mask_12.h5', 2, 2])
    const stopped = { signal: AbortSignal.abort() }
    await expect(validateSubmission(zip, {}, stopped)).rejects.toMatchObject({ code: 'aborted' })
    expect(await validateSubmission(zip)).toMatchObject({ problems: [] })
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
        'mask_9.h5': new Uint8Array(4_194_305),
        'mask_10.h5': new Uint8Array(4_194_304),
        'mask_11.h5': await oneDatasetHdf5('mask', new Uint8Array(PIXELS), [128, 128], '<b' as never),
        'mask_12.h5': await oneDatasetHdf5(
          'mask',
          new Uint16Array(PIXELS) as never,
          [128, 128],
          '<H' as never,
        ),
        'mask_13.h5': await oneDatasetHdf5('mask', new Uint8Array(PIXELS), [PIXELS], '<B'),
        'xmask_1.h5': good,
      }),
      { numbers: parseNumbers('1,4-13,20-22') },
    )
    expect(report.masks).toBe(1)
    expect(report.problems).toEqual([
      'masks/mask_2.h5 is in a folder: masks belong at the root of the archive.',
      'readme.txt is not named mask_N.h5.',
      'mask_03.h5 is not named mask_N.h5.',
      'mask_4.h5 holds 255: only 0 and 1 may be there.',
      'mask_5.h5 is 8 x 8, not 128 x 128.',
      'mask_6.h5 holds no dataset "mask".',
      'mask_7.h5 is not uint8.',
      expect.stringMatching(/^mask_8.h5 cannot be read: \S/),
      'mask_9.h5 holds 4194305 bytes, far more than a mask.',
      expect.stringMatching(/^mask_10.h5 cannot be read/),
      'mask_11.h5 is not uint8.',
      'mask_12.h5 is not uint8.',
      'mask_13.h5 is 16384, not 128 x 128.',
      'xmask_1.h5 is not named mask_N.h5.',
      '3 of 14 masks are missing: 20, 21, 22.',
    ])
  })

  test('an archive of nothing, of one number twice, and long lists', async () => {
    const good = await oneDatasetHdf5('mask', new Uint8Array(PIXELS), [128, 128], '<B')
    expect((await validateSubmission(await zipOf({}))).problems).toEqual(['The archive is empty.'])
    const withFolder = zipSync({ 'masks/': new Uint8Array(), 'mask_1.h5': good })
    expect((await validateSubmission(bytesInput('submission.zip', withFolder))).problems).toEqual([])
    const twice = await zipFiles(['mask_0.h5', 'mask_0.h5'].map(name => ({ name, bytes: good })))
    const zip = bytesInput('submission.zip', new Uint8Array(await twice.arrayBuffer()))
    expect(await validateSubmission(zip, { numbers: parseNumbers('0-12') })).toEqual({
      masks: 2,
      landslidePixels: 0,
      problems: [
        'mask_0.h5 is there twice.',
        '12 of 13 masks are missing: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12.',
      ],
    })
    expect(
      (await validateSubmission(zip, { numbers: [9, 13, 11, 10, 1, 2, 3, 4, 5, 6, 7, 8, 12] })).problems,
    ).toEqual([
      'mask_0.h5 is there twice.',
      '13 of 13 masks are missing: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 1 more.',
      '1 masks were not asked for: 0.',
    ])
  })

  test.each([
    ['3', [3]],
    ['1-3', [1, 2, 3]],
    [' 1 - 2 , 7 ', [1, 2, 7]],
    ['5-5,0', [5, 0]],
  ])('%j are the numbers %j', (text, numbers) => {
    expect(parseNumbers(text)).toEqual(numbers)
  })

  test('as many numbers as an archive may have members, and no more', () => {
    expect(parseNumbers('1-100000')).toHaveLength(100_000)
    expect(() => parseNumbers('1-100001')).toThrowError(expect.objectContaining({ code: 'bad-argument' }))
  })

  test.each(['', 'x', '1-', '1,,2', '9-3', '-1', '1.5'])('%j is no list of numbers', text => {
    expect(() => parseNumbers(text)).toThrowError(
      expect.objectContaining({
        code: 'bad-argument',
        message: `"${text}" is no list of numbers: write 1-800, or 1-245,300.`,
      }),
    )
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
    for (const size of [{ width: 127 }, { height: 129 }]) {
      await expect(writeSubmissionZip([{ ...square('image_4'), ...size }])).rejects.toMatchObject({
        code: 'shape-mismatch',
        message: expect.stringContaining('takes 128 x 128 patches only. Leave it out'),
      })
    }
    await expect(writeSubmissionZip([square('scene_tile')])).rejects.toMatchObject({
      code: 'bad-argument',
      message: expect.stringContaining('scene_tile carries no patch number'),
    })
    await expect(writeSubmissionZip([])).rejects.toMatchObject({
      code: 'bad-argument',
      message: expect.stringContaining('predict or review some patches first'),
    })
    await expect(writeSubmissionZip([square('image_1', new Uint8Array(9))])).rejects.toThrowError(
      'A mask of 9 pixels is not 128 x 128.',
    )
    expect(submissionEntries([square('mask_007'), square('image_8')])).toEqual(['mask_7.h5', 'mask_8.h5'])
    await expect(writeSubmissionZip([square('image_7'), square('image_07')])).rejects.toMatchObject({
      code: 'bad-argument',
      message: 'image_7 and image_07 would both become mask_7.h5: submit the patches of one split only.',
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
