import type { InputFile } from '../raster/inputFile'

const IMAGE_WIDTH = 256
const IMAGE_LENGTH = 257
const SHORT = 3
const BITS_PER_SAMPLE = 258
const SAMPLES_PER_PIXEL = 277
/** ModelPixelScale, ModelTiepoint, ModelTransformation. */
const MODEL_TAGS = [33550, 33922, 34264]
const GDAL_METADATA = 42112

const MAX_ENTRIES = 512
const MAX_METADATA = 2 ** 16

/** What tells a scene from a patch, of a TIFF's first image. */
export interface TiffPeek {
  bandCount: number
  /** Columns times rows. */
  pixels: number
  /** Of a sample, where there is one band only. */
  bits: number
  /** Whether it says where it lies. */
  isPlaced: boolean
  /** GDAL's metadata as they are stored, where names of bands stand; empty without. */
  metadata: string
}

/**
 * Looks at the first directory of a TIFF or BigTIFF in two or three short reads, where opening takes dozens: among
 * thousands of files only those that may be scenes are worth opening.
 *
 * @returns null where it is none, or not as simple as that: whoever wants to know opens it.
 */
export async function peekTiff(file: InputFile): Promise<TiffPeek | null> {
  try {
    return await peek(file)
  } catch (thrown) {
    // Reads beyond a cut-off file: opening says what is wrong with it.
    if (thrown instanceof RangeError) return null
    throw thrown
  }
}

async function peek(file: InputFile): Promise<TiffPeek | null> {
  const read = async (begin: number, bytes: number) => {
    const read = await file.slice(begin, Math.min(file.size, begin + bytes))
    return new DataView(read.buffer, read.byteOffset, read.byteLength)
  }
  const head = await read(0, 16)
  const order = head.getUint16(0)
  const little = order === 0x4949
  if (!little && order !== 0x4d4d) return null
  const big = head.getUint16(2, little) === 43
  if (!big && head.getUint16(2, little) !== 42) return null
  const long = (view: DataView, at: number) =>
    big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little)
  const begin = long(head, big ? 8 : 4)
  const [countBytes, entryBytes] = big ? [8, 20] : [2, 12]
  const directory = await read(begin, countBytes + MAX_ENTRIES * entryBytes)
  const count = big ? long(directory, 0) : directory.getUint16(0, little)
  if (count > MAX_ENTRIES) return null
  let [bandCount, bits, isPlaced, metadata] = [1, 1, false, '']
  let [width, height] = [0, 0]
  for (let entry = 0; entry < count; entry++) {
    const at = countBytes + entry * entryBytes
    const tag = directory.getUint16(at, little)
    const [values, place] = [long(directory, at + 4), at + (big ? 12 : 8)]
    const type = directory.getUint16(at + 2, little)
    const number = () =>
      type === SHORT ? directory.getUint16(place, little) : directory.getUint32(place, little)
    if (tag === IMAGE_WIDTH) width = number()
    if (tag === IMAGE_LENGTH) height = number()
    if (MODEL_TAGS.includes(tag)) isPlaced = true
    if (tag === BITS_PER_SAMPLE && values === 1) bits = directory.getUint16(place, little)
    if (tag === SAMPLES_PER_PIXEL) bandCount = directory.getUint16(place, little)
    if (tag === GDAL_METADATA && values > (big ? 8 : 4)) {
      const text = await read(long(directory, place), Math.min(values, MAX_METADATA))
      metadata = new TextDecoder().decode(text)
    }
  }
  return width > 0 ? { bandCount, pixels: width * height, bits, isPlaced, metadata } : null
}
