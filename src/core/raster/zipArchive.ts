import { Inflate } from 'fflate'
import { AppError, throwIfAborted } from '../foundation/appError'
import { yieldToEventLoop } from '../foundation/job'
import type { InputFile } from './inputFile'

/** One member as the archive's central directory lists it. */
export interface ZipMember {
  name: string
  /** 0 stored, 8 deflated. */
  method: number
  compressedBytes: number
  bytes: number
  /** CRC-32 of its content. */
  checksum: number
  encrypted: boolean
  /** Where its local header begins. */
  offset: number
}

const END = 0x06054b50

const END_64 = 0x06064b50

const LOCATOR_64 = 0x07064b50

const ENTRY = 0x02014b50

const END_BYTES = 22

const LOCATOR_BYTES = 20

/** The comment behind the end record holds at most 65,535 bytes. */
const TAIL_BYTES = 65_535 + END_BYTES + LOCATOR_BYTES

/**
 * Reads an archive's list of members without touching their content (APPNOTE.TXT 4.3, with Zip64).
 *
 * @throws AppError `file-malformed`, `file-too-large` for more than `maxMembers`.
 */
export async function readZipDirectory(file: InputFile, maxMembers: number): Promise<ZipMember[]> {
  const malformed = (what: string) =>
    new AppError(
      'file-malformed',
      `"${file.path}" is cut off or damaged: ${what}. Copy or download it again.`,
    )
  const tailBegin = Math.max(0, file.size - TAIL_BYTES)
  const tail = await file.slice(tailBegin, file.size)
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength)
  let end = tail.length - END_BYTES
  while (end >= 0 && view.getUint32(end, true) !== END) end--
  if (end < 0) throw malformed('the archive has no end record')
  let count = view.getUint16(end + 10, true)
  let size = view.getUint32(end + 12, true)
  let offset = view.getUint32(end + 16, true)
  const locator = end - LOCATOR_BYTES
  if (locator >= 0 && view.getUint32(locator, true) === LOCATOR_64) {
    const record = await file.slice(uint64(view, locator + 8), uint64(view, locator + 8) + 56)
    const record64 = new DataView(record.buffer, record.byteOffset, record.byteLength)
    if (record.length < 56 || record64.getUint32(0, true) !== END_64)
      throw malformed('its Zip64 record is gone')
    count = uint64(record64, 32)
    size = uint64(record64, 40)
    offset = uint64(record64, 48)
  }
  if (count > maxMembers) throw tooManyMembers(file.path, count, maxMembers)
  if (offset + size > file.size || size > 2 ** 28) throw malformed('its directory lies beyond its end')
  const directory = await file.slice(offset, offset + size)
  const members = parseEntries(directory, count, malformed)
  const overlap = overlappingMember(members, offset)
  if (overlap) throw malformed(`"${overlap}" shares its bytes with another file`)
  return members
}

const LOCAL_HEADER_BYTES = 30

/** A member that begins within another, or ends beyond `end`: the same bytes unpacked again and again. */
function overlappingMember(members: readonly ZipMember[], end: number): string | null {
  const inOrder = [...members].sort((a, b) => a.offset - b.offset)
  for (const [index, { name, offset, compressedBytes }] of inOrder.entries()) {
    const next = inOrder[index + 1]?.offset ?? end
    if (offset + LOCAL_HEADER_BYTES + compressedBytes > next) return name
  }
  return null
}

export function tooManyMembers(path: string, count: number, most: number): AppError {
  return new AppError('file-too-large', `"${path}" holds ${count} files; at most ${most} are read.`)
}

function parseEntries(
  directory: Uint8Array,
  count: number,
  malformed: (what: string) => AppError,
): ZipMember[] {
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength)
  const members: ZipMember[] = []
  let at = 0
  for (let index = 0; index < count; index++) {
    if (at + 46 > directory.length || view.getUint32(at, true) !== ENTRY) {
      throw malformed(`its directory ends after ${index} of ${count} files`)
    }
    const flags = view.getUint16(at + 8, true)
    const nameLength = view.getUint16(at + 28, true)
    const extraLength = view.getUint16(at + 30, true)
    const commentLength = view.getUint16(at + 32, true)
    const extraBegin = at + 46 + nameLength
    const next = extraBegin + extraLength + commentLength
    if (next > directory.length) throw malformed('its directory is cut off')
    const member: ZipMember = {
      name: new TextDecoder().decode(directory.subarray(at + 46, extraBegin)),
      method: view.getUint16(at + 10, true),
      checksum: view.getUint32(at + 16, true),
      compressedBytes: view.getUint32(at + 20, true),
      bytes: view.getUint32(at + 24, true),
      encrypted: (flags & 1) === 1,
      offset: view.getUint32(at + 42, true),
    }
    readZip64Extra(view, extraBegin, extraBegin + extraLength, member)
    members.push(member)
    at = next
  }
  // A signature of the directory may follow; another member may not.
  if (at + 4 <= directory.length && view.getUint32(at, true) === ENTRY) {
    throw malformed(`its directory lists more than the ${count} files that it counts`)
  }
  return members
}

const ALL_ONES = 0xffffffff

/** Zip64 puts in its extra field, in this order, those numbers that are all ones in the entry itself. */
function readZip64Extra(view: DataView, begin: number, end: number, member: ZipMember): void {
  for (let at = begin; at + 4 <= end; ) {
    const id = view.getUint16(at, true)
    const length = view.getUint16(at + 2, true)
    if (id === 1) {
      let field = at + 4
      const fieldEnd = Math.min(end, field + length)
      for (const key of ['bytes', 'compressedBytes', 'offset'] as const) {
        if (member[key] !== ALL_ONES || field + 8 > fieldEnd) continue
        member[key] = uint64(view, field)
        field += 8
      }
    }
    at += 4 + length
  }
}

