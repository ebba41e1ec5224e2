import type { InputFile } from './rasterSource'

/** Bytes already in memory as an input file; ranges beyond the end come back short, as from a Blob. */
export function bytesInput(path: string, bytes: Uint8Array): InputFile {
  return {
    path,
    size: bytes.byteLength,
    slice: async (begin, end) => bytes.slice(begin, Math.min(end, bytes.byteLength)),
  }
}
