import { bytesInput } from '../../src/core/raster/inputFile'
import { openRaster } from '../../src/core/raster/openRaster'
import type { PixelWindow, RasterSource, SampleArray } from '../../src/core/raster/rasterSource'
import type { Gdal, GdalAnswer } from './gdal'
import type { Mutant, Outcome } from './targets'

/** Samples that are read and compared: all of a raster, or a window in its middle. */
const MOST_SAMPLES = 2 ** 20

const GDAL_TYPES: Record<string, string> = {
  uint8: 'Byte',
  int8: 'Byte',
  uint16: 'UInt16',
  int16: 'Int16',
  uint32: 'UInt32',
  int32: 'Int32',
  uint64: 'UInt64',
  int64: 'Int64',
  float32: 'Float32',
  float64: 'Float64',
}

type Opening = Pick<Mutant, 'open' | 'compare'>

/** Opens a raster file and compares every pixel with GDAL's. */
export function compareRaster(name: string, bytes: Uint8Array, gdal: Gdal | null): Opening {
  let ours: { raster: RasterSource; window: PixelWindow; planes: SampleArray[] } | null = null
  return {
    async open() {
      const raster = await openRaster(bytesInput(name, bytes))
      const window = middle(raster)
      ours = { raster, window, planes: await raster.read({ window, bands: bandsOf(raster) }) }
      return { is: 'opened' }
    },
    async compare(outcome) {
      if (!gdal) return outcome
      if (outcome.is === 'refused') {
        // What is too large is refused however GDAL would fare.
        if (outcome.code === 'file-too-large') return outcome
        const theirs = await gdal.raster(bytes)
        return theirs && !theirs.refused && theirs.complaints.length === 0
          ? { ...outcome, note: 'GDAL opens it' }
          : outcome
      }
      if (!ours) return outcome
      const { raster, window, planes } = ours
      // GDAL 3.6 has no signed bytes, and gives 0 for those of JPEG 2000 that are negative.
      const isSignedJp2 = raster.kind === 'jp2' && raster.dtype === 'int8'
      const isCompared = (raster.kind === 'geotiff' || raster.kind === 'jp2') && !isSignedJp2
      const theirs = isCompared ? await gdal.raster(bytes, window) : null
      if (!theirs) return { is: 'opened', note: 'not compared' }
      const complaints = theirs.complaints.join('; ')
      if (theirs.refused) return { is: 'opened', note: 'GDAL refuses it', why: complaints }
      const why = differenceOf(raster, planes, theirs)
      if (!why) return { is: 'opened', note: 'equal' }
      if (theirs.compression?.includes('JPEG')) return { is: 'opened', note: 'lossy' }
      if (theirs.compression?.includes('ZSTD') && shareOf(why, planes) < 0.01)
        return { is: 'opened', note: 'damaged Zstandard', why: why.text }
      if (theirs.compression?.includes('DEFLATE') && why.isZeroThere)
        return { is: 'opened', note: 'GDAL stops early', why: why.text }
      if (theirs.complaints.length > 0)
        return { is: 'opened', note: 'GDAL warns', why: `${why.text}; ${complaints}` }
      // What a damaged block leaves open is whatever lay in GDAL's memory, another thing each time.
      const again = await gdal.raster(bytes, window)
      return again && !Buffer.from(theirs.pixels).equals(Buffer.from(again.pixels))
        ? { is: 'opened', note: 'GDAL differs from itself', why: why.text }
        : { is: 'wrong', why: why.text }
    },
  }
}

/** Bands that are compared: of very many the first ones. */
function bandsOf({ bandCount }: RasterSource): number[] {
  return Array.from({ length: Math.min(bandCount, 4096) }, (_, band) => band)
}

function middle({ width, height, bandCount }: RasterSource): PixelWindow {
  if (width * height * bandCount <= MOST_SAMPLES) return { column: 0, row: 0, width, height }
  const side = Math.max(1, Math.floor(Math.sqrt(MOST_SAMPLES / bandCount)))
  const across = Math.min(width, side)
  const down = Math.min(height, side)
  return { column: (width - across) >> 1, row: (height - down) >> 1, width: across, height: down }
}

interface Difference {
  text: string
  /** How many samples differ; absent: the rasters do. */
  samples?: number
  /**
   * GDAL has 0 wherever they differ. Of a Deflate block that holds more rows than the image has left, libtiff with
   * libdeflate (4.5, in GDAL 3.6) gives the beginning, then 0, and says nothing; ours are the rows that were stored.
   */
  isZeroThere?: boolean
}

