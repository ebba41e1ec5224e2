import { describe, expect, test } from 'vitest'
import { AppError } from '../foundation/appError'
import { isWarning, NOTE_REASONS, noteOfSentence, reasonFacts } from './fileNote'
import { blobInput, bytesInput, isSidecar, sniffFile, sniffFormat } from './inputFile'
import { checkWindow, cropWindow, withDeadline } from './rasterLimits'

const at = (place: number, ...bytes: number[]) => Uint8Array.of(...new Array<number>(place).fill(1), ...bytes)
const text = (value: string) => [...value].map(letter => letter.charCodeAt(0))
const HDF5 = [0x89, ...text('HDF'), 13, 10, 0x1a, 10]
const safetensors = (length: number[], brace = 0x7b) =>
  Uint8Array.of(...length, brace, ...new Array(7).fill(0x20))

describe('a file is known by its first bytes', () => {
  test.each<[string, Uint8Array, object]>([
    ['nothing', new Uint8Array(), { format: 'empty' }],
    ...[0, 512, 1024, 2048].map((place): [string, Uint8Array, object] => [
      `HDF5 behind ${place} bytes`,
      at(place, ...HDF5),
      { format: 'hdf5' },
    ]),
    ['HDF5 behind 256 bytes', at(256, ...HDF5), { format: 'unknown' }],
    ['little-endian TIFF', at(0, ...text('II'), 42, 0), { format: 'tiff' }],
    ['little-endian BigTIFF', at(0, ...text('II'), 43, 0), { format: 'tiff' }],
    ['big-endian TIFF', at(0, ...text('MM'), 0, 42), { format: 'tiff' }],
    ['big-endian BigTIFF', at(0, ...text('MM'), 0, 43), { format: 'tiff' }],
    ['II and the other order', at(0, ...text('II'), 0, 42), { format: 'unknown' }],
    ['MM and the other order', at(0, ...text('MM'), 42, 0), { format: 'unknown' }],
    ['IM', at(0, ...text('IM'), 42, 0), { format: 'unknown' }],
    ['II 44', at(0, ...text('II'), 44, 0), { format: 'unknown' }],
    ['a zip', at(0, ...text('PK'), 3, 4), { format: 'zip' }],
    ['an empty zip', at(0, ...text('PK'), 5, 6), { format: 'zip' }],
    ['a spanned zip', at(0, ...text('PK'), 7, 8), { format: 'zip' }],
    ['PNG', at(0, 0x89, ...text('PNG')), { format: 'other', name: 'a PNG picture' }],
    ['JPEG', at(0, 0xff, 0xd8, 0xff), { format: 'other', name: 'a JPEG picture' }],
    ['JP2', at(0, 0, 0, 0, 12, ...text('jP  '), 13, 10, 0x87, 10), { format: 'jp2' }],
    ['a JPEG 2000 codestream', at(0, 0xff, 0x4f, 0xff, 0x51), { format: 'jp2' }],
    ['NetCDF', at(0, ...text('CDF')), { format: 'other', name: 'a classic NetCDF file' }],
    ['GRIB', at(0, ...text('GRIB')), { format: 'other', name: 'a GRIB file' }],
    ['NumPy', at(0, 0x93, ...text('NUMPY')), { format: 'other', name: 'a NumPy array' }],
    ['gzip', at(0, 0x1f, 0x8b), { format: 'other', name: 'a gzip archive' }],
    ['7-Zip', at(0, ...text('7z'), 0xbc, 0xaf), { format: 'other', name: 'a 7-Zip archive' }],
    ['RAR', at(0, ...text('Rar!')), { format: 'other', name: 'a RAR archive' }],
    ['PDF', at(0, ...text('%PDF')), { format: 'other', name: 'a PDF document' }],
    ['SQLite', at(0, ...text('SQLite')), { format: 'other', name: 'a SQLite or GeoPackage database' }],
    ['safetensors as long as the file', safetensors([8, 0, 0, 0, 0, 0, 0, 0]), { format: 'safetensors' }],
    ['a header longer than the file', safetensors([9, 0, 0, 0, 0, 0, 0, 0]), { format: 'unknown' }],
    ['a header of 4 GiB', safetensors([8, 0, 0, 0, 1, 0, 0, 0]), { format: 'unknown' }],
    ['no brace', safetensors([8, 0, 0, 0, 0, 0, 0, 0], 0x20), { format: 'unknown' }],
    ['15 bytes', safetensors([1, 0, 0, 0, 0, 0, 0, 0]).subarray(0, 15), { format: 'unknown' }],
    ...[1, 2, 5, 6].map((protocol): [string, Uint8Array, object] => [
      `a pickle of protocol ${protocol}`,
      at(0, 0x80, protocol),
      { format: protocol === 2 || protocol === 5 ? 'pickle' : 'unknown' },
    ]),
    ['other bytes', at(0, 1, 2), { format: 'unknown' }],
  ])('%s', (_, head, expected) => {
    expect(sniffFormat(head, head.length)).toEqual(expected)
  })

  test('which are read once, again after a failure, and only as many as there are', async () => {
    const asked: [number, number][] = []
    let fails = true
    const file = {
      path: 'a.tif',
      size: 3000,
      slice: async (begin: number, end: number) => {
        asked.push([begin, end])
        if (fails) throw new Error('gone')
        return at(0, ...text('II'), 42, 0)
      },
    }
    await expect(sniffFile(file)).rejects.toMatchObject({
      code: 'file-unreadable',
      message: '"a.tif" cannot be read. See that it is there and not changing (gone).',
    })
    fails = false
    expect(await Promise.all([sniffFile(file), sniffFile(file)])).toEqual([
      { format: 'tiff' },
      { format: 'tiff' },
    ])
    expect(asked).toEqual([
      [0, 2056],
      [0, 2056],
    ])
    const short = { ...file, size: 10 }
    await sniffFile(short)
    expect(asked.at(-1)).toEqual([0, 10])
    const own = { ...file, slice: () => Promise.reject(new AppError('aborted', 'Cancelled.')) }
    await expect(sniffFile(own)).rejects.toMatchObject({ code: 'aborted' })
  })
})

