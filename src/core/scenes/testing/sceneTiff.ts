import { bytesInput, type InputFile } from '../../raster/inputFile'
import { tinyTiff } from '../../raster/testing/tinyTiff'

/** A small GeoTIFF for tests. */
export interface SceneTiff {
  width?: number
  height?: number
  /** Value of each pixel by band. */
  bands?: number
  value?: (band: number, pixel: number) => number
  bits?: number
  format?: 1 | 2 | 3
  /** Compressed in strips of so many rows; uncompressed in one strip by default. */
  deflatedRows?: number
  /** Sides of a pixel. */
  side?: number | readonly [width: number, height: number]
  /** Upper left; null: without position. */
  corner?: readonly [x: number, y: number] | null
  epsg?: number | null
  isGeographic?: boolean
  /** As GDAL writes descriptions of bands. */
  names?: readonly string[]
  /** Names of bands that the product did not have, as `scarp stack` writes them. */
  synthetic?: string
}

/** As the bands of a real scene are: 16 bits, and reflectance x 10000 that no two bands share. */
export function sceneTiff(path: string, image: SceneTiff = {}): InputFile {
  const { width = 60, height = 60, bands = 1, side = 10, epsg = 32633, isGeographic = false } = image
  const { value = (band, pixel) => 500 + 100 * band + (pixel % 97), bits = 16, format = 1 } = image
  const corner = image.corner === undefined ? ([465180, 5080250] as const) : image.corner
  const planes = Array.from({ length: bands }, (_, band) =>
    Array.from({ length: width * height }, (_, pixel) => value(band, pixel)),
  )
  const keys = [1, 1, 0, 2, 1024, 0, 1, isGeographic ? 2 : 1, isGeographic ? 2048 : 3072, 0, 1, epsg ?? 0]
  const items = (image.names ?? []).map(
    (name, band) => `<Item name="DESCRIPTION" sample="${band}" role="description">${name}</Item>`,
  )
  if (image.synthetic) items.push(`<Item name="SCARP_SYNTHETIC_BANDS">${image.synthetic}</Item>`)
  return bytesInput(
    path,
    tinyTiff({
      width,
      height,
      bands: planes,
      bits,
      format,
      ...(image.deflatedRows && { deflate: true, rowsPerStrip: image.deflatedRows }),
      tags: [
        ...(corner
          ? ([
              { tag: 33550, type: 12, values: [...(typeof side === 'number' ? [side, side] : side), 0] },
              { tag: 33922, type: 12, values: [0, 0, 0, corner[0], corner[1], 0] },
            ] as const)
          : []
        ).map(tag => ({ ...tag, values: [...tag.values] })),
        ...(epsg === null ? [] : [{ tag: 34735, type: 3 as const, values: keys }]),
        ...(items.length > 0
          ? [{ tag: 42112, type: 2 as const, values: `<GDALMetadata>${items.join('')}</GDALMetadata>` }]
          : []),
      ],
    }),
  )
}
