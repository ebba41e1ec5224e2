import { Inflate } from 'fflate'
import { yieldToEventLoop } from '../foundation/abortable'
import { AppError } from '../foundation/appError'
import type { InputFile } from './rasterSource'
import type { ZipMember } from './readZipDirectory'

const LOCAL_HEADER = 0x04034b50
const STEP = 65_536
const PAUSE_BYTES = 16 * 2 ** 20

/**
 * Reads one member whole. Inflating stops at the size that the directory declares: what would grow beyond is refused.
 *
 * @throws AppError `file-malformed`, `file-unsupported` (encrypted, or another method).
 */
export async function readZipMember(
  archive: InputFile,
  member: ZipMember,
  path: string,
): Promise<Uint8Array> {
  const malformed = (what: string, cause?: unknown) =>
    new AppError('file-malformed', `"${path}" in the archive is damaged: ${what}.`, { cause })
  if (member.encrypted) {
    throw new AppError(
      'file-unsupported',
      `"${path}" is encrypted; unpack the archive with its password first.`,
    )
  }
  const header = await archive.slice(member.offset, member.offset + 30)
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength)
  if (header.length < 30 || view.getUint32(0, true) !== LOCAL_HEADER) throw malformed('it has no header')
  const begin = member.offset + 30 + view.getUint16(26, true) + view.getUint16(28, true)
  const stored = await archive.slice(begin, begin + member.compressedBytes)
  if (stored.length < member.compressedBytes) throw malformed('the archive is cut off')
  if (member.method === 0) {
    if (stored.length !== member.bytes) throw malformed('its size is not what the directory says')
    return stored
  }
  if (member.method !== 8) {
    throw new AppError(
      'file-unsupported',
      `"${path}" is packed with zip method ${member.method}; pack it again with Deflate.`,
    )
  }
  const out = new Uint8Array(member.bytes)
  let filled = 0
  const inflate = new Inflate(piece => {
    if (filled + piece.length > out.length) throw new Error('it is larger than the directory says')
    out.set(piece, filled)
    filled += piece.length
  })
  try {
    let sincePause = 0
    for (let at = 0; at < stored.length; at += STEP) {
      const before = filled
      inflate.push(stored.subarray(at, at + STEP), at + STEP >= stored.length)
      sincePause += filled - before
      if (sincePause > PAUSE_BYTES) {
        sincePause = 0
        await yieldToEventLoop()
      }
    }
  } catch (thrown) {
    throw malformed(thrown instanceof Error ? thrown.message : String(thrown), thrown)
  }
  if (filled !== out.length) throw malformed(`it gives ${filled} of ${out.length} bytes`)
  return out
}
