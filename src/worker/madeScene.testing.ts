import type { InputFile } from '../core/raster/inputFile'
import { INSTRUMENT_BANDS } from '../core/scenes/bandNames'
import { sceneTiff } from '../core/scenes/testing/sceneTiff'

async function blobOf(input: InputFile): Promise<{ path: string; file: Blob }> {
  const bytes = await input.slice(0, input.size)
  return { path: input.path, file: new Blob([bytes as Uint8Array<ArrayBuffer>]) }
}

/** A scene of 13 named bands and its elevation, of any size. */
export async function madeScene(width: number, height: number, name = 'scene') {
  const bands = sceneTiff(`${name}.tif`, {
    ...{ width, height, bands: 13, names: INSTRUMENT_BANDS },
    // B10 is dark: no offset.
    value: (band, pixel) => (band === 10 ? 5 : 400 + 50 * band) + ((pixel * 7919) % 211),
  })
  const elevation = sceneTiff(`dem_${name}.tif`, { width, height, value: (_, pixel) => 500 + (pixel % 89) })
  return { bands: await blobOf(bands), elevation: await blobOf(elevation) }
}
