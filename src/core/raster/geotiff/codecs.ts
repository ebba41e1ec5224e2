/** TIFF compression schemes (TIFF 6.0, Adobe technical notes, libtiff's tiff.h). */
export const UNCOMPRESSED = 1
export const LZW = 5
export const JPEG = 7
export const ADOBE_DEFLATE = 8
export const DEFLATE = 32946
export const PACKBITS = 32773
export const LERC = 34887
export const ZSTD = 50000

const READABLE = new Set([UNCOMPRESSED, LZW, JPEG, ADOBE_DEFLATE, DEFLATE, PACKBITS, LERC, ZSTD])

const NAMES: Record<number, string> = {
  2: 'CCITT run-length compression',
  3: 'CCITT Group 3 fax compression',
  4: 'CCITT Group 4 fax compression',
  6: 'old-style JPEG compression',
  7: 'JPEG compression',
  32771: 'word-aligned CCITT compression',
  32809: 'ThunderScan compression',
  32909: 'PixarLog compression',
  33003: 'JPEG 2000 compression',
  33005: 'JPEG 2000 compression',
  34661: 'JBIG compression',
  34676: 'SGI LogLuv compression',
  34677: 'SGI LogLuv compression',
  34712: 'JPEG 2000 compression',
  34887: 'LERC compression',
  34892: 'lossy DNG JPEG compression',
  34925: 'LZMA compression',
  50000: 'Zstandard compression',
  // Browsers decode WebP through a canvas, which multiplies colours by alpha: not the values that were written.
  50001: 'WebP compression',
  50002: 'JPEG XL compression',
  52546: 'JPEG XL compression',
}

export function isReadableCodec(compression: number): boolean {
  return READABLE.has(compression)
}

/** "LZMA compression", for a message. */
export function codecName(compression: number): string {
  return NAMES[compression] ?? `compression scheme ${compression}`
}
