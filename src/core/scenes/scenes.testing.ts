import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesInput } from '../raster/inputFile'
import { openRaster } from '../raster/openRaster'
import type { RasterSource } from '../raster/rasterSource'
import type { SceneGrid } from './scene'

export const shared = join(process.env.SCARP_SHARED ?? '../shared', 'data/scenes')

const folder = mkdtempSync(join(tmpdir(), 'scarp-scenes-'))
let files = 0

/** Runs one of GDAL's tools and gives the file that it wrote. */
export function gdal(tool: string, options: string[], input: string): string {
  const output = join(folder, `${++files}.tif`)
  execFileSync(tool, [...options, input, output], { stdio: ['ignore', 'ignore', 'pipe'] })
  return output
}

/** A raster of one float band in memory, of any size: values are asked for when they are read. */
export function computedRaster(
  facts: { path?: string; grid: SceneGrid; nodata?: number | null; bandCount?: number },
  value: (column: number, row: number) => number,
): RasterSource {
  const { path = 'computed.tif', grid, nodata = null, bandCount = 1 } = facts
  const { crs, transform, width, height } = grid
  return {
    kind: 'geotiff',
    path,
    width,
    height,
    bandCount,
    dtype: 'float32',
    bandNames: null,
    nodata,
    georeference: { crs, transform, geoKeys: null },
    notes: [],
    levels: 0,
    async read({ window = { column: 0, row: 0, width, height }, bands = [0], signal } = {}) {
      signal?.throwIfAborted()
      return bands.map(() =>
        Float32Array.from({ length: window.width * window.height }, (_, i) =>
          value(window.column + (i % window.width), window.row + Math.floor(i / window.width)),
        ),
      )
    },
  }
}

export function openFile(path: string): Promise<RasterSource> {
  return openRaster(bytesInput(path, new Uint8Array(readFileSync(path))))
}

/** The grid of a raster in its own coordinate system. */
export function gridOf({ georeference, width, height }: RasterSource): SceneGrid {
  return { crs: georeference!.crs!, transform: georeference!.transform!, width, height }
}

/** What differs between two planes, over the pixels that both have. */
export function differences(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  isVoid: (value: number) => boolean,
): { compared: number; onlyA: number; onlyB: number; most: number; mean: number } {
  const out = { compared: 0, onlyA: 0, onlyB: 0, most: 0, mean: 0 }
  let sum = 0
  for (let i = 0; i < a.length; i++) {
    const [hasA, hasB] = [!isVoid(a[i]!), !isVoid(b[i]!)]
    if (hasA !== hasB) {
      if (hasA) out.onlyA++
      else out.onlyB++
      continue
    }
    if (!hasA) continue
    const difference = Math.abs(a[i]! - b[i]!)
    out.compared++
    out.most = Math.max(out.most, difference)
    sum += difference
  }
  out.mean = sum / Math.max(1, out.compared)
  return out
}
