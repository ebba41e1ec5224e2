import { readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import packageJson from '../../../package.json'
import { AppError, throwIfAborted, toAppError } from '../../core/foundation/appError'
import { safeFileNames } from '../../core/foundation/fileNames'
import { namesMask } from '../../core/patches/importPatches'
import { type InputFile, sniffFile } from '../../core/raster/inputFile'
import { parseManifest } from '../../core/rounds/modelManifest'
import { meansOf } from '../modelStatistics'
import type { CommandIo } from '../node/commandIo'
import { MemberSpool } from '../node/memberSpool'
import { readModelFolders } from '../node/modelFolders'
import { pathKind } from '../node/nodeFiles'
import { RunRecord } from '../node/runRecord'
import { walkFiles } from '../node/walkFiles'
import { type EventScene, eventInputs, findSceneInputs, type SceneInputs } from '../sceneInputs'
import { expandLists } from './inputLists'
import { fileHash, type RunInput, type RunManifest, writeManifest } from './manifest'
import { decodedBandBytes, type InputSize } from './workerMemory'

export interface PlanRequest extends Omit<RunManifest['settings'], 'terrain' | 'area'> {
  paths: readonly string[]
  models: string
  shards: number
  terrain: { elevation: readonly string[]; slope: string | null }
  area: string | null
  out: string
}

/** What one input is before it gets a shard and hashes. */
interface Found {
  name: string
  kind: RunInput['kind']
  sources: string[]
  /** What is asked for of each of its rasters. */
  rasters: { width: number; height: number }[]
  size: InputSize
  sensed: string | null
}

/** A plan, and what is known beside it of its inputs: of each, by its name. */
export interface PlannedRun {
  manifest: RunManifest
  sizes: ReadonlyMap<string, InputSize>
}

/**
 * Finds scenes and patches, and shares them out: `run/manifest.json`. Inputs of one run are one event: they are z-scored by
 * statistics that they have in common.
 *
 * @throws AppError `bad-argument` where nothing can be predicted, or the folder holds a run; `aborted`
 */
export async function planRun(request: PlanRequest, io: CommandIo): Promise<PlannedRun> {
  const models = (await readModelFolders(request.models)).map(({ id, files }) => {
    const manifest = parseManifest(files['manifest.json'] ?? new Uint8Array())
    return { id, sha256: manifest.weights.sha256, manifest }
  })
  const means = await meansOf(models, io)
  const paths = await expandLists(request.paths)
  const members = new MemberSpool()
  try {
    const inputs = await findSceneInputs(paths, request, io, members)
    const event = await eventInputs(inputs, paths, request, means, io)
    const refused: RunManifest['refused'] = event.refused.map(({ path, code, message }) => ({
      path,
      code,
      message,
    }))
    const found: Found[] = []
    for (const scene of event.scenes) found.push(await foundScene(scene, inputs))
    found.push(...(await foundPatches(event.scenes, inputs, refused, io)))
    for (const { path, message } of refused) io.note(`Refused ${path}: ${message}`)
    if (found.length === 0) {
      throw new AppError(
        'bad-argument',
        'Nothing among these files can be predicted: scarp inspect says what they are.',
      )
    }
    const names = safeFileNames(found.map(({ name }) => name))
    const sized: RunInput[] = []
    const sizes = new Map<string, InputSize>()
    const times = request.flips ? FLIPS : 1
    for (const [index, { kind, sources, rasters, size, sensed }] of found.entries()) {
      throwIfAborted(io.signal)
      const name = names[index]!
      io.progress.update({ label: `Hashing ${name}`, done: index, total: found.length })
      let [pixels, passes] = [0, 0]
      for (const { width, height } of rasters) {
        pixels += width * height
        for (const { manifest } of models)
          passes += times * passesOver(width, height, request.scale ?? manifest.scale)
      }
      const files = await hashed(sources, io)
      sized.push({ name, kind, sources, files, pixels, passes, sensed, shard: 0 })
      sizes.set(name, size)
    }
    const elevation = inputs.elevationPaths.map(path => resolve(path))
    const slope = inputs.slopePath && resolve(inputs.slopePath)
    const area = (inputs.area ?? inputs.areas[0])?.path ?? null
    const shared = [...elevation, ...(slope ? [slope] : []), ...(area ? [resolve(area)] : [])]
    const { valueScale, threshold, scale, flips, statistics, quantification, offset, resampling } = request
    const manifest: RunManifest = {
      version: 1,
      scarp: packageJson.version,
      round: 1,
      parent: null,
      models: { folder: resolve(request.models), ids: models.map(({ id, sha256 }) => ({ id, sha256 })) },
      settings: {
        ...{ threshold, valueScale, scale, flips, statistics, quantification, offset, resampling },
        terrain: { elevation, slope },
        area: area && resolve(area),
      },
      shared: await hashed(shared, io),
      shards: request.shards,
      inputs: shareOut(sized, request.shards),
      refused,
    }
    io.progress.clear()
    await writeManifest(request.out, manifest)
    // So that its results are no inputs of a plan of the folder that it lies in.
    const head = { version: 1, command: 'scarp plan', isInput: false } as const
    const record = await RunRecord.start(request.out, head, null)
    await record.setDone()
    record.close()
    return { manifest, sizes }
  } finally {
    await members.remove()
  }
}

/**
 * Gives each input to a shard: the longest first, always to the shard that has least so far (Graham 1969: never more than a
 * third above the best there is).
 *
 * @returns in the order in which they were given
 */
export function shareOut<Input extends { name: string; passes: number; shard: number }>(
  inputs: readonly Input[],
  shards: number,
): Input[] {
  const loads = new Array<number>(shards).fill(0)
  const byLength = [...inputs].sort((a, b) => b.passes - a.passes || (a.name < b.name ? -1 : 1))
  const shardOf = new Map<Input, number>()
  for (const input of byLength) {
    const shard = loads.indexOf(Math.min(...loads))
    loads[shard]! += input.passes
    shardOf.set(input, shard)
  }
  return inputs.map(input => ({ ...input, shard: shardOf.get(input)! }))
}

/** Passes over a window with flips and quarter turns. */
const FLIPS = 8

/** Of windows of 256 pixels, 192 apart, over the enlarged image (`engine/refinement/blendWindows.ts`). */
function passesOver(width: number, height: number, scale: number): number {
  const along = (length: number) => Math.max(1, Math.ceil((length * scale - 256) / 192) + 1)
  return along(width) * along(height)
}

async function foundScene(scene: EventScene, inputs: SceneInputs): Promise<Found> {
  const { width, height } = scene.wanted.window
  const grid = scene.recipe?.grid ?? { width, height }
  const size: InputSize = {
    ...{ kind: 'scene', width: grid.width, height: grid.height },
    bandBytes: decodedBandBytes(scene.recipe),
  }
  const places = await Promise.all(scene.files.map(diskPlace))
  const beside = await Promise.all(
    places.filter(({ isProduct }) => !isProduct).map(({ path }) => metadataBeside(path)),
  )
  const slopes = scene.recipe?.slope && !inputs.slopePath ? [(await diskPlace(scene.recipe.slope)).path] : []
  const sources = [...places.map(({ path }) => path), ...beside.flat(), ...slopes]
  return {
    ...{ name: scene.name, kind: 'scene', sources: unique(sources), rasters: [{ width, height }], size },
    sensed: scene.sensed,
  }
}

/** Files of patches; those in a zip are one input. What is no raster is passed over. */
async function foundPatches(
  scenes: readonly EventScene[],
  inputs: SceneInputs,
  refused: RunManifest['refused'],
  io: CommandIo,
): Promise<Found[]> {
  const ofScenes = new Set(scenes.flatMap(({ files }) => files))
  const found = new Map<string, Found>()
  for (const file of inputs.rest) {
    throwIfAborted(io.signal)
    if (ofScenes.has(file.path) || namesMask(file.path) || !(await isRaster(file))) continue
    try {
      const { width, height } = await io.openRaster(file, { signal: io.signal })
      const { path } = await diskPlace(file.path)
      const known = found.get(path)
      const size: InputSize = { kind: 'patches', width, height, bandBytes: 0 }
      if (known) {
        known.rasters.push({ width, height })
        if (width * height > known.size.width * known.size.height) known.size = size
      } else {
        const name = basename(path).replace(/\.[^.]*$/, '')
        const rasters = [{ width, height }]
        found.set(path, { name, kind: 'patches', sources: [path], rasters, size, sensed: null })
      }
    } catch (thrown) {
      const { code, message } = toAppError(thrown, 'file-unreadable')
      if (code === 'aborted') throw thrown
      refused.push({ path: file.path, code, message })
    }
  }
  return [...found.values()]
}

async function isRaster(file: InputFile): Promise<boolean> {
  const { format } = await sniffFile(file)
  return format === 'hdf5' || format === 'tiff' || format === 'jp2'
}

/** What holds a file that was found: its product's folder, the zip that it is in, else itself. */
async function diskPlace(path: string): Promise<{ path: string; isProduct: boolean }> {
  let at = path
  while ((await pathKind(at)) !== 'file') {
    const parent = dirname(at)
    if (parent === at) throw new AppError('file-unreadable', `"${path}" is on no disk any more.`)
    at = parent
  }
  const product = /^.*?\.SAFE(?=\/)/i.exec(at)?.[0]
  if (product) return { path: resolve(product), isProduct: true }
  return { path: resolve(at), isProduct: at !== path }
}

/** What says how the bands beside it are stored, and where they lie. */
const METADATA = /\.(xml|tfw|j2w|wld)$/i

async function metadataBeside(path: string): Promise<string[]> {
  const folder = dirname(path)
  const names = await readdir(folder)
  return names.filter(name => METADATA.test(name)).map(name => join(folder, name))
}

async function hashed(sources: readonly string[], io: CommandIo): Promise<RunInput['files']> {
  const { files } = await walkFiles(sources)
  const all: RunInput['files'] = []
  for (const path of unique(files)) {
    throwIfAborted(io.signal)
    const { bytes, sha256 } = await fileHash(path)
    all.push({ path, size: bytes, sha256 })
  }
  return all
}

function unique(paths: readonly string[]): string[] {
  return [...new Set(paths)].sort()
}
