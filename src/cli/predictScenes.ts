import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  probabilityBytes,
  type SceneExport,
  sceneMask,
  sceneProbability,
} from '../core/export/resultGeotiffs'
import { throwIfAborted } from '../core/foundation/appError'
import { z } from '../core/foundation/schema'
import { fingerprintOf } from '../core/foundation/sha256'
import { maskFromProbability } from '../core/masks/probability'
import { IGNORE, LANDSLIDE } from '../core/patches/patch'
import type { Georeference, PixelWindow } from '../core/raster/rasterSource'
import { windowOverlap } from '../core/raster/windowOverlap'
import { disagreementMap } from '../core/review/uncertainty'
import { ensembleMean } from '../core/rounds/ensemble'
import type { Wanted } from '../core/scenes/sceneSources'
import { georeferenceOf } from '../core/scenes/stack'
import { predictScene, type SceneNetwork, type ScenePixels } from '../engine'
import type { CommandIo } from './node/commandIo'
import { makeFolder } from './node/makeFolder'
import { writeAtomically } from './node/nodeFiles'
import { streamCogFile } from './node/streamCogFile'
import { WindowFiles } from './node/windowFiles'

export interface ScenePrediction {
  scene: ScenePixels
  /** What is written of it. */
  wanted: Wanted
  /** A safe file name. */
  name: string
  /** Of the scene. */
  georeference: Georeference | null
  networks: readonly SceneNetwork[]
  threshold: number
  flips: boolean
  metadata: Readonly<Record<string, string>>
  /** What decides the result besides the networks: the recipe, the models, the statistics. */
  settings: unknown
  out: string
}

/** Names of a scene's results in --out. */
export function sceneFiles(name: string) {
  return {
    mask: `${name}_mask.tif`,
    probability: `${name}_prob.tif`,
    disagreement: `${name}_disagreement.tif`,
  }
}

/** Names of the planes that grow row by row until the scene is whole. */
const PLANES = ['mask', 'probability', 'disagreement'] as const

/** Lies in --out while scenes are predicted. */
export const PARTIAL_FOLDER = '.scarp-scenes'

/**
 * Predicts a scene and writes its mask, probability and disagreement. Rows that are whole, and the windows of those that are
 * not yet, are kept on disk with what they were made by, so that the same command goes on after a kill: it predicts one
 * window again.
 *
 * @throws AppError `aborted` (what is done is kept), `gpu-failed`, and as reading and writing do
 */
