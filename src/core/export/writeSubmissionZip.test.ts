import { execFileSync } from 'node:child_process'
import { unzipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { hasTool, temporaryFile } from './gdal.testing'
import { writeSubmissionZip } from './writeSubmissionZip'

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
