import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { AppError } from '../foundation/appError'
import { bytesInput } from './inputFile'
import { openRaster } from './openRaster'
import { tinyHdf5 } from './testing/tinyHdf5'
import { tinyTiff } from './testing/tinyTiff'

const tiff = tinyTiff({
  width: 20,
  height: 15,
  bands: [1, 2, 3].map(band => Array.from({ length: 300 }, (_, pixel) => (pixel * band) % 65536)),
  bits: 16,
  deflate: true,
  predictor: 2,
  rowsPerStrip: 4,
  tags: [{ tag: 42113, type: 2, values: '0' }],
})
const hdf5 = await tinyHdf5([{ name: 'mask', data: new Uint8Array(64).fill(1), shape: [8, 8] }])

/** Opens and reads; returns the refusal's code or "ok". Anything but an AppError fails the test. */
async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    const limits = { milliseconds: 5000, samples: 2 ** 22, blockBytes: 2 ** 24 }
    const raster = await openRaster(bytesInput('x', bytes), { limits })
    await raster.read()
    return 'ok'
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown
    expect(thrown.message.length).toBeGreaterThan(10)
    return thrown.code
  }
}

const unhandled: unknown[] = []
const note = (reason: unknown) => unhandled.push(reason)
process.on('unhandledRejection', note)
afterAll(() => {
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

describe('openRaster on hostile input', () => {
  it('refuses a TIFF cut off anywhere', async () => {
    expect(await outcome(tiff)).toBe('ok')
    for (let length = 0; length < tiff.length - 4; length += 3) {
      expect(await outcome(tiff.slice(0, length)), `${length} bytes`).toMatch(
        /^file-(malformed|unsupported)$/,
      )
    }
  })

  it('refuses an HDF5 file cut off anywhere', async () => {
    expect(await outcome(hdf5)).toBe('ok')
    for (let length = 0; length < hdf5.length; length += 29) {
      expect(await outcome(hdf5.slice(0, length)), `${length} bytes`).toMatch(
        /^file-(malformed|unsupported)$/,
      )
    }
  })

  it('survives bytes changed at random in either', async () => {
    const change = fc.record({ at: fc.nat(), value: fc.integer({ min: 0, max: 255 }) })
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(change, { minLength: 1, maxLength: 5 }),
        async (which, changes) => {
          const bytes = (which ? tiff : hdf5).slice()
          for (const { at, value } of changes) bytes[at % bytes.length] = value
          await outcome(bytes)
        },
      ),
      { numRuns: 400 },
    )
    expect([await outcome(tiff), await outcome(hdf5)]).toEqual(['ok', 'ok'])
  })

  it('survives random bytes behind a true signature', async () => {
    const signatures = [[0x49, 0x49, 42, 0], [0x4d, 0x4d, 0, 43, 0, 8, 0, 0], Array.from(hdf5.slice(0, 8))]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...signatures),
        fc.uint8Array({ maxLength: 300 }),
        async (signature, rest) => {
          expect(await outcome(Uint8Array.from([...signature, ...rest]))).not.toBe('ok')
        },
      ),
      { numRuns: 200 },
    )
  })

  it('says what a file is that it does not read', async () => {
    const png = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    await expect(openRaster(bytesInput('a.tif', png))).rejects.toMatchObject({
      code: 'file-unsupported',
      message: expect.stringContaining('PNG'),
    })
    await expect(openRaster(bytesInput('a.h5', new Uint8Array(0)))).rejects.toMatchObject({
      code: 'file-malformed',
    })
  })
})
