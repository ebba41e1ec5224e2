import { AppError } from '../../foundation/appError'
import type { FileNote } from '../fileNote'
import type { InputFile } from '../inputFile'
import { cropWindow, DEFAULT_LIMITS, type RasterLimits, withDeadline } from '../rasterLimits'
import type { Dtype, RasterSource, SampleArray } from '../rasterSource'
import { type Hdf5DatasetInfo, type Hdf5File, withHdf5File } from './hdf5Library'

const IMAGE_DATASET = 'img'
const MASK_DATASET = 'mask'
const IMAGE_BANDS = 14

/** Each takes a look-up and a piece of memory; a patch of the competition has one, or some dozens. */
const MOST_CHUNKS = 2 ** 14

/**
 * Opens a Landslide4Sense HDF5 file: `img` [height, width, 14] or `mask` [height, width] at the root.
 * Any size; bytes are staged in the HDF5 library only while something is read.
 *
 * @throws AppError `file-malformed` (cut off or damaged), `file-unsupported` (an HDF5 file of another kind, naming what
 * it holds), `file-too-large`.
 */
export async function openHdf5(
  file: InputFile,
  limits: RasterLimits = DEFAULT_LIMITS,
): Promise<RasterSource> {
  if (file.size > limits.stagedBytes) {
    throw new AppError(
      'file-too-large',
      `"${file.path}" holds ${file.size} bytes; HDF5 files over ${limits.stagedBytes} bytes are not read. ` +
        'Cut it into patches.',
    )
  }
  const found = await withHdf5File(file.path, await file.slice(0, file.size), opened =>
    recognise(file.path, opened),
  )
  const [height = 0, width = 0] = found.info.shape ?? []
  const bandCount = found.kind === 'l4s-image' ? IMAGE_BANDS : 1
  const { chunks, size } = found.info
  const samples = width * height * bandCount
  // Packed, a small file could declare as much as it likes.
  if (samples > limits.samples || samples * size > limits.stagedBytes) {
    throw new AppError('file-too-large', `"${file.path}" declares ${width} x ${height} pixels; cut it up.`)
  }
  const chunkCount = (chunks ?? found.info.shape ?? []).reduce(
    (count, length, axis) => count * Math.ceil((found.info.shape?.[axis] ?? 1) / length),
    1,
  )
  if (!(chunkCount <= MOST_CHUNKS)) {
    throw new AppError(
      'file-too-large',
      `"${file.path}" is stored in ${chunkCount} chunks; write it in larger ones (h5repack -l).`,
    )
  }
  return {
    kind: found.kind,
    path: file.path,
    width,
    height,
    bandCount,
    dtype: found.dtype,
    bandNames: null,
    nodata: null,
    georeference: null,
    levels: 0,
    notes: found.notes,
    read: request =>
      withDeadline(limits.milliseconds, file.path, request?.signal, async () => {
        const staged = await file.slice(0, file.size)
        const bytes = await withHdf5File(file.path, staged, opened => opened.bytes(found.dataset))
        const samples = samplesOf(found.dtype, bytes)
        const bands = request?.bands ?? Array.from({ length: bandCount }, (_, band) => band)
        const window = request?.window ?? { column: 0, row: 0, width, height }
        return bands.map(band => {
          if (band < 0 || band >= bandCount) throw new AppError('bad-argument', `No band ${band}.`)
          const plane = deinterleave(samples, band, bandCount)
          return cropWindow(plane, width, height, window)
        })
      }),
  }
}

interface Recognised {
  kind: 'l4s-image' | 'l4s-mask'
  dataset: string
  info: Hdf5DatasetInfo
  dtype: Dtype
  notes: FileNote[]
}

function recognise(path: string, file: Hdf5File): Recognised {
  const names = file.names()
  const image = names.includes(IMAGE_DATASET) ? file.dataset(IMAGE_DATASET) : null
  const mask = names.includes(MASK_DATASET) ? file.dataset(MASK_DATASET) : null
  const imageDtype = image && dtypeOf(image)
  if (image?.shape?.length === 3 && image.shape[2] === IMAGE_BANDS && imageDtype && hasPixels(image)) {
    const notes: FileNote[] = mask
      ? [
          {
            reason: 'more-content',
            message: 'The file holds a mask beside its image; masks are read from files of their own.',
          },
        ]
      : []
    return { kind: 'l4s-image', dataset: IMAGE_DATASET, info: image, dtype: imageDtype, notes }
  }
  const maskDtype = mask && dtypeOf(mask)
  if (mask?.shape?.length === 2 && maskDtype && hasPixels(mask)) {
    return { kind: 'l4s-mask', dataset: MASK_DATASET, info: mask, dtype: maskDtype, notes: [] }
  }
  throw new AppError(
    'file-unsupported',
    `"${path}" is an HDF5 file without a Landslide4Sense image ("img", height x width x 14) or mask ("mask", ` +
      `height x width) at its root. It holds ${contents(names, file)}. Convert it to that layout or to a GeoTIFF.`,
  )
}

function hasPixels(info: Hdf5DatasetInfo): boolean {
  return (info.shape ?? []).every(length => Number.isSafeInteger(length) && length > 0)
}

function contents(names: readonly string[], file: Hdf5File): string {
  if (names.length === 0) return 'nothing'
  const listed = names.slice(0, 4).map(name => {
    const info = file.dataset(name)
    return info?.shape ? `"${name}" (${info.shape.join(' x ')})` : `"${name}"`
  })
  return names.length > 4 ? `${listed.join(', ')} and ${names.length - 4} more` : listed.join(', ')
}

const INTEGER = 0
const FLOAT = 1

function dtypeOf(info: Hdf5DatasetInfo): Dtype | null {
  if (info.vlen) return null
  if (info.type === INTEGER) {
    const width = { 1: '8', 2: '16', 4: '32' }[info.size]
    return width ? (`${info.signed ? '' : 'u'}int${width}` as Dtype) : null
  }
  if (info.type !== FLOAT) return null
  return info.size === 8 ? 'float64' : info.size === 4 ? 'float32' : null
}

function samplesOf(dtype: Dtype, bytes: Uint8Array): SampleArray {
  const { buffer } = bytes
  switch (dtype) {
    case 'uint8':
      return bytes
    case 'int8':
      return new Int8Array(buffer)
    case 'uint16':
      return new Uint16Array(buffer)
    case 'int16':
      return new Int16Array(buffer)
    case 'uint32':
      return new Uint32Array(buffer)
    case 'int32':
      return new Int32Array(buffer)
    case 'float32':
      return new Float32Array(buffer)
    default:
      return new Float64Array(buffer)
  }
}

/** One band of an interleaved [pixels, bands] array. */
function deinterleave(samples: SampleArray, band: number, bandCount: number): SampleArray {
  if (bandCount === 1) return samples
  const pixels = samples.length / bandCount
  const plane = samples.slice(0, pixels)
  for (let pixel = 0; pixel < pixels; pixel++) plane[pixel] = samples[pixel * bandCount + band]!
  return plane
}
