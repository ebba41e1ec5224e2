import { describe, expect, test } from 'vitest'
import { AppError } from '../core/foundation/appError'
import {
  maskFileParts,
  pixelFileParts,
  readMaskFile,
  readPixelFile,
  readPixelFileWindow,
  type StoredPixels,
} from '../core/project/rasterFiles'
import { pixelsFixture } from '../core/review/records.testing'
import { openByteStore } from './byteStore'
import { immutableRecord, toStorageError } from './storageError'

const [WIDTH, HEIGHT] = [3, 2]
const DAMAGED = {
  code: 'storage-failed',
  message: 'The stored pixels of this patch are damaged: remove it and add it again.',
}

describe('the file of pixels', () => {
  const blobOf = (pixels: StoredPixels) => new Blob([...pixelFileParts(WIDTH, HEIGHT, pixels)] as BlobPart[])
  const bytesOf = async (pixels: StoredPixels) => new Uint8Array(await blobOf(pixels).arrayBuffer())
  const whole = pixelsFixture(WIDTH, HEIGHT)

  test.each([
    ['all', whole, 16 + 336 + 12],
    ['no validity', { ...whole, valid: null }, 16 + 336 + 6],
    ['no label', { ...whole, label: null }, 16 + 336 + 6],
    ['neither', { ...whole, valid: null, label: null }, 16 + 336],
  ])('comes back as written: %s', async (_, pixels, size) => {
    const blob = blobOf(pixels)
    expect(blob.size).toBe(size)
    const read = await readPixelFile(blob, WIDTH, HEIGHT)
    expect(read).toEqual(pixels)
    for (const array of [read.data, read.valid, read.label]) {
      if (array) expect(array.buffer.byteLength).toBe(array.byteLength)
    }
  })

  test('begins with its mark, size and what it holds, little-endian', async () => {
    const head = [...(await bytesOf(whole)).subarray(0, 16)]
    expect(head).toEqual([...new TextEncoder().encode('SCP1'), 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0])
    expect((await bytesOf({ ...whole, label: null }))[12]).toBe(1)
    expect((await bytesOf({ ...whole, valid: null }))[12]).toBe(2)
  })

  test.each([
    ['data', 'Pixels should hold 84 values but hold 5.'],
    ['valid', 'The validity mask should hold 6 values but hold 5.'],
    ['label', 'The label should hold 6 values but hold 5.'],
  ] as const)('is not written where %s is of another size', (what, message) => {
    const wrong = what === 'data' ? new Float32Array(5) : new Uint8Array(5)
    expect(() => pixelFileParts(WIDTH, HEIGHT, { ...whole, [what]: wrong })).toThrowError(
      expect.objectContaining({ code: 'shape-mismatch', message }),
    )
  })

  test('is refused where it is cut, longer, of another size or kind', async () => {
    const bytes = await bytesOf(whole)
    const read = (change: Uint8Array, width = WIDTH, height = HEIGHT) =>
      readPixelFile(new Blob([change as BlobPart]), width, height)
    await expect(read(bytes.slice(0, -1))).rejects.toMatchObject(DAMAGED)
    await expect(read(Uint8Array.of(...bytes, 0))).rejects.toMatchObject(DAMAGED)
    await expect(read(bytes.slice(0, 15))).rejects.toMatchObject(DAMAGED)
    await expect(read(new Uint8Array())).rejects.toMatchObject(DAMAGED)
    await expect(read(bytes, 2, 3)).rejects.toMatchObject(DAMAGED)
    await expect(read(bytes, 3, 3)).rejects.toMatchObject(DAMAGED)
    for (const at of [0, 4, 8, 12]) {
      const flipped = bytes.slice()
      flipped[at]! ^= 1
      await expect(read(flipped)).rejects.toMatchObject(DAMAGED)
    }
  })
})

