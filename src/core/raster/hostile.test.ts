import fc from 'fast-check'
import { zipSync } from 'fflate'
import { afterAll, describe, expect, it } from 'vitest'
import { AppError } from '../foundation/appError'
import { expandInputs } from './expandInputs'
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

  /** Read pixels, or null where the file is refused. */
  async function pixelsOf(bytes: Uint8Array): Promise<string | null> {
    try {
      for await (const file of expandInputs([bytesInput('x', bytes)])) {
        return (await (await openRaster(file)).read()).join()
      }
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown
    }
    return null
  }

  const plain = tinyTiff({
    width: 20,
    height: 15,
    bands: [Array.from({ length: 300 }, (_, pixel) => (pixel * 7919) % 251)],
  })
  // Noise hardly packs: most of its bytes are literals, and a wrong one decodes like any other.
  const noise = Array.from({ length: 4096 }, (_, pixel) => (pixel * pixel * 40_503 + (pixel >> 3)) % 256)
  const deflated = tinyTiff({ width: 64, height: 64, bands: [noise], deflate: true, rowsPerStrip: 17 })
  const beginOfDirectory = (bytes: Uint8Array) => new DataView(bytes.buffer).getUint32(4, true)
  const member = { 'a.tif': plain }
  it.each([
    ['the Deflate blocks of a TIFF', deflated, 8, beginOfDirectory(deflated)],
    ['a stored zip member', zipSync(member, { level: 0 }), 35, 35 + plain.length],
    ['a deflated zip member', zipSync(member, { level: 9 }), 35, 300],
  ])('never gives wrong pixels for one flipped bit in %s', async (_, bytes, begin, end) => {
    const sound = await pixelsOf(bytes)
    expect(sound).not.toBeNull()
    let refused = 0
    for (let turn = 0; turn < 200; turn++) {
      const changed = bytes.slice()
      const at = begin + ((turn * 7919) % (end - begin))
      changed[at] = changed[at]! ^ (1 << (turn % 8))
      const read = await pixelsOf(changed)
      if (read) expect(read, `bit ${turn % 8} of byte ${at}`).toBe(sound)
      else refused++
    }
    expect(refused).toBeGreaterThan(190)
  })

  it('takes a block as never written only where it has neither place nor length, and says so', async () => {
    const image = {
      width: 8,
      height: 8,
      bands: [Array.from({ length: 64 }, (_, i) => i + 1)],
      rowsPerStrip: 2,
    }
    const change = (tags: number[]) => {
      const bytes = tinyTiff(image)
      const view = new DataView(bytes.buffer)
      const directory = beginOfDirectory(bytes)
      for (let at = directory + 2; at < directory + 2 + 12 * view.getUint16(directory, true); at += 12) {
        if (tags.includes(view.getUint16(at, true))) view.setUint32(view.getUint32(at + 8, true) + 4, 0, true)
      }
      return openRaster(bytesInput('a.tif', bytes))
    }
    const sparse = await change([273, 279])
    expect(Array.from((await sparse.read())[0]!.slice(14, 34))).toEqual([
      15,
      16,
      ...new Array(16).fill(0),
      33,
      34,
    ])
    expect(sparse.notes).toEqual([
      {
        reason: 'no-data',
        message: '1 of its 4 blocks were never written: their pixels are taken as 0.',
      },
    ])
    for (const tag of [273, 279]) {
      await expect(change([tag])).rejects.toMatchObject({
        code: 'file-malformed',
        message: expect.stringContaining('block 1'),
      })
    }
  })

  const fromBase64 = (text: string) => Uint8Array.from(atob(text), letter => letter.charCodeAt(0))
  const hostileLerc =
    'SUkqAAgAAAALAAABBAABAAAACAAAAAEBBAABAAAACAAAAAIBAwABAAAACAAAAAMBAwABAAAAR4gAAAYBAwABAAAA' +
    'AQAAABEBBAABAAAAmgAAABUBAwABAAAAAQAAABYBBAABAAAACAAAABcBBAABAAAAPgAAAFMBAwABAAAAAQAAAPLF' +
    'BAACAAAAkgAAAAAAAAACAAAAAAAAAExlcmMyIAIAAAAwdQAAMHUAAADppDUIAAAAPgAAAAcAAAAAAAAAAAAAAAAA' +
    'AAAAAPA/AAAAAAAA8D8AAAAA'
  it.each([
    [
      'JPEG of 65,500 x 65,500 pixels',
      'a JPEG of 65500 x 65500',
      'SUkqAAgAAAAKAAABBAABAAAACAAAAAEBBAABAAAACAAAAAIBAwABAAAACAAAAAMBAwABAAAABwAAAAYBAwABAAAA' +
        'AQAAABEBBAABAAAAhgAAABUBAwABAAAAAQAAABYBBAABAAAACAAAABcBBAABAAAAzAAAAFMBAwABAAAAAQAAAAAA' +
        'AAD/2P/bAEMAAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB' +
        'AQEBAQEBAf/AAAsI/9z/3AEBEQD/xAAUAAEAAAAAAAAAAAAAAAAAAAAA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/a' +
        'AAgBAQAAPwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' +
        'AAAAAAAA/9k=',
    ],
    ['LERC of 30,000 x 30,000 pixels', 'LERC data of 30000 x 30000', hostileLerc],
  ])('refuses a block of 8 x 8 that holds %s before it is decoded', async (_, named, text) => {
    const raster = await openRaster(bytesInput('a.tif', fromBase64(text)))
    await expect(raster.read()).rejects.toMatchObject({
      code: 'file-malformed',
      message: expect.stringContaining(named),
    })
  })

  it.each([-0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses LERC data whose error is %s',
    async error => {
      const bytes = fromBase64(hostileLerc)
      const view = new DataView(bytes.buffer)
      // 8 x 8 bytes, all 1: the size, the pixels that are valid, the type.
      for (const [at, value] of [
        [164, 8],
        [168, 8],
        [172, 64],
        [184, 1],
      ] as const)
        view.setInt32(at, value, true)
      const read = async () => (await openRaster(bytesInput('a.tif', bytes))).read()
      expect((await read())[0]).toEqual(new Uint8Array(64).fill(1))
      view.setFloat64(188, error, true)
      await expect(read()).rejects.toMatchObject({
        code: 'file-malformed',
        message: expect.stringContaining('LERC data to'),
      })
    },
  )

  it('refuses an HDF5 image of a chunk a sample, and one that is packed out of all proportion', async () => {
    const image = { name: 'img', data: new Uint8Array(40 * 40 * 14), shape: [40, 40, 14], dtype: '<B' }
    const split = await tinyHdf5([{ ...image, chunks: [1, 1, 1] }])
    await expect(openRaster(bytesInput('a.h5', split))).rejects.toMatchObject({
      code: 'file-too-large',
      message: expect.stringContaining('22400 chunks'),
    })
    const packed = await tinyHdf5([{ ...image, chunks: [40, 40, 14], compression: 9 }])
    await expect(
      openRaster(bytesInput('a.h5', packed), { limits: { stagedBytes: packed.length } }),
    ).rejects.toMatchObject({ code: 'file-too-large' })
  })

  it('leaves out metadata that are too long to be of use', async () => {
    const image = { width: 1, height: 1, bands: [[7]] }
    const named = '<Item role="description" sample="0">red</Item>'
    const open = (values: string) =>
      openRaster(bytesInput('a.tif', tinyTiff({ ...image, tags: [{ tag: 42112, type: 2, values }] })))
    expect((await open(named)).bandNames).toEqual(['red'])
    const raster = await open(named + '<Item '.repeat(400_000))
    expect(raster.bandNames).toBeNull()
    expect(raster.notes[0]?.message).toBe('It has 2 MB of GDAL metadata, which are not read.')
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
