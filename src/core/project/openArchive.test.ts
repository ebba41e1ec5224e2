import { deflateRawSync } from 'node:zlib'
import { downloadZip } from 'client-zip'
import { expect, test } from 'vitest'
import { joined } from '../foundation/bytes'
import { sha256 } from '../foundation/sha256'
import { bytesInput, type InputFile } from '../raster/inputFile'
import { readZipDirectory, type ZipMember } from '../raster/zipArchive'
import { MANIFEST_NAME, MOST_ENTRY_BYTES, MOST_MANIFEST_BYTES, MOST_MEMBERS } from './archiveFormat'
import { openArchive } from './openArchive'

const NAME = 'files/masks/a'

/** What a zip says of a member, which may be a lie. */
interface Said {
  name: string
  content: Uint8Array
  method?: 0 | 8
  bytes?: number
}

/** A zip whose members have the sizes that it is told to give. */
function zipOf(members: readonly Said[], count = members.length): InputFile {
  const parts: Uint8Array[] = []
  const directory: Uint8Array[] = []
  let offset = 0
  for (const { name, content, method = 0, bytes = content.length } of members) {
    const packed = method === 8 ? new Uint8Array(deflateRawSync(content)) : content
    const text = new TextEncoder().encode(name)
    const head = (signature: number, length: number, shift: number) => {
      const view = new DataView(new ArrayBuffer(length))
      view.setUint32(0, signature, true)
      view.setUint16(shift + 8, method, true)
      view.setUint32(shift + 14, crc32(content), true)
      view.setUint32(shift + 18, packed.length, true)
      view.setUint32(shift + 22, bytes, true)
      view.setUint16(shift + 26, text.length, true)
      return view
    }
    const entry = head(0x02014b50, 46, 2)
    entry.setUint32(42, offset, true)
    parts.push(new Uint8Array(head(0x04034b50, 30, 0).buffer), text, packed)
    directory.push(new Uint8Array(entry.buffer), text)
    offset += 30 + text.length + packed.length
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0)
  const end = new DataView(new ArrayBuffer(22))
  end.setUint32(0, 0x06054b50, true)
  end.setUint16(10, Math.min(count, 65_535), true)
  end.setUint32(12, size, true)
  end.setUint32(16, offset, true)
  return bytesInput('a.scarp.zip', joined([...parts, ...directory, new Uint8Array(end.buffer)]))
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

async function manifestOf(content: Uint8Array, bytes = content.length): Promise<Said> {
  const manifest = {
    format: 'scarp-project',
    version: 1,
    project: { name: 'A', patches: 0, verdicts: 0, steps: 0, rounds: 0, models: 0 },
    unsavedChanges: 0,
    entries: [{ name: NAME, bytes, sha256: await sha256(content) }],
  }
  return { name: MANIFEST_NAME, content: new TextEncoder().encode(JSON.stringify(manifest)) }
}

/** The archive with bytes that are read counted. */
function counted(file: InputFile): { file: InputFile; read: () => number } {
  let read = 0
  const slice: InputFile['slice'] = async (begin, end) => {
    const bytes = await file.slice(begin, end)
    read += bytes.length
    return bytes
  }
  return { file: { ...file, slice }, read: () => read }
}

const content = new Uint8Array(100_000).fill(1)

test('a member is read whole where the archive is as it says', async () => {
  for (const method of [0, 8] as const) {
    const archive = await openArchive(zipOf([{ name: NAME, content, method }, await manifestOf(content)]))
    expect(Buffer.from(await archive!.read(NAME)).equals(content)).toBe(true)
  }
})

test('a manifest or a file beyond the caps is refused before a byte of it is read', async () => {
  const large = [
    { name: MANIFEST_NAME, content: new Uint8Array(10), method: 8, bytes: MOST_MANIFEST_BYTES + 1 },
  ]
  const first = counted(zipOf(large as Said[]))
  const members = await readZipDirectory(first.file, MOST_MEMBERS)
  const before = first.read()
  await expect(openArchive(first.file, members)).rejects.toMatchObject({
    code: 'file-malformed',
    message: expect.stringContaining('its manifest is too large'),
  })
  expect(first.read()).toBe(before)

  const bytes = MOST_ENTRY_BYTES + 1
  const second = zipOf([{ name: NAME, content, method: 8, bytes }, await manifestOf(content, bytes)])
  await expect(openArchive(second)).rejects.toThrow(`"${NAME}" is too large`)
})

test('a member that is longer or shorter than it claims is refused, and no more is kept of it than that', async () => {
  const claims: [bytes: number, method: 0 | 8, why: string][] = [
    [1000, 8, 'it is larger than the directory says'],
    [content.length - 1, 8, 'it is larger than the directory says'],
    [content.length + 1, 8, `it gives ${content.length} of ${content.length + 1} bytes`],
    [content.length - 1, 0, 'its size is not what the directory says'],
  ]
  for (const [bytes, method, why] of claims) {
    const zip = zipOf([{ name: NAME, content, method, bytes }, await manifestOf(content, bytes)])
    const archive = await openArchive(zip)
    await expect(archive!.read(NAME), why).rejects.toThrow(why)
  }
})

test('a small member that claims a gigabyte takes no memory', async () => {
  const bytes = 2 ** 30
  const zip = zipOf([{ name: NAME, content, method: 8, bytes }, await manifestOf(content, bytes)])
  const archive = await openArchive(zip)
  const before = process.memoryUsage().arrayBuffers
  await expect(archive!.read(NAME)).rejects.toThrow('it cannot be as large as the directory says')
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(bytes / 10)
})

test('an archive of more files than are listed is refused by their count', async () => {
  const one = await manifestOf(content)
  const zip = await downloadZip([
    { name: MANIFEST_NAME, input: one.content as Uint8Array<ArrayBuffer> },
  ]).blob()
  const file = bytesInput('a.scarp.zip', new Uint8Array(await zip.arrayBuffer()))
  const view = new DataView((await file.slice(file.size - 22, file.size)).buffer)
  expect(view.getUint32(0, true)).toBe(0x06054b50)
  const many = zipOf([one], 40_000)
  await expect(readZipDirectory(many, 39_999)).rejects.toMatchObject({
    code: 'file-too-large',
    message: expect.stringContaining('holds 40000 files; at most 39999'),
  })
  await expect(readZipDirectory(many, 40_000)).rejects.toThrow('its directory ends after 1 of 40000 files')
  const listed: ZipMember[] = await readZipDirectory(file, MOST_MEMBERS)
  await expect(openArchive(file, [...listed, ...listed])).rejects.toThrow('is in it twice')
})
