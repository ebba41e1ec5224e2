import { strToU8, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { AppError } from '../foundation/appError'
import { type ExpandOptions, expandInputs } from './expandInputs'
import type { FileNote } from './fileNote'
import { bytesInput, type InputFile } from './inputFile'
import { readZipDirectory, readZipMember } from './zipArchive'

async function expand(bytes: Uint8Array, options: ExpandOptions = {}) {
  const refused: { path: string; code: string }[] = []
  const files: Record<string, string> = {}
  const inputs = expandInputs([bytesInput('a.zip', bytes)], {
    onRefused: (path, error) => refused.push({ path, code: error.code }),
    ...options,
  })
  for await (const file of inputs) {
    try {
      files[file.path] = new TextDecoder().decode(await file.slice(0, file.size))
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown
      refused.push({ path: file.path, code: thrown.code })
    }
  }
  return { files, refused }
}

describe('expandInputs', () => {
  it('opens a zip, stored and deflated, and passes over what is hidden', async () => {
    const bytes = zipSync({
      'img/image_1.h5': [strToU8('one'.repeat(50)), { level: 9 }],
      'img/image_2.h5': [strToU8('two'), { level: 0 }],
      '__MACOSX/img/._image_1.h5': strToU8('x'),
      'img/.DS_Store': strToU8('x'),
    })
    expect(await expand(bytes)).toEqual({
      files: { 'a.zip/img/image_1.h5': 'one'.repeat(50), 'a.zip/img/image_2.h5': 'two' },
      refused: [],
    })
  })

  it('makes names that climb out of the archive harmless', async () => {
    const bytes = zipSync({
      '../../etc/x.tif': strToU8('1'),
      '/y.tif': strToU8('2'),
      'C:\\z.tif': strToU8('3'),
      'a\u001b[31m\nb.tif': strToU8('4'),
    })
    expect(Object.keys((await expand(bytes)).files)).toEqual([
      'a.zip/etc/x.tif',
      'a.zip/y.tif',
      'a.zip/z.tif',
      'a.zip/a_[31m_b.tif',
    ])
  })

  it('refuses a member that would grow beyond reason, and gives the others', async () => {
    const bytes = zipSync({ 'bomb.tif': new Uint8Array(4 * 2 ** 20), 'ok.tif': strToU8('ok') }, { level: 9 })
    const result = await expand(bytes)
    expect(result.files).toEqual({ 'a.zip/ok.tif': 'ok' })
    expect(result.refused).toEqual([{ path: 'a.zip/bomb.tif', code: 'file-too-large' }])
  })

  it('refuses a member that lies about its size', async () => {
    const bytes = zipSync({ 'x.tif': strToU8('abc'.repeat(100)) }, { level: 9 })
    const view = new DataView(bytes.buffer)
    for (let at = 0; at < bytes.length - 4; at++) {
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 20, true)
    }
    expect(await expand(bytes)).toEqual({
      files: {},
      refused: [{ path: 'a.zip/x.tif', code: 'file-malformed' }],
    })
  })

  it('refuses an archive whose members share their bytes', async () => {
    const bytes = zipSync({ 'a.tif': strToU8('abc'.repeat(100)), 'b.tif': strToU8('abc'.repeat(100)) })
    const view = new DataView(bytes.buffer)
    for (let at = 0; at < bytes.length - 4; at++) {
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 42, 0, true)
    }
    expect(await expand(bytes)).toEqual({ files: {}, refused: [{ path: 'a.zip', code: 'file-malformed' }] })
  })

  it('stops at what an archive may unpack to in all', async () => {
    const bytes = zipSync(
      { 'a.tif': strToU8('1'.repeat(600)), 'b.tif': strToU8('2'.repeat(600)) },
      { level: 0 },
    )
    const limits = { totalBytes: 1000, totalRatio: 0.5 }
    const { files, refused } = await expand(bytes, { limits })
    expect(Object.keys(files)).toEqual(['a.zip/a.tif'])
    expect(refused).toEqual([{ path: 'a.zip', code: 'file-too-large' }])
    expect((await expand(bytes, { limits: { ...limits, totalRatio: 1 } })).refused).toEqual([])
  })

  it('counts a member against its own limit, and the archive against the larger of two', async () => {
    const bytes = zipSync(
      { 'a.tif': strToU8('1'.repeat(600)), 'b.tif': strToU8('2'.repeat(601)) },
      { level: 0 },
    )
    const path = 'a.zip/b.tif'
    const tooLarge = [{ path, code: 'file-too-large' }]
    expect((await expand(bytes, { limits: { memberBytes: 601 } })).refused).toEqual([])
    expect((await expand(bytes, { limits: { memberBytes: 600 } })).refused).toEqual(tooLarge)
    const byPath = (name: string) => (name === path ? 600 : 9999)
    expect((await expand(bytes, { limits: { memberBytes: byPath } })).refused).toEqual(tooLarge)
    const one = { totalRatio: 0, memberBytes: 600 }
    expect((await expand(bytes, { limits: { ...one, totalBytes: 600 } })).refused).toEqual(tooLarge)
    expect((await expand(bytes, { limits: { totalRatio: 0, totalBytes: 1201 } })).refused).toEqual([])
  })

  it('without anybody to tell, the first refusal ends it, with its reason', async () => {
    const bytes = zipSync({ 'bomb.tif': new Uint8Array(2 ** 20 + 1) }, { level: 9 })
    const all = async (options: ExpandOptions) => {
      const paths: string[] = []
      for await (const file of expandInputs([bytesInput('a.zip', bytes)], options)) paths.push(file.path)
      return paths
    }
    await expect(all({})).rejects.toMatchObject({
      code: 'file-too-large',
      message: expect.stringMatching(
        /^"a.zip\/bomb.tif" would unpack from \d+ to 1048577 bytes; unpack it yourself.$/,
      ),
    })
    await expect(all({ limits: { ratio: 1e9, totalBytes: 5, totalRatio: 0 } })).rejects.toMatchObject({
      message: '"a.zip" unpacks to more than 5 bytes; unpack it yourself.',
    })
    await expect(all({ signal: AbortSignal.abort(), onRefused: () => {} })).rejects.toMatchObject({
      code: 'aborted',
    })
    const small = zipSync({ 'calm.tif': new Uint8Array(2 ** 20) }, { level: 9 })
    expect(Object.keys((await expand(small)).files)).toEqual(['a.zip/calm.tif'])
  })

  it('leaves the decision on an archive to whoever asks for it', async () => {
    const bytes = zipSync({ 'a.tif': strToU8('1'), 'b.tif': strToU8('2') })
    const asked: string[][] = []
    const onZip: ExpandOptions['onZip'] = (_, members) => asked.push(members.map(({ name }) => name)) < 0
    expect(await expand(bytes, { onZip, limits: { members: 1 } })).toEqual({ files: {}, refused: [] })
    expect(asked).toEqual([['a.tif', 'b.tif']])
    expect(Object.keys((await expand(bytes, { onZip: () => true })).files)).toHaveLength(2)
    const unread = await expand(bytes, { limits: { listed: 1 } })
    expect(unread.refused).toEqual([{ path: 'a.zip', code: 'file-too-large' }])
  })

  it('passes hidden files over unless they were given by name, hidden members always, and says so', async () => {
    const names = [
      '.a.tif',
      '__MACOSX/a.tif',
      'Thumbs.db',
      'desktop.INI',
      'd/.x',
      'a.thumbs.db',
      '.d/a.tif',
      'd/e/.x',
    ]
    const said: string[] = []
    const onHidden = (path: string, { message }: FileNote) => said.push(`${path}: ${message}`)
    const paths = async (keepHidden: boolean) => {
      const kept: string[] = []
      const files = names.map(name => bytesInput(name, Uint8Array.of(1)))
      for await (const file of expandInputs(files, { keepHidden, onHidden })) kept.push(file.path)
      return kept
    }
    expect(await paths(false)).toEqual(['a.thumbs.db', '.d/a.tif'])
    expect(said).toHaveLength(6)
    expect(said).toContain('Thumbs.db: It is hidden: left out.')
    expect(await paths(true)).toEqual(names)
    expect(said.splice(0)).toHaveLength(6)
    const zip = zipSync({
      'd/': new Uint8Array(),
      '.': strToU8('x'),
      '.b.tif': strToU8('x'),
      '__MACOSX/b.tif': strToU8('x'),
      '.c': strToU8('x'),
      '.d': strToU8('x'),
      'b.tif': strToU8('y'),
    })
    expect((await expand(zip, { keepHidden: true, onHidden })).files).toEqual({ 'a.zip/b.tif': 'y' })
    expect(said).toEqual([
      'a.zip: Left out 4 hidden files in it: .b.tif, __MACOSX/b.tif, .c and 1 more. Unpack it and rename them to add them.',
    ])
  })

  it('reads any range of a member', async () => {
    const bytes = zipSync({ 'a.txt': strToU8('0123456789'), 'b.txt': strToU8('abc') })
    const files: InputFile[] = []
    for await (const file of expandInputs([bytesInput('a.zip', bytes)])) files.push(file)
    const read = async (index: number, begin: number, end: number) =>
      new TextDecoder().decode(await files[index]!.slice(begin, end))
    expect(await read(0, 2, 5)).toBe('234')
    expect(await read(1, 1, 99)).toBe('bc')
    expect(await read(0, 8, 99)).toBe('89')
  })

  it('refuses an archive of too many files, or one cut off', async () => {
    const bytes = zipSync({ 'a.tif': strToU8('1'), 'b.tif': strToU8('2') })
    expect((await expand(bytes, { limits: { members: 1 } })).refused).toEqual([
      { path: 'a.zip', code: 'file-too-large' },
    ])
    for (let length = 30; length < bytes.length; length += 7) {
      const { files, refused } = await expand(bytes.slice(0, length))
      expect(files).toEqual({})
      expect(refused).toEqual([{ path: 'a.zip', code: 'file-malformed' }])
    }
  })
})