test('ranges beyond the end come back short, from memory and from a Blob', async () => {
  const bytes = Uint8Array.of(1, 2, 3, 4)
  for (const file of [bytesInput('a', bytes), blobInput('a', new Blob([bytes]))]) {
    expect([file.path, file.size]).toEqual(['a', 4])
    expect([...(await file.slice(1, 3))]).toEqual([2, 3])
    expect([...(await file.slice(2, 9))]).toEqual([3, 4])
    expect([...(await file.slice(7, 9))]).toEqual([])
  }
  const broken = { size: 1, slice: () => ({ arrayBuffer: () => Promise.reject(new Error('moved')) }) }
  await expect(blobInput('a', broken as never).slice(0, 1)).rejects.toMatchObject({ code: 'file-unreadable' })
})

test.each(['a.tfw', 'a.TIFW', 'd/a.tif.xml', 'a.htm', 'a.html', 'a.ipynb'])('%s goes with rasters', path => {
  expect(isSidecar(path)).toBe(true)
})

test.each(['a.tif', 'a.h5', 'xml', 'a.xml.tif', 'a.mdx'])('%s is none that goes with rasters', path => {
  expect(isSidecar(path)).toBe(false)
})

describe('notes on files', () => {
  test.each([
    ['Taken as raw, though it looks like l4s', 'scale-in-doubt'],
    ['Taken as raw.', 'value-scale'],
    ['3 pixels have no data.', 'missing-pixels'],
    ['B10 never falls below 1000', 'baseline-offset'],
    ['Band 13 leaves 0 to 90', 'slope-range'],
    ['Taken without a label', 'without-label'],
    ['Its colour table is not used', 'encoding'],
    ['JPEG is lossy', 'encoding'],
    ['The file declares 12 bits', 'encoding'],
    ['its keys are kept', 'no-epsg'],
    ['only the first is read', 'more-content'],
    ['there is one beside its image', 'more-content'],
    ['The mask is ignored.', 'no-data'],
    ['an internal mask', 'no-data'],
    ['ground control points', 'position'],
    ['its transform is not finite', 'position'],
    ['asks to be shown turned', 'orientation'],
    ['anything else', 'unsorted'],
  ])('"%s" of an earlier version is %s', (message, reason) => {
    expect(noteOfSentence(message)).toEqual({ reason, message })
  })

  test('say whether a person has to look, and what to do where their sentence does not', () => {
    const warnings = (Object.keys(NOTE_REASONS) as (keyof typeof NOTE_REASONS)[]).filter(reason =>
      isWarning({ reason }),
    )
    expect(warnings).toHaveLength(13)
    expect(warnings).not.toContain('duplicate')
    expect(reasonFacts('position')).toEqual({
      level: 'warning',
      title: 'Position in doubt',
      fix: 'Masks may leave without coordinates: georeference the file (gdalwarp) and add it again.',
    })
    for (const { title } of Object.values(NOTE_REASONS)) expect(title).toMatch(/^[A-Z]\w/)
    const doable = Object.values(NOTE_REASONS).flatMap(facts => ('fix' in facts ? [facts.fix] : []))
    for (const fix of doable) expect(fix).toMatch(/\.$/)
  })
})

