import { existsSync } from 'node:fs'
import { type ErrorCode, toAppError } from '../core/foundation/appError'
import { BAND_COUNT } from '../core/patches/bands'
import { SCALE_TITLES, type ValueScale } from '../core/patches/patch'
import { type BandStatistics, statisticsOf } from '../core/patches/statistics'
import {
  detectScale,
  impossiblePixels,
  rawFactor,
  scalePrecision,
  validPixels,
} from '../core/patches/valueScale'
import { expandInputs } from '../core/raster/expandInputs'
import type { FileNote } from '../core/raster/fileNote'
import { type InputFile, isSidecar } from '../core/raster/inputFile'
import { withWorldFile, worldFilePaths } from '../core/raster/openRaster'
import type {
  AffineTransform,
  Dtype,
  PixelWindow,
  RasterKind,
  RasterSource,
  SampleArray,
} from '../core/raster/rasterSource'
import type { OpenRaster } from '../core/raster/rasterThread'
import { MemberSpool } from './node/memberSpool'
import { nodeInput } from './node/nodeFiles'
import { CHOOSE_SCALE } from './node/patchSpool'
import { type PassedOver, walkFiles } from './node/walkFiles'

export interface RefusedRaster {
  path: string
  ok: false
  code: ErrorCode
  message: string
}

export type InspectEntry = InspectedRaster | RefusedRaster

/**
 * Inspects files, folders and archives. Each file gets an entry; one that cannot be read does not stop the others.
 *
 * @param chosen value scale of the images with 14 bands; "auto" to detect it.
 * @throws AppError `aborted`
 */
export async function inspectPaths(
  paths: readonly string[],
  chosen: ValueScale | 'auto',
  watch: {
    signal: AbortSignal
    open: OpenRaster
    onFile(path: string, done: number, total: number): void
    onPassedOver(found: PassedOver): void
    onHidden(path: string, note: FileNote): void
  },
): Promise<InspectEntry[]> {
  const entries: InspectEntry[] = []
  const refuse = (path: string, thrown: unknown) => {
    const error = toAppError(thrown, 'file-unreadable')
    if (error.code === 'aborted') throw error
    entries.push({ path, ok: false, code: error.code, message: error.message })
  }
  const files: string[] = []
  const companions = new Map<string, InputFile>()
  for (const path of paths) {
    try {
      const found = await walkFiles([path])
      watch.onPassedOver(found.passedOver)
      for (const file of found.files) {
        if (file === path || !isSidecar(file)) files.push(file)
        for (const near of [file, ...worldFilePaths(file)].filter(isSidecar)) {
          if (existsSync(near)) companions.set(near.toLowerCase(), await nodeInput(near))
        }
      }
    } catch (thrown) {
      refuse(path, thrown)
    }
  }
  const members = new MemberSpool()
  try {
    for (const [index, path] of files.entries()) {
      watch.onFile(path, index, files.length)
      try {
        const file = await nodeInput(path)
        const { signal, onHidden } = watch
        const how = { onRefused: refuse, onHidden, keepHidden: true, spool: members.spool, signal }
        const inputs = expandInputs([file], how)
        for await (const input of inputs) {
          if (input !== file && isSidecar(input.path)) continue
          try {
            entries.push(await inspectRaster(input, chosen, companions, watch))
          } catch (thrown) {
            refuse(input.path, thrown)
          }
        }
      } catch (thrown) {
        refuse(path, thrown)
      }
    }
  } finally {
    await members.remove()
  }
  return entries
}

interface InspectedRaster {
  path: string
  ok: true
  kind: RasterKind
  width: number
  height: number
  bands: number
  dtype: Dtype
  crs: string | null
  transform: AffineTransform | null
  /** JSON has no word for values that are not finite: "nan", "inf", "-inf". */
  nodata: number | 'nan' | 'inf' | '-inf' | null
  scale: ValueScale | null
  /** Raw units, over the decoded pixels; null where there are not 14 bands or the scale is unclear. */
  statistics: BandStatistics | null
  problems: string[]
}

