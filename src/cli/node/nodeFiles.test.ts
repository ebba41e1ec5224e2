import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { looksLikeMask, maskKey } from '../maskFile'
import { fileError } from './fileError'
import {
  fileSize,
  foldersWith,
  naturalOrder,
  nodeInput,
  pathKind,
  readIfThere,
  readNamedFile,
  unreadable,
  writeAside,
  writeAtomically,
  writeJson,
} from './nodeFiles'

describe('an error of the file system in words', () => {
  const system = (code: string, path?: string) =>
    Object.assign(new Error(`${code}: no`), { code, syscall: 'open', ...(path && { path }) })

  test.each([
    ['ENOSPC', 'storage-full', 'The disk of "a" is full. Free space on it, or write to another disk.'],
    [
      'EDQUOT',
      'storage-full',
      'Your quota on the disk of "a" is used up. Free space there, or write to another disk.',
    ],
    ['EROFS', 'storage-failed', 'The disk of "a" is read-only. Write to another disk.'],
    [
      'EACCES',
      'storage-failed',
      'There is no permission for "a". Change its permissions, or choose another place.',
    ],
    [
      'EPERM',
      'storage-failed',
      'There is no permission for "a". Change its permissions, or choose another place.',
    ],
    ['ENOTDIR', 'bad-argument', 'A part of the path of "a" is a file, not a folder. Check the path.'],
    ['EEXIST', 'bad-argument', 'There is a file where the folder "a" should be. Check the path.'],
    ['EISDIR', 'bad-argument', 'There is a folder where the file "a" should be. Check the path.'],
    ['ENAMETOOLONG', 'bad-argument', 'The name of "a" is too long for its disk. Choose a shorter one.'],
    ['ELOOP', 'bad-argument', '"a" is a link that leads back to itself. Check the path.'],
    ['ENOENT', 'storage-failed', '"a" does not exist, or was removed meanwhile. Check the path.'],
    ['EIO', 'storage-failed', 'The disk of "a" cannot be read or written. Check the disk.'],
    ['EMFILE', 'storage-failed', 'Too many files are open at once. Raise the limit with ulimit -n.'],
    ['ENFILE', 'storage-failed', 'Too many files are open on this machine. Close other programs.'],
  ])('%s is %s', (code, kind, message) => {
    expect(fileError(system(code), 'a')).toMatchObject({ code: kind, message })
  })

  test('names the path that is asked about, else its own, else none', () => {
    expect(fileError(system('ENOENT', 'own'), 'asked')?.message).toContain('"asked"')
    expect(fileError(system('ENOENT', 'own'))?.message).toContain('"own"')
    expect(fileError(system('ELOOP'))?.message).toBe(
      'A file is a link that leads back to itself. Check the path.',
    )
  })

  test.each([
    ['of another kind', Object.assign(new Error('x'), { code: 'EWHAT', syscall: 'open' })],
    ['without a system call', Object.assign(new Error('x'), { code: 'ENOENT' })],
    ['without a code', Object.assign(new Error('x'), { syscall: 'open' })],
    ['of ours', Object.assign(new AppError('aborted', 'x'), { code: 'ENOENT', syscall: 'open' })],
    ['that is none', { code: 'ENOENT', syscall: 'open' }],
  ])('says nothing of one %s', (_, thrown) => {
    expect(fileError(thrown)).toBeNull()
  })

  test.each([
    ['ENOENT', '"a" does not exist. Check the path.'],
    ['ENOTDIR', '"a" does not exist. Check the path.'],
    ['EACCES', '"a" may not be read by you. Change its permissions.'],
    ['EPERM', '"a" may not be read by you. Change its permissions.'],
    ['EIO', '"a" cannot be read. Check the path and the disk (EIO: no).'],
  ])('%s while reading: %s', (code, message) => {
    expect(unreadable('a', system(code))).toMatchObject({ code: 'file-unreadable', message })
  })
})

