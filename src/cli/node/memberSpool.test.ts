import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { expandInputs } from '../../core/raster/expandInputs'
import { bytesInput, type InputFile } from '../../core/raster/inputFile'
import { MemberSpool } from './memberSpool'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scarp-test-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const content = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 251)

async function members(archive: Uint8Array, spool: MemberSpool): Promise<InputFile[]> {
  const files: InputFile[] = []
  const limits = { spoolBytes: 100_000 }
  for await (const file of expandInputs([bytesInput('a.zip', archive)], { spool: spool.spool, limits }))
    files.push(file)
  return files
}

it('keeps large members of an archive on disk for this user, and removes them', async () => {
  const spool = new MemberSpool(join(folder, 'spool-'))
  const archive = zipSync({ 'a.jp2': content, 'b.jp2': content, 'small.tif': content.subarray(0, 10) })
  const [a, b, small] = await members(archive, spool)
  expect(await readdir(folder)).toEqual([])
  expect(a).toMatchObject({ path: 'a.zip/a.jp2', size: 300_000 })
  expect(await a!.slice(0, 400_000)).toEqual(content)
  expect(await a!.slice(250_000, 250_100)).toEqual(content.slice(250_000, 250_100))
  expect(await small!.slice(0, 10)).toEqual(content.slice(0, 10))
  const [made] = await readdir(folder)
  const kept = async () => (await readdir(join(folder, made!))).filter(name => name.startsWith('member-'))
  expect(await kept()).toHaveLength(1)
  await Promise.all([b!.slice(0, 5), b!.slice(5, 10)])
  expect(await kept()).toHaveLength(2)
  expect((await stat(join(folder, made!))).mode & 0o777).toBe(0o700)
  expect((await stat(join(folder, made!, (await kept())[0]!))).mode & 0o777).toBe(0o600)
  await spool.remove()
  expect(await readdir(folder)).toEqual([])
})

it('leaves nothing of a damaged member', async () => {
  const spool = new MemberSpool(join(folder, 'spool-'))
  const archive = zipSync({ 'a.jp2': content }, { level: 0 })
  const packed = zipSync({ 'a.jp2': content })
  packed[packed.length >> 1]! ^= 255
  const [a] = await members(packed, spool)
  await expect(a!.slice(0, 10)).rejects.toMatchObject({ code: 'file-malformed' })
  const [made] = await readdir(folder)
  expect((await readdir(join(folder, made!))).filter(name => name.startsWith('member-'))).toEqual([])
  // A stored one needs no place of its own.
  const [stored] = await members(archive, spool)
  expect(await stored!.slice(5, 9)).toEqual(content.slice(5, 9))
  expect((await readdir(join(folder, made!))).filter(name => name.startsWith('member-'))).toEqual([])
  await spool.remove()
})
