import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SampleArray } from '../rasterSource'

/** What GDAL is to write: waves with noise. */
export interface Jp2Case {
  name: string
  width: number
  height: number
  bands?: number
  bits?: number
  signed?: boolean
  /** Creation options of GDAL's JP2OpenJPEG driver. */
  options: string[]
  epsg?: number
  transform?: number[]
}

export interface GdalJp2 {
  bytes: Uint8Array
  /** Levels that GDAL reads, the full size among them. */
  levels: number
  transform: number[]
  /** GDAL's pixels at a level, a plane a band, of the type of an array. */
  planes(level: number, like: SampleArray, bands: number): SampleArray[]
}

/** The distribution's Python first: GDAL's module is installed for it, and not for others. */
const PYTHONS = ['/usr/bin/python3', 'python3']

/** JPEG 2000 files by GDAL, written and read in one process; null, and a word on the console, where it is not there. */
export function gdalJp2(cases: readonly Jp2Case[]): Map<string, GdalJp2> | null {
  const python = PYTHONS.find(name => spawnSync(name, ['-c', 'from osgeo import gdal']).status === 0)
  if (!python) {
    console.warn('GDAL’s Python module is not installed: JPEG 2000 is not compared with it.')
    return null
  }
  const folder = mkdtempSync(join(tmpdir(), 'scarp-jp2-'))
  try {
    const program = join(import.meta.dirname, 'jp2Cases.py')
    const { status, stdout, stderr } = spawnSync(python, [program, folder], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(stderr)
    const answers: Record<string, { levels: number; transform: number[] }> = JSON.parse(stdout)
    const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)))
    return new Map(
      Object.entries(answers).map(([name, { levels, transform }]) => {
        const raw = Array.from({ length: levels }, (_, level) => bytesOf(`${name}.${level}.raw`))
        const planes: GdalJp2['planes'] = (level, like, bands) => {
          const kind = like.constructor as new (
            buffer: ArrayBuffer,
            at: number,
            length: number,
          ) => SampleArray
          const { buffer } = raw[level]!
          return Array.from(
            { length: bands },
            (_, band) => new kind(buffer, band * like.byteLength, like.length),
          )
        }
        return [name, { bytes: bytesOf(`${name}.jp2`), levels, transform, planes }]
      }),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