export async function predictSceneFiles(
  request: ScenePrediction,
  io: CommandIo,
): Promise<{ landslidePixels: number; validPixels: number; resumedRows: number; resumedWindows: number }> {
  const { scene, wanted, name, networks, threshold, flips, out } = request
  const { column, row, width, height } = wanted.window
  const folder = join(out, PARTIAL_FOLDER, name)
  const key = await fingerprintOf({ settings: request.settings, window: wanted.window, threshold, flips })
  const earlier = await rowsDone(folder, key)
  const begun = earlier ?? 0
  if (earlier === null) {
    await rm(folder, { recursive: true, force: true })
    await makeFolder(folder)
  }
  const planes = Object.fromEntries(
    await Promise.all(
      PLANES.map(async plane => [plane, await open(join(folder, plane), earlier === null ? 'w+' : 'r+')]),
    ),
  ) as Record<(typeof PLANES)[number], FileHandle>
  try {
    const saveRows = (rows: number) => writeAtomically(join(folder, STATE), JSON.stringify({ key, rows }))
    if (earlier === null) await saveRows(0)
    const finished = await WindowFiles.open(folder)
    const resumedWindows = finished.size
    const rows = predictScene(scene, networks, {
      domain: 'target',
      flips,
      isWanted: window => {
        const part = windowOverlap(window, wanted.window)
        // What ends above the rows that are missing is done.
        if (!part || part.row + part.height <= row + begun) return false
        return wanted.mask?.(part).includes(1) ?? true
      },
      finished,
      context: {
        signal: io.signal,
        onProgress: ({ label, done, total }) =>
          io.progress.update({ label: `Predicting ${name}, ${label.toLowerCase()}`, done, total }),
      },
    })
    for await (const { top, count, members } of rows) {
      // Rows above `begun` are on disk, and some of their windows were left out now.
      const part = windowOverlap(
        { column, row: top, width, height: count },
        { column, row: row + begun, width, height: height - begun },
      )
      if (!part) continue
      const inside = wanted.mask?.(part) ?? null
      const cut = members.map(map => cutRows(map, scene.width, top, part))
      const probability = ensembleMean(cut)
      const results = {
        mask: maskFromProbability(probability, threshold, inside),
        probability: probabilityBytes(within(probability, inside)),
        disagreement: probabilityBytes(within(disagreementMap(cut), inside)),
      }
      for (const plane of PLANES) {
        await planes[plane].write(results[plane], 0, results[plane].length, (part.row - row) * width)
        await planes[plane].sync()
      }
      const rows = part.row - row + part.height
      await saveRows(rows)
      await finished.dropAbove(row + rows)
    }
    io.progress.clear()
    throwIfAborted(io.signal)
    const counts = { landslidePixels: 0, validPixels: 0 }
    const exported = (plane: (typeof PLANES)[number]): SceneExport => ({
      width,
      height,
      georeference: georeferenceOf(request.georeference, wanted.window),
      metadata: request.metadata,
      name,
      async rows(top, count) {
        const bytes = new Uint8Array(count * width)
        await planes[plane].read(bytes, 0, bytes.length, top * width)
        if (plane !== 'mask') return bytes
        for (const value of bytes) {
          if (value !== IGNORE) counts.validPixels++
          if (value === LANDSLIDE) counts.landslidePixels++
        }
        return bytes
      },
    })
    const files = sceneFiles(name)
    const context = { signal: io.signal, onProgress: io.progress.update.bind(io.progress) }
    await streamCogFile(join(out, files.mask), sceneMask(exported('mask')), context)
    for (const what of ['probability', 'disagreement'] as const) {
      await streamCogFile(join(out, files[what]), sceneProbability(exported(what), what), context)
    }
    io.progress.clear()
    if (counts.validPixels === 0) {
      io.note(
        `"${name}" has no pixel with both reflectance and elevation, so its results hold no data: choose another area or elevation.`,
      )
    }
    return { ...counts, resumedRows: begun, resumedWindows }
  } finally {
    for (const plane of PLANES) await planes[plane].close()
  }
}

/** A window of rows of a map that begin at row `top` of the scene. */
function cutRows(map: Float32Array, sceneWidth: number, top: number, window: PixelWindow): Float32Array {
  const { column, row, width, height } = window
  const out = new Float32Array(width * height)
  for (let y = 0; y < height; y++) {
    const from = (row - top + y) * sceneWidth + column
    out.set(map.subarray(from, from + width), y * width)
  }
  return out
}

/** NaN outside. */
function within(map: Float32Array, inside: Uint8Array | null): Float32Array {
  return inside ? map.map((value, i) => (inside[i] === 0 ? Number.NaN : value)) : map
}

/** Removes what `predictSceneFiles` kept, once all results are there. */
export async function removePartialScenes(out: string): Promise<void> {
  await rm(join(out, PARTIAL_FOLDER), { recursive: true, force: true })
}

const STATE = 'state.json'

const stateSchema = z.object({ key: z.string(), rows: z.number().int().nonnegative() })

/** Rows that an interrupted run of the same settings finished; null where there was none, or its state cannot be read. */
async function rowsDone(folder: string, key: string): Promise<number | null> {
  const text = await readFile(join(folder, STATE), 'utf8').catch(() => '')
  try {
    const state = stateSchema.parse(JSON.parse(text))
    return state.key === key ? state.rows : null
  } catch {
    return null
  }
}