function uint64(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
}

const LOCAL_HEADER = 0x04034b50

/** Methods of packing. */
export const STORED = 0

const DEFLATED = 8

const STEP = 65_536

const PAUSE_BYTES = 16 * 2 ** 20

/** Bytes that Deflate makes of one: 258 of every two bits (RFC 1951, 3.2.5). */
const MOST_GROWTH = 1032

/** Bytes of a stored member that are looked at together. */
const STORED_STEP = 4 * 2 ** 20

const damaged = (path: string, what: string, cause?: unknown) =>
  new AppError('file-malformed', `"${path}" in the archive is damaged: ${what}.`, { cause })

/** Where a member's content begins. @throws AppError `file-malformed`, `file-unsupported` (encrypted, or another method) */
async function contentBegin(archive: InputFile, member: ZipMember, path: string): Promise<number> {
  if (member.encrypted) {
    throw new AppError(
      'file-unsupported',
      `"${path}" is encrypted; unpack the archive with its password first.`,
    )
  }
  const header = await archive.slice(member.offset, member.offset + LOCAL_HEADER_BYTES)
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  if (header.length < LOCAL_HEADER_BYTES || view.getUint32(0, true) !== LOCAL_HEADER)
    throw damaged(path, 'it has no header')
  const begin = member.offset + LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true)
  if (begin + member.compressedBytes > archive.size) throw damaged(path, 'the archive is cut off')
  if (member.method !== STORED && member.method !== DEFLATED) {
    throw new AppError(
      'file-unsupported',
      `"${path}" is packed with zip method ${member.method}; pack it again with Deflate.`,
    )
  }
  if (member.method === STORED && member.compressedBytes !== member.bytes)
    throw damaged(path, 'its size is not what the directory says')
  // Before any memory is taken for it.
  if (member.method === DEFLATED && member.bytes > member.compressedBytes * MOST_GROWTH)
    throw damaged(path, 'it cannot be as large as the directory says')
  return begin
}

/**
 * The content of a member, piece by piece; behind the last piece its size and checksum have been compared. Inflating
 * stops at the size that the directory declares: what would grow beyond is refused.
 *
 * @throws AppError `file-malformed`, `file-unsupported` (encrypted, or another method), `aborted`
 */
export async function* streamZipMember(
  archive: InputFile,
  member: ZipMember,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield* streamContent(archive, member, path, await contentBegin(archive, member, path), signal)
}

async function* streamContent(
  archive: InputFile,
  member: ZipMember,
  path: string,
  begin: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const end = begin + member.compressedBytes
  const pieces: Uint8Array[] = []
  const inflate = new Inflate(piece => pieces.push(piece))
  let checksum = CRC_START
  let filled = 0
  let sincePause = 0
  const step = member.method === STORED ? STORED_STEP : STEP
  for (let at = begin; at < end; at += step) {
    throwIfAborted(signal)
    const stored = await archive.slice(at, Math.min(at + step, end))
    if (stored.length < Math.min(step, end - at)) throw damaged(path, 'the archive is cut off')
    if (member.method === STORED) pieces.push(stored)
    else {
      try {
        inflate.push(stored, at + step >= end)
      } catch (thrown) {
        throw damaged(path, thrown instanceof Error ? thrown.message : String(thrown), thrown)
      }
    }
    for (const piece of pieces.splice(0)) {
      filled += piece.length
      sincePause += piece.length
      if (filled > member.bytes) throw damaged(path, 'it is larger than the directory says')
      checksum = crc32(piece, checksum)
      yield piece
    }
    if (sincePause > PAUSE_BYTES) {
      sincePause = 0
      await yieldToEventLoop()
    }
  }
  if (filled !== member.bytes) throw damaged(path, `it gives ${filled} of ${member.bytes} bytes`)
  if ((checksum ^ CRC_START) >>> 0 !== member.checksum)
    throw damaged(path, 'its checksum (CRC-32) is another. Copy or download the archive again')
}

/**
 * Reads one member whole and compares its checksum.
 *
 * @throws AppError as `streamZipMember`
 */
export async function readZipMember(
  archive: InputFile,
  member: ZipMember,
  path: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  // What is claimed of a stored member is compared before anything is allocated for it.
  const begin = await contentBegin(archive, member, path)
  const out = new Uint8Array(member.bytes)
  let filled = 0
  for await (const piece of streamContent(archive, member, path, begin, signal)) {
    out.set(piece, filled)
    filled += piece.length
  }
  return out
}

/**
 * A stored member as a file, sliced from the archive: never in memory whole. Its checksum is compared by one pass over
 * it, the first time that any byte is asked for.
 */
export function storedMember(
  archive: InputFile,
  member: ZipMember,
  path: string,
  signal?: AbortSignal,
): InputFile {
  let checking: Promise<number> | null = null
  const check = async () => {
    const begin = await contentBegin(archive, member, path)
    for await (const _ of streamContent(archive, member, path, begin, signal));
    return begin
  }
  return {
    path,
    size: member.bytes,
    async slice(from, to) {
      checking ??= check().catch(thrown => {
        checking = null
        throw thrown
      })
      const begin = await checking
      const last = Math.min(to, member.bytes)
      return archive.slice(begin + Math.min(from, last), begin + last)
    },
  }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

const CRC_START = 0xffffffff

/** CRC-32 as zip has it (APPNOTE.TXT 4.4.7), carried on from piece to piece; inverted at the end. */
function crc32(bytes: Uint8Array, from: number): number {
  let crc = from
  for (let at = 0; at < bytes.length; at++) crc = CRC_TABLE[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8)
  return crc
}