describe('a window of the file of pixels', () => {
  const [width, height] = [7, 5]
  const size = { width, height }
  const whole = pixelsFixture(width, height)
  /** A file that counts the bytes that are read of it. */
  const counted = (pixels: StoredPixels = whole) => {
    const blob = new Blob([...pixelFileParts(width, height, pixels)] as BlobPart[])
    const count = { bytes: 0 }
    const file = {
      size: blob.size,
      slice(begin: number, end: number) {
        count.bytes += end - begin
        return blob.slice(begin, end)
      },
    } as Blob
    return { file, count }
  }
  /** Cut out of the whole plane by plane. */
  const cut = <T extends Float32Array | Uint8Array>(plane: T, window: typeof WINDOW, bands: number[]) =>
    bands.flatMap(band =>
      Array.from({ length: window.width * window.height }, (_, index) => {
        const [x, y] = [index % window.width, Math.floor(index / window.width)]
        return plane[band * width * height + (window.row + y) * width + window.column + x]!
      }),
    )
  const WINDOW = { column: 2, row: 1, width: 4, height: 3 }
  const ALL = Array.from({ length: 14 }, (_, band) => band)

  test.each([
    ['inside', WINDOW],
    ['the corner', { column: 6, row: 4, width: 1, height: 1 }],
    ['all', { column: 0, row: 0, width, height }],
    ['whole rows', { column: 0, row: 2, width, height: 2 }],
  ])('is what the whole file has there, and only its rows are read: %s', async (_, window) => {
    const { file, count } = counted()
    const read = await readPixelFileWindow(file, size, window)
    expect([...read.data]).toEqual(cut(whole.data, window, ALL))
    expect([...read.valid!]).toEqual(cut(whole.valid, window, [0]))
    expect(count.bytes).toBe(16 + window.height * width * (14 * 4 + 1))
  })

  test('has the bands that are asked for, in their order', async () => {
    const { file, count } = counted({ ...whole, valid: null })
    const read = await readPixelFileWindow(file, size, WINDOW, [13, 0, 3])
    expect(read).toEqual({ data: Float32Array.from(cut(whole.data, WINDOW, [13, 0, 3])), valid: null })
    expect(count.bytes).toBe(16 + WINDOW.height * width * 3 * 4)
  })

  test('is refused where it leaves the patch, and the file where it is damaged', async () => {
    const { file } = counted()
    for (const window of [
      { ...WINDOW, column: 4 },
      { ...WINDOW, row: 3 },
      { ...WINDOW, column: -1 },
      { ...WINDOW, width: 0 },
      { ...WINDOW, height: 1.5 },
    ])
      await expect(readPixelFileWindow(file, size, window), JSON.stringify(window)).rejects.toMatchObject({
        code: 'bad-argument',
        message: expect.stringContaining('leaves a patch of 7 x 5'),
      })
    for (const band of [-1, 14, 0.5])
      await expect(readPixelFileWindow(file, size, WINDOW, [band])).rejects.toMatchObject({
        code: 'bad-argument',
        message: `A patch has no band ${band}.`,
      })
    const other = { column: 0, row: 0, width: 1, height: 1 }
    await expect(readPixelFileWindow(file, { width: 5, height: 7 }, other)).rejects.toMatchObject(DAMAGED)
  })
})

describe('the file of a mask', () => {
  const mask = Uint8Array.of(0, 1, 255, 0, 1, 1)
  const bytesOf = async (through: number) =>
    new Uint8Array(await new Blob([...maskFileParts(mask, through)] as BlobPart[]).arrayBuffer())

  test('comes back with the last step that it holds', async () => {
    const bytes = await bytesOf(70_000)
    expect([...bytes.subarray(6)]).toEqual([...new TextEncoder().encode('SCM1'), 0x70, 0x11, 1, 0])
    expect(readMaskFile('p', bytes, 6)).toEqual({ mask, through: 70_000 })
    expect(readMaskFile('p', mask, 6)).toEqual({ mask, through: null })
  })

  test('is refused where it is of another size or kind', async () => {
    const bytes = await bytesOf(1)
    const damaged = {
      code: 'storage-failed',
      message:
        'The mask of patch "p" is damaged: open an archive that was saved before, or remove the patch and add it again.',
    }
    const other = bytes.slice()
    other[6]! ^= 1
    for (const file of [bytes.slice(0, -1), Uint8Array.of(...bytes, 0), other, new Uint8Array()]) {
      expect(() => readMaskFile('p', file, 6)).toThrowError(expect.objectContaining(damaged))
    }
  })
})

describe('what a browser throws', () => {
  test.each([
    [
      new DOMException('no room', 'QuotaExceededError'),
      'storage-full',
      "Saving failed: the browser's storage for this site is full. Free disk space, or export the masks and remove patches, then try again.",
    ],
    [
      { name: 'QuotaExceededError' },
      'storage-full',
      "Saving failed: the browser's storage for this site is full. Free disk space, or export the masks and remove patches, then try again.",
    ],
    [
      new DOMException('gone', 'NotFoundError'),
      'storage-failed',
      'Saving failed. Reload the page and try again.',
    ],
    ['a text', 'storage-failed', 'Saving failed. Reload the page and try again.'],
    [null, 'storage-failed', 'Saving failed. Reload the page and try again.'],
  ])('%s is %s', (thrown, code, message) => {
    const error = toStorageError('Saving', thrown)
    expect(error).toMatchObject({ code, message })
    expect(error.cause).toBe(thrown)
  })

  test('without a file storage it says where there is one', async () => {
    await expect(openByteStore('p')).rejects.toMatchObject({
      code: 'storage-failed',
      message:
        'This browser offers no file storage to web pages (private windows often do not): use a normal window of a ' +
        'current Chrome, Edge, Firefox or Safari, over https or on localhost.',
    })
  })

  test('our own errors stay', () => {
    const own = new AppError('aborted', 'Cancelled.')
    expect(toStorageError('Saving', own)).toBe(own)
    expect(immutableRecord('round', 'r1')).toMatchObject({
      code: 'bad-argument',
      message:
        'There is already a round "r1", and it is never overwritten: reload the page if another tab wrote it.',
    })
  })
})