/**
 * Zstandard as GDAL writes it has no checksum, and on a damaged stream the reference decoder's own versions give another
 * last byte or two: 1.5.4 for GDAL here, 1.5.7 for us. Such pixels are as good, or bad, as GDAL's, and are counted apart.
 */
function shareOf({ samples = Number.POSITIVE_INFINITY }: Difference, planes: SampleArray[]): number {
  return samples / (planes.length * planes[0]!.length)
}

/** What differs between our reading and GDAL's; null: nothing. */
function differenceOf(raster: RasterSource, planes: SampleArray[], theirs: GdalAnswer): Difference | null {
  const { width, height, bandCount, dtype } = raster
  const size = [width, height, bandCount].join(' x ')
  const other = [theirs.width, theirs.height, theirs.bands].join(' x ')
  if (size !== other) return { text: `${size} samples, GDAL ${other}` }
  if (GDAL_TYPES[dtype] !== theirs.type) return { text: `${dtype}, GDAL ${theirs.type}` }
  return differingSamples(planes, theirs.pixels)
}

function differingSamples(planes: SampleArray[], pixels: Uint8Array<ArrayBuffer>): Difference | null {
  const length = planes[0]!.length
  const kind = planes[0]!.constructor as new (buffer: ArrayBuffer) => SampleArray
  if (pixels.length !== planes.length * planes[0]!.byteLength)
    return { text: `${pixels.length} bytes of pixels from GDAL` }
  const theirs = new kind(pixels.buffer)
  let differing = 0
  let isZeroThere = true
  let first = ''
  for (const [band, plane] of planes.entries()) {
    for (let pixel = 0; pixel < length; pixel++) {
      const a = plane[pixel]!
      const b = theirs[band * length + pixel]!
      if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue
      isZeroThere &&= b === 0
      if (differing++ === 0) first = `pixel ${pixel} of band ${band} is ${a}, GDAL ${b}`
    }
  }
  return differing === 0
    ? null
    : { text: `${differing} samples differ: ${first}`, samples: differing, isZeroThere }
}

/** Opens a Landslide4Sense HDF5 file and compares its dataset with GDAL's reading of it. */
export function compareDataset(name: string, bytes: Uint8Array, gdal: Gdal | null): Opening {
  let ours: { raster: RasterSource; planes: SampleArray[] } | null = null
  return {
    async open() {
      const raster = await openRaster(bytesInput(name, bytes))
      if (raster.width * raster.height * raster.bandCount <= MOST_SAMPLES)
        ours = { raster, planes: await raster.read() }
      return { is: 'opened' }
    },
    async compare(outcome: Outcome) {
      if (!gdal || outcome.is !== 'opened' || !ours) return outcome
      const { raster, planes } = ours
      const isImage = raster.kind === 'l4s-image'
      const theirs = await gdal.dataset(bytes, isImage ? 'img' : 'mask')
      // GDAL has no type for signed bytes before 3.7.
      if (!theirs || raster.dtype === 'int8') return { is: 'opened', note: 'not compared' }
      if (theirs.refused) return { is: 'opened', note: 'GDAL refuses it', why: theirs.complaints.join('; ') }
      const shape = isImage ? [raster.height, raster.width, 14] : [raster.height, raster.width]
      const size = shape.join(' x ')
      const other = theirs.shape?.join(' x ')
      if (size !== other) return { is: 'wrong', why: `${size} samples, GDAL ${other}` }
      if (GDAL_TYPES[raster.dtype] !== theirs.type)
        return { is: 'wrong', why: `${raster.dtype}, GDAL ${theirs.type}` }
      const why = differingSamples(planes, deinterleaved(planes, theirs.pixels))
      return why ? { is: 'wrong', why: why.text } : { is: 'opened', note: 'equal' }
    },
  }
}

/** [pixels, bands] as GDAL has them -> [bands, pixels] as the reader gives them. */
function deinterleaved(planes: SampleArray[], pixels: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const { BYTES_PER_ELEMENT: size, length } = planes[0]!
  const out = new Uint8Array(pixels.length)
  for (let pixel = 0; pixel < length; pixel++) {
    for (let band = 0; band < planes.length; band++) {
      const from = (pixel * planes.length + band) * size
      out.set(pixels.subarray(from, from + size), (band * length + pixel) * size)
    }
  }
  return out
}