it.each([
  [
    { encrypted: true },
    'file-unsupported',
    '"x.tif" is encrypted; unpack the archive with its password first.',
  ],
  [{ method: 12 }, 'file-unsupported', '"x.tif" is packed with zip method 12; pack it again with Deflate.'],
  [{ offset: 1 }, 'file-malformed', '"x.tif" in the archive is damaged: it has no header.'],
  [{ offset: 1e6 }, 'file-malformed', '"x.tif" in the archive is damaged: it has no header.'],
  [{ compressedBytes: 1e6 }, 'file-malformed', '"x.tif" in the archive is damaged: the archive is cut off.'],
  [
    { bytes: 5 },
    'file-malformed',
    '"x.tif" in the archive is damaged: its size is not what the directory says.',
  ],
])('a zip member with %j is refused with the reason', async (change, code, message) => {
  const archive = bytesInput('a.zip', zipSync({ 'x.tif': [strToU8('abc'), { level: 0 }] }))
  const [member] = await readZipDirectory(archive, 10)
  await expect(readZipMember(archive, { ...member!, ...change }, 'x.tif')).rejects.toMatchObject({
    code,
    message,
  })
})

describe('large members', () => {
  const content = Uint8Array.from({ length: 9 * 2 ** 20 }, (_, at) => (at * 7919) % 251)
  const archive = zipSync({ 'a.jp2': content, 'b.jp2': content.subarray(0, 1000) }, { level: 0 })

  async function opened(options: ExpandOptions = {}, bytes = archive) {
    const file = bytesInput('a.zip', bytes)
    const slices: number[] = []
    const counted: InputFile = {
      ...file,
      slice(begin, end) {
        slices.push(Math.min(end, file.size) - begin)
        return file.slice(begin, end)
      },
    }
    const files: InputFile[] = []
    for await (const each of expandInputs([counted], options)) files.push(each)
    slices.length = 0
    return { files, slices }
  }

  it('slices stored ones from the archive, and compares their checksum once, piece by piece', async () => {
    const { files, slices } = await opened()
    expect(await files[0]!.slice(5_000_000, 5_000_010)).toEqual(content.slice(5_000_000, 5_000_010))
    expect(Math.max(...slices)).toBeLessThanOrEqual(4 * 2 ** 20)
    expect(slices.reduce((sum, length) => sum + length, 0)).toBeLessThan(content.length + 200)
    slices.length = 0
    expect(await files[0]!.slice(content.length - 3, content.length + 50)).toEqual(content.slice(-3))
    expect(await files[0]!.slice(content.length + 10, content.length + 50)).toEqual(new Uint8Array())
    expect(slices).toEqual([3, 0])
    expect(await files[1]!.slice(0, 5)).toEqual(content.slice(0, 5))
  })

  it('gives no byte of a damaged stored one', async () => {
    const damaged = archive.slice()
    damaged[4_000_000]! ^= 1
    const { files } = await opened({}, damaged)
    for (let turn = 0; turn < 2; turn++) {
      await expect(files[0]!.slice(0, 4)).rejects.toMatchObject({
        code: 'file-malformed',
        message: expect.stringContaining('CRC-32'),
      })
    }
    expect(await files[1]!.slice(0, 5)).toEqual(content.slice(0, 5))
  })

  it('stops looking through one where it is cancelled, and may begin again', async () => {
    const controller = new AbortController()
    const { files, slices } = await opened({ signal: controller.signal })
    controller.abort()
    await expect(files[0]!.slice(0, 4)).rejects.toMatchObject({ code: 'aborted' })
    expect(slices.every(length => length < 100)).toBe(true)
  })

  it('hands a deflated one to the spool as a stream, once, and again after a failure', async () => {
    // Noise, which hardly packs, as JPEG 2000 does.
    const noise = content
      .slice(0, 400_000)
      .map((_, at) => ((at * at * 40_503) ^ ((at * at * at) / 128)) % 256)
    const packed = zipSync({ 'a.jp2': noise })
    const calls: [string, number][] = []
    let isFull = true
    const spool: ExpandOptions['spool'] = async (path, size, chunks) => {
      calls.push([path, size])
      const kept: Uint8Array[] = []
      for await (const chunk of chunks) kept.push(chunk)
      expect(kept.length).toBeGreaterThan(1)
      if (isFull) throw new AppError('storage-full', 'Full.')
      return bytesInput(path, Uint8Array.from(Buffer.concat(kept)))
    }
    const { files } = await opened({ spool, limits: { spoolBytes: 2 ** 17 } }, packed)
    expect(calls).toEqual([])
    await expect(files[0]!.slice(0, 4)).rejects.toMatchObject({ code: 'storage-full' })
    isFull = false
    expect(await files[0]!.slice(7, 9)).toEqual(noise.slice(7, 9))
    expect(await files[0]!.slice(noise.length - 2, noise.length + 9)).toEqual(noise.slice(-2))
    expect(calls).toEqual(new Array(2).fill(['a.zip/a.jp2', noise.length]))
  })

  /** An archive of which only the directory is there: its members are listed and never read. */
  function listedArchive(members: { bytes: number; compressed: number }[], method: 0 | 8): InputFile {
    const entries: Uint8Array[] = []
    let offset = 0
    for (const [index, { bytes, compressed }] of members.entries()) {
      const name = strToU8(`B${index}.jp2`)
      const entry = new Uint8Array(46 + name.length)
      const view = new DataView(entry.buffer)
      view.setUint32(0, 0x02014b50, true)
      view.setUint16(10, method, true)
      view.setUint32(20, compressed, true)
      view.setUint32(24, bytes, true)
      view.setUint16(28, name.length, true)
      view.setUint32(42, offset, true)
      entry.set(name, 46)
      entries.push(entry)
      offset += 30 + name.length + compressed
    }
    const directory = Buffer.concat(entries)
    const end = new Uint8Array(22)
    const view = new DataView(end.buffer)
    view.setUint32(0, 0x06054b50, true)
    view.setUint16(10, members.length, true)
    view.setUint32(12, directory.length, true)
    view.setUint32(16, offset, true)
    const tail = Uint8Array.from(Buffer.concat([directory, end]))
    return {
      path: 'a.zip',
      size: offset + tail.length,
      async slice(from, to) {
        const bytes = new Uint8Array(Math.max(0, Math.min(to, offset + tail.length) - from))
        if (from === 0) bytes.set([0x50, 0x4b, 3, 4])
        for (let at = 0; at < bytes.length; at++)
          if (from + at >= offset) bytes[at] = tail[from + at - offset]!
        return bytes
      },
    }
  }

  const MEGABYTE = 2 ** 20
  const sizesOf = async (archive: InputFile) => {
    const refused: string[] = []
    const sizes: number[] = []
    const onRefused = (path: string, { code }: AppError) => refused.push(`${path} ${code}`)
    for await (const { size } of expandInputs([archive], { onRefused })) sizes.push(size)
    return { sizes, refused }
  }

  it.each([0, 8] as const)('lets a whole Sentinel-2 product pass (method %i)', async method => {
    const bands = Array.from({ length: 13 }, (_, band) => {
      const bytes = (band % 3 === 0 ? 110 : 55) * MEGABYTE
      return { bytes, compressed: method === 0 ? bytes : Math.round(bytes * 0.98) }
    })
    expect(await sizesOf(listedArchive(bands, method))).toEqual({
      sizes: bands.map(({ bytes }) => bytes),
      refused: [],
    })
  })

  it('stops bombs as before, with a spool or without', async () => {
    const bombs = Array.from({ length: 13 }, () => ({ bytes: 500 * MEGABYTE, compressed: 2 * MEGABYTE }))
    const { sizes, refused } = await sizesOf(listedArchive(bombs, 8))
    expect(sizes.length).toBeLessThan(3)
    expect(refused).toEqual(['a.zip file-too-large'])
    const steep = [{ bytes: 500 * MEGABYTE, compressed: MEGABYTE / 2 }]
    expect(await sizesOf(listedArchive(steep, 8))).toEqual({
      sizes: [],
      refused: ['a.zip/B0.jp2 file-too-large'],
    })
  })
})