describe('windows', () => {
  const fits = (column: number, row: number, width: number, height: number) => () =>
    checkWindow({ column, row, width, height }, 5, 4)

  test.each([
    [0, 0, 5, 4],
    [4, 3, 1, 1],
  ])('%i, %i, %i x %i lies in 5 x 4', (...window) => {
    expect(fits(...window)).not.toThrow()
  })

  test.each([
    [-1, 0, 2, 2],
    [0, -1, 2, 2],
    [0, 0, 6, 1],
    [0, 0, 1, 5],
    [4, 0, 2, 1],
    [0, 3, 1, 2],
    [0, 0, 0, 1],
    [0, 0, 1, 0],
    [0.5, 0, 1, 1],
    [0, 0, 1, 1.5],
    [Number.NaN, 0, 1, 1],
  ])('%d, %d, %d x %d does not', (column, row, width, height) => {
    expect(fits(column, row, width, height)).toThrowError(
      expect.objectContaining({
        code: 'bad-argument',
        message: `Window ${width} x ${height} at (${column}, ${row}) does not fit in 5 x 4 pixels.`,
      }),
    )
  })

  test('are cut out row by row; all of a plane is the plane', () => {
    const plane = Uint8Array.from({ length: 20 }, (_, i) => i)
    const cut = (column: number, row: number, width: number, height: number) =>
      cropWindow(plane, 5, 4, { column, row, width, height })
    expect([...cut(1, 2, 3, 2)]).toEqual([11, 12, 13, 16, 17, 18])
    expect([...cut(0, 1, 5, 2)]).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
    expect([...cut(2, 0, 1, 4)]).toEqual([2, 7, 12, 17])
    expect(cut(0, 0, 5, 4)).toBe(plane)
    expect(() => cut(0, 0, 6, 4)).toThrowError(/does not fit/)
  })
})

describe('a deadline', () => {
  const never = () => new Promise<never>(() => {})

  test('gives what the work gives, in time', async () => {
    expect(await withDeadline(10_000, 'a.tif', undefined, async () => 7)).toBe(7)
    await expect(
      withDeadline(10_000, 'a.tif', undefined, () => Promise.reject(new AppError('file-malformed', 'x'))),
    ).rejects.toMatchObject({ code: 'file-malformed' })
  })

  test('ends work that takes longer, and says so to it', async () => {
    let heard: AbortSignal | undefined
    const late = withDeadline(20, 'a.tif', undefined, signal => {
      heard = signal
      return never()
    })
    await expect(late).rejects.toMatchObject({
      code: 'file-too-large',
      message: '"a.tif" took more than 0.02 s to read and was given up; cut it into smaller tiles.',
    })
    expect(heard?.aborted).toBe(true)
  })

  test('ends work that is cancelled, before or while it runs', async () => {
    const controller = new AbortController()
    let began = false
    const running = withDeadline(10_000, 'a.tif', controller.signal, () => {
      began = true
      return never()
    })
    controller.abort()
    await expect(running).rejects.toMatchObject({ code: 'aborted', message: 'Cancelled.' })
    expect(began).toBe(true)
    began = false
    const after = withDeadline(10_000, 'a.tif', controller.signal, async () => {
      began = true
    })
    await expect(after).rejects.toMatchObject({ code: 'aborted', message: 'Cancelled.' })
    expect(began).toBe(false)
  })
})