describe('files on disk', () => {
  let root = ''
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'scarp-files-'))
  })
  afterEach(() => rm(root, { recursive: true }))
  const place = (...parts: string[]) => join(root, ...parts)

  test('folders that hold a file of a name: the folder itself, else those in it in order of their numbers', async () => {
    for (const name of ['m10', 'm2', 'empty']) await mkdir(place(name))
    await writeFile(place('m10/x.json'), '')
    await writeFile(place('m2/x.json'), '')
    await mkdir(place('empty/x.json'))
    expect(await foldersWith(root, 'x.json')).toEqual([place('m2'), place('m10')])
    expect(await foldersWith(place('m2'), 'x.json')).toEqual([place('m2')])
    expect(await foldersWith(place('none'), 'x.json')).toBeNull()
    expect(await foldersWith(place('m2/x.json'), 'x.json')).toBeNull()
    expect([await pathKind(root), await pathKind(place('m2/x.json')), await pathKind('/dev/zero')]).toEqual([
      'folder',
      'file',
      null,
    ])
  })

  test('ranges of a file, short at its end and where it was cut since', async () => {
    await writeFile(
      place('a.bin'),
      Uint8Array.from({ length: 10 }, (_, i) => i),
    )
    const input = await nodeInput(place('a.bin'))
    expect([input.path, input.size, await fileSize(place('a.bin'))]).toEqual([place('a.bin'), 10, 10])
    expect([...(await input.slice(2, 5))]).toEqual([2, 3, 4])
    expect([...(await input.slice(8, 99))]).toEqual([8, 9])
    expect([...(await input.slice(12, 15))]).toEqual([])
    await writeFile(place('a.bin'), Uint8Array.of(0, 1, 2, 3))
    expect([...(await input.slice(2, 9))]).toEqual([2, 3])
    await rm(place('a.bin'))
    await expect(input.slice(0, 1)).rejects.toMatchObject({ code: 'file-unreadable' })
    await expect(nodeInput(place('a.bin'))).rejects.toMatchObject({
      message: `"${place('a.bin')}" does not exist. Check the path.`,
    })
    await mkdir(place('d'))
    await writeFile(place('d/b\u001b.h5'), '')
    expect((await nodeInput(place('d/b\u001b.h5'), root)).path).toBe('d/b\\u001b.h5')
  })

  test('a file that a person named is read whole or refused', async () => {
    await writeFile(place('a.txt'), 'abc')
    expect((await readNamedFile(place('a.txt'))).length).toBe(3)
    await expect(readNamedFile(root)).rejects.toMatchObject({ code: 'file-unreadable' })
    const bytes = await readIfThere(place('a.txt'))
    expect([bytes?.length, bytes?.buffer.byteLength]).toEqual([3, 3])
    expect(await readIfThere(place('none'))).toBeNull()
    await expect(readIfThere(root)).rejects.toMatchObject({ code: 'EISDIR' })
  })

  test('is written whole or not at all', async () => {
    await writeAtomically(place('new/a.txt'), 'one')
    await writeJson(place('new/b.json'), { a: [1] })
    expect(await readFile(place('new/b.json'), 'utf8')).toBe('{\n  "a": [\n    1\n  ]\n}\n')
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' })
    const failing = (thrown: Error) =>
      writeAside(place('new/a.txt'), async aside => {
        await writeFile(aside, 'half')
        throw thrown
      })
    await expect(failing(full)).rejects.toMatchObject({
      code: 'storage-full',
      message: expect.stringContaining(`"${place('new/a.txt')}" is full`),
    })
    expect(await readdir(place('new'))).toEqual(['a.txt', 'b.json'])
    expect(await readFile(place('new/a.txt'), 'utf8')).toBe('one')
    await expect(failing(new Error('Another.'))).rejects.toThrow('Another.')
    expect(existsSync(place('new/a.txt.part'))).toBe(false)
  })
})

test('names are in the order of their numbers, equal ones in one order everywhere', () => {
  expect(['b', 'image_10', 'image_2', 'a'].sort(naturalOrder)).toEqual(['a', 'b', 'image_2', 'image_10'])
  // The collator takes these for equal.
  expect([naturalOrder('x01', 'x1'), naturalOrder('x1', 'x01'), naturalOrder('x1', 'x1')]).toEqual([-1, 1, 0])
})

test.each([
  ['image_37_mask.tif', '37'],
  ['d/mask_37.h5', '37'],
  ['image_37.tif', '37'],
  ['IMG-37 Truth.tiff', '37'],
  ['a.b_labels.tif', 'a_b'],
  ['gt_pred_prediction_label.tif', 'gt_pred_prediction_label'],
  ['Scene_A_img.TIF', 'scene_a'],
])('%s is paired as %s', (path, key) => {
  expect(maskKey(path)).toBe(key)
})

test.each([
  ['a.tif', true],
  ['a.TIFF', true],
  ['a.h5', true],
  ['a.hdf5', true],
  ['a_prob.tif', false],
  ['a_PROB.tiff', false],
  ['a_prob.b.tif', true],
  ['a.tif.xml', false],
  ['tif', false],
])('%s may be a mask: %s', (path, may) => {
  expect(looksLikeMask(path)).toBe(may)
})
