import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeArrayBuffer } from 'geotiff'
import { l4sImage, l4sMask } from '../src/cli/node/l4sFiles'
import { BAND_COUNT, SPECTRAL_BAND_COUNT } from '../src/core/patches/bands'
import type { PatchPixels } from '../src/core/patches/patch'
import { demoProject } from '../src/core/synthetic/demoProject'

/** Corner of the tiles in EPSG:32633, metres: a place in the Alps; nothing there is like this. */
const CORNER = { east: 412_000, north: 5_140_000 }
const PIXEL = 10

/** Patches like the demo's as Landslide4Sense files, of any number and size; returns their paths. */
export async function demoFiles(
  folder: string,
  options: { seed: number; size: number; sourceCount: number; targetCount: number },
): Promise<string[]> {
  mkdirSync(folder, { recursive: true })
  const paths: string[] = []
  const write = (name: string, bytes: Uint8Array) => {
    paths.push(join(folder, name))
    writeFileSync(join(folder, name), bytes)
  }
  for (const patch of demoProject(options.seed, options)) {
    write(`${patch.name}.h5`, await l4sImage(patch))
    if (patch.label) {
      const name = patch.name.replace('image', 'mask')
      write(`${name}.h5`, await l4sMask(patch.label, patch.width, patch.height))
    }
  }
  return paths
}

/** Four neighbouring 14-band GeoTIFFs (DN, EPSG:32633), cut from one generated patch; returns their paths. */
export function georeferencedTiles(folder: string, size = 96, seed = 21): string[] {
  mkdirSync(folder, { recursive: true })
  const [whole] = demoProject(seed, { size: 2 * size, sourceCount: 0, targetCount: 1 })
  if (!whole) throw new Error('The generator gave no patch.')
  return [0, 1, 2, 3].map(index => {
    const [column, row] = [(index % 2) * size, Math.floor(index / 2) * size]
    const path = join(folder, `event_${'ABCD'[index]}.tif`)
    writeFileSync(path, geotiff(cut(whole, column, row, size), size, column, row))
    return path
  })
}

/** A 14-band GeoTIFF whose values are of no known scale's size: a median of 400; returns its path. */
export function unclearTile(folder: string, size = 48): string {
  mkdirSync(folder, { recursive: true })
  const [patch] = demoProject(31, { size, sourceCount: 0, targetCount: 1 })
  if (!patch) throw new Error('The generator gave no patch.')
  const area = size * size
  const spectral = patch.data.subarray(0, SPECTRAL_BAND_COUNT * area)
  // B2 to B7, of about the size of all surface bands.
  const middle = spectral.slice(area, 7 * area).sort()[3 * area]!
  spectral.forEach((value, index) => {
    spectral[index] = (value * 400) / middle
  })
  const path = join(folder, 'unclear.tif')
  writeFileSync(path, geotiff(cut(patch, 0, 0, size), size, 0, 0))
  return path
}

/** (side, side, 14) of a patch that is (14, height, width). */
function cut({ data, width, height }: PatchPixels, column: number, row: number, side: number): Uint16Array {
  const tile = new Uint16Array(side * side * BAND_COUNT)
  for (let band = 0; band < BAND_COUNT; band++) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const value = data[band * width * height + (row + y) * width + column + x] ?? 0
        tile[(y * side + x) * BAND_COUNT + band] = Math.max(0, Math.round(value))
      }
    }
  }
  return tile
}

function geotiff(values: Uint16Array, side: number, column: number, row: number): Uint8Array {
  const bytes = writeArrayBuffer(values, {
    width: side,
    height: side,
    SamplesPerPixel: [BAND_COUNT],
    BitsPerSample: Array<number>(BAND_COUNT).fill(16),
    SampleFormat: Array<number>(BAND_COUNT).fill(1),
    PhotometricInterpretation: 1,
    PlanarConfiguration: [1],
    ExtraSamples: Array<number>(BAND_COUNT - 1).fill(0),
    ModelPixelScale: [PIXEL, PIXEL, 0],
    ModelTiepoint: [0, 0, 0, CORNER.east + column * PIXEL, CORNER.north - row * PIXEL, 0],
    GTModelTypeGeoKey: 1,
    GTRasterTypeGeoKey: 1,
    ProjectedCSTypeGeoKey: 32633,
  })
  return new Uint8Array(bytes)
}
