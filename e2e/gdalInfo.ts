import { execFileSync } from 'node:child_process'

export interface GdalInfo {
  size: [number, number]
  geoTransform?: number[]
  coordinateSystem?: { wkt: string }
  /** GDAL's domains; the tags of the file itself are in the one without a name. */
  metadata: { '': Record<string, string> }
  stac?: { 'proj:epsg'?: number | null }
  bands: { type: string; noDataValue?: number; colorTable?: unknown; colorInterpretation: string }[]
}

/** What GDAL says of a raster; null where GDAL's tools are not installed. */
export function gdalInfo(file: string): GdalInfo | null {
  try {
    execFileSync('gdalinfo', ['--version'])
  } catch {
    return null
  }
  return JSON.parse(execFileSync('gdalinfo', ['-json', file], { encoding: 'utf8' }))
}

/** Rewrites a raster with another compression; false where GDAL or the compression is not there. */
export function gdalTranslate(from: string, to: string, compression: string): boolean {
  try {
    execFileSync('gdal_translate', ['-q', '-co', `COMPRESS=${compression}`, from, to], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
