import { existsSync } from 'node:fs'
import { type ErrorCode, toAppError } from '../core/foundation/appError'
import { expandInputs } from '../core/raster/expandInputs'
import { isSidecar } from '../core/raster/isSidecar'
import type { InputFile } from '../core/raster/rasterSource'
import { worldFilePaths } from '../core/raster/worldFile'
import { type InspectedRaster, inspectRaster } from './inspectRaster'
import { nodeInput } from './nodeInput'
import { walkFiles } from './walkFiles'

export interface RefusedRaster {
  path: string
  ok: false
  code: ErrorCode
  message: string
}

export type InspectEntry = InspectedRaster | RefusedRaster

/**
 * Inspects files, folders and archives; each gets an entry, and nothing that a file holds stops the others.
 *
 * @throws AppError `aborted`
 */
export async function inspectPaths(
  paths: readonly string[],
  watch: { signal: AbortSignal; onFile(path: string, done: number, total: number): void },
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
      for (const file of await walkFiles([path])) {
        if (file === path || !isSidecar(file)) files.push(file)
        for (const near of [file, ...worldFilePaths(file)].filter(isSidecar)) {
          if (existsSync(near)) companions.set(near.toLowerCase(), await nodeInput(near))
        }
      }
    } catch (thrown) {
      refuse(path, thrown)
    }
  }
  for (const [index, path] of files.entries()) {
    watch.onFile(path, index, files.length)
    try {
      const inputs = expandInputs([await nodeInput(path)], { onRefused: refuse, signal: watch.signal })
      for await (const input of inputs) {
        if (input.path !== path && isSidecar(input.path)) continue
        try {
          entries.push(await inspectRaster(input, companions, watch.signal))
        } catch (thrown) {
          refuse(input.path, thrown)
        }
      }
    } catch (thrown) {
      refuse(path, thrown)
    }
  }
  return entries
}