const MILLISECONDS = 10_000

/** Samples decoded per file: 32 million take a second or two. */
const MAX_SAMPLES = 2 ** 25

/** JPEG 2000 takes ten times as long as any other: 4 million samples are a second. */
const MAX_JP2_SAMPLES = 2 ** 22

/**
 * Opens a raster and decodes it, so that "ok" means its pixels can be read. Of a very large one, the middle is decoded.
 *
 * @param chosen its value scale, or "auto" to detect it.
 * @param companions world files, by path in lower case.
 * @throws AppError as `openRaster` and `RasterSource.read`.
 */
async function inspectRaster(
  file: InputFile,
  chosen: ValueScale | 'auto',
  companions: ReadonlyMap<string, InputFile>,
  { signal, open }: { signal: AbortSignal; open: OpenRaster },
): Promise<InspectedRaster> {
  const raster = await open(file, { limits: { milliseconds: MILLISECONDS }, signal })
  const problems = raster.notes.map(({ message }) => message)
  const window = middleWindow(raster)
  if (window.width < raster.width || window.height < raster.height) {
    problems.push(`Only ${window.width} x ${window.height} pixels in the middle were decoded.`)
  }
  const planes = await raster.read({ window, signal })
  let scale: ValueScale | null = null
  let statistics: BandStatistics | null = null
  if (raster.bandCount === BAND_COUNT) {
    const valid = validPixels(planes, window.width * window.height, raster.nodata)
    const detected = detectScale(planes, valid, scalePrecision(raster.dtype))
    scale = chosen === 'auto' ? detected.scale : chosen
    if (scale === null) problems.push(`The value scale is unclear: ${detected.why}. ${CHOOSE_SCALE}`)
    else {
      const data = rawValues(planes, scale)
      const impossible = impossiblePixels(data, valid, window.width * window.height)
      if (impossible) problems.push(impossible.message)
      statistics = statisticsOf({ ...window, data, valid: impossible?.valid ?? valid })
    }
    if (detected.scale !== null && detected.scale !== scale) {
      problems.push(`The values look like ${SCALE_TITLES[detected.scale]}, unlike the scale chosen.`)
    }
  }
  const georeference = await withWorldFile(raster, companions)
  return {
    path: file.path,
    ok: true,
    kind: raster.kind,
    width: raster.width,
    height: raster.height,
    bands: raster.bandCount,
    dtype: raster.dtype,
    crs: georeference?.crs ?? null,
    transform: georeference?.transform ?? null,
    nodata: inJson(raster.nodata),
    scale,
    statistics,
    problems,
  }
}

function rawValues(planes: readonly SampleArray[], scale: ValueScale): Float32Array {
  const area = planes[0]!.length
  const data = new Float32Array(planes.length * area)
  for (const [band, plane] of planes.entries()) {
    const factor = rawFactor(scale, band)
    for (let pixel = 0; pixel < area; pixel++) data[band * area + pixel] = plane[pixel]! * factor
  }
  return data
}

function middleWindow(raster: RasterSource): PixelWindow {
  const { width, height, bandCount } = raster
  const most = raster.kind === 'jp2' ? MAX_JP2_SAMPLES : MAX_SAMPLES
  const side = Math.max(1, Math.floor(Math.sqrt(most / bandCount)))
  if (width * height * bandCount <= most) return { column: 0, row: 0, width, height }
  const across = Math.min(width, side)
  const down = Math.min(height, side)
  return {
    column: Math.floor((width - across) / 2),
    row: Math.floor((height - down) / 2),
    width: across,
    height: down,
  }
}

function inJson(nodata: number | null): InspectedRaster['nodata'] {
  if (nodata === null || Number.isFinite(nodata)) return nodata
  if (Number.isNaN(nodata)) return 'nan'
  return nodata > 0 ? 'inf' : '-inf'
}
