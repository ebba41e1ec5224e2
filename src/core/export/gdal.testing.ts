import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The part of `gdalinfo -json` that the tests look at. */
export interface GdalInfo {
  size: [number, number]
  coordinateSystem?: { wkt: string }
  geoTransform?: number[]
  metadata: Record<string, Record<string, string>>
  bands: {
    type: string
    noDataValue?: number | string
    colorInterpretation: string
    colorTable?: { entries: number[][] }
    description?: string
    overviews?: { size: [number, number] }[]
  }[]
}

/** Whether GDAL's own tools are on the PATH; says so where they are not. */
export function hasTool(tool: string, argument: string): boolean {
  try {
    execFileSync(tool, [argument], { stdio: 'ignore' })
    return true
  } catch (cause) {
    console.warn(`${tool} is not on the PATH: the tests that ask it are skipped (${String(cause)}).`)
    return false
  }
}

/** A Python that has GDAL's module: the system's own where another one comes first. null, said aloud: there is none. */
export function gdalPython(): string | null {
  const found = ['python3', '/usr/bin/python3'].find(
    name => spawnSync(name, ['-c', 'from osgeo import ogr']).status === 0,
  )
  if (!found) console.warn('No python3 has the module osgeo: the tests that ask it are skipped.')
  return found ?? null
}

export function temporaryFile(name: string, bytes: Uint8Array): string {
  const path = join(mkdtempSync(join(tmpdir(), 'scarp-export-')), name)
  writeFileSync(path, bytes)
  return path
}

/** @throws if gdalinfo warns about the file: what we write must read without a word. */
export function gdalInfo(path: string): GdalInfo {
  const output = execFileSync('gdalinfo', ['-json', path], { encoding: 'utf8' })
  return JSON.parse(output) as GdalInfo
}

/** Band 1 as GDAL decodes it, one byte order and no header. */
export function gdalPixels(path: string): Uint8Array {
  const raw = `${path}.envi`
  const warnings = execFileSync('gdal_translate', ['-q', '-of', 'ENVI', path, raw], { encoding: 'utf8' })
  if (warnings.trim()) throw new Error(warnings)
  return new Uint8Array(readFileSync(raw))
}
