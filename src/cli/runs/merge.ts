import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { PLANES } from '../../core/export/evidenceBundle'
import { sharedGrids } from '../../core/export/mosaic'
import { BYTE_STEPS } from '../../core/export/resultGeotiffs'
import { writeVrt } from '../../core/export/vrt'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import type { CommandIo } from '../node/commandIo'
import { makeFolder } from '../node/makeFolder'
import { nodeInput, writeAtomically, writeJson } from '../node/nodeFiles'
import { isPidInUse } from '../node/processLock'
import { writeStyleBeside } from '../node/streamCogFile'
import { thisWorker } from '../node/thisWorker'
import { linesFile } from '../predictVectors'
import { type MergedFile, writeCollection } from './collectionOfRun'
import {
  type Failure,
  fileHash,
  flush,
  flushFolder,
  PLACES,
  type Run,
  readDone,
  readFailure,
} from './manifest'
import { mergeLandslides } from './mergeLandslides'
import { EFFORT, type Effort } from './predictShard'
import type { InputReport, RunResult } from './results'
import { readRunStatistics } from './statistics'

/** `run/merged/report.json`: the same however the work was shared out. */
export interface RunReport {
  command: 'merge'
  scarp: string
  models: { id: string; sha256: string }[]
  inputs: number
  /** Results in it, in the order of the plan. */
  done: string[]
  failed: Failure[]
  /** Inputs without a result that did not fail: the run was merged before its end. */
  missing: string[]
  /** What the plan could not use, and files of inputs that could not be read. */
  refused: { path: string; code: string; message: string }[]
  landslidePixels: number
  validPixels: number
  /** Landslides of all results, and those left once what several results show is counted once. */
  landslides: { found: number; kept: number }
}

/** `run/merged/throughput.json`: who did what, how long; differs from run to run. */
interface RunThroughput {
  workers: number
  /** Of all workers together. */
  seconds: number
  megapixels: number
  megapixelsAnHour: number | null
  /** Of a network over a window, by one worker, with reading and writing: what `scarp plan --rate` takes. */
  passesAnHour: number | null
  /** Ids of the networks, and what computed. */
  models: string[]
  backends: string[]
  /** Largest of any worker, bytes. */
  peakMemory: number
  inputs: (Effort & { input: string })[]
}

/**
 * Checks every result of a run against its hashes and makes one of all: a VRT of the scenes on each grid, an inventory in which
 * each landslide is once, a STAC collection, the list of failures, a report.
 *
 * @param gaps whether inputs may be missing that did not fail
 * @throws AppError `bad-argument` for missing results, or none at all, `file-malformed` for one that is not what its worker wrote, `aborted`
 */
export async function mergeRun(run: Run, gaps: boolean, io: CommandIo): Promise<RunReport> {
  const { manifest, folder } = run
  const statistics = await readRunStatistics(run)
  const report: RunReport = {
    command: 'merge',
    scarp: manifest.scarp,
    models: manifest.models.ids,
    inputs: manifest.inputs.length,
    done: [],
    failed: [],
    missing: [],
    refused: [...manifest.refused],
    landslidePixels: 0,
    validPixels: 0,
    landslides: { found: 0, kept: 0 },
  }
  const results: RunResult[] = []
  const efforts: RunThroughput['inputs'] = []
  for (const [index, input] of manifest.inputs.entries()) {
    throwIfAborted(io.signal)
    io.progress.update({ label: `Checking ${input.name}`, done: index, total: manifest.inputs.length })
    const done = await readDone(run, input.name)
    if (!done || done.statistics !== statistics.hash) {
      const failure = await readFailure(run, input.name)
      if (failure) report.failed.push(failure)
      else report.missing.push(input.name)
      continue
    }
    const place = join(folder, PLACES.results, input.name)
    for (const { file, sha256 } of done.outputs) {
      const found = await fileHash(join(place, file)).catch(() => null)
      if (found?.sha256 === sha256) continue
      throw new AppError(
        'file-malformed',
        `"${join(place, file)}" is not what its worker wrote. Delete "${place}" and predict shard ${input.shard} again.`,
      )
    }
    report.done.push(input.name)
    report.refused.push(...done.refused)
    efforts.push({
      input: input.name,
      ...(JSON.parse(await readFile(join(place, EFFORT), 'utf8')) as Effort),
    })
    const { outputs } = JSON.parse(await readFile(join(place, 'report.json'), 'utf8')) as InputReport
    for (const output of outputs) {
      const raster = await io.openRaster(await nodeInput(join(place, output.mask)), { signal: io.signal })
      const { width, height, georeference } = raster
      results.push({ input, done, output, width, height, georeference })
      report.landslidePixels += output.landslidePixels
      report.validPixels += output.validPixels
    }
  }
  io.progress.clear()
  if (report.missing.length > 0 && !gaps) {
    const shards = [
      ...new Set(
        manifest.inputs.filter(({ name }) => report.missing.includes(name)).map(({ shard }) => shard),
      ),
    ]
    throw new AppError(
      'bad-argument',
      `${plural(report.missing.length, 'result')} missing: ${report.missing.slice(0, 5).join(', ')} ` +
        `(shards ${shards.slice(0, 20).join(', ')}). Predict them first, or merge without them: --allow-gaps.`,
    )
  }
  if (results.length === 0) {
    throw new AppError('bad-argument', 'No input of the run has a result: there is nothing to merge.')
  }
  const merged = await startMerged(folder)
  const files = await writeVrts(merged, results)
  const { file, ...landslides } = await mergeLandslides(
    results.map(({ input, output, georeference }) => ({
      name: output.name,
      sensed: input.sensed,
      georeference,
      lines: join(folder, PLACES.results, input.name, linesFile(output.name)),
    })),
    io,
  )
  report.landslides = landslides
  await writeAtomically(join(merged, 'landslides.gpkg'), file)
  const lines = report.failed.map(failure => `${JSON.stringify(failure)}\n`)
  await writeAtomically(join(merged, 'failures.jsonl'), lines.join(''))
  await writeJson(join(merged, 'throughput.json'), throughputOf(run, efforts, results))
  await writeJson(join(merged, 'report.json'), report)
  await writeCollection(run, merged, results, [...files, ...MERGED], io)
  await publishMerged(folder, merged)
  return report
}

/** Where the result of all is, once it is whole. */
const MERGED_FOLDER = 'merged'

/** An empty folder of this process's own, beside those of others that merge now. What dead ones of this machine left is removed. */
async function startMerged(folder: string): Promise<string> {
  const host = hostname().replace(/[^\w.-]/g, '-')
  for (const name of await readdir(folder)) {
    const [, of, pid] = /^merged\.(.*)-(\d+)(?:\.old)?\.part$/.exec(name) ?? []
    if (of === host && !isPidInUse(Number(pid)))
      await rm(join(folder, name), { recursive: true, force: true })
  }
  const own = join(folder, `${MERGED_FOLDER}.${thisWorker().name}.part`)
  await rm(own, { recursive: true, force: true })
  await makeFolder(own)
  return own
}

/** Puts what was merged in place of what an earlier merge made; of two that end at once the later one stays. */
async function publishMerged(folder: string, own: string): Promise<void> {
  const place = join(folder, MERGED_FOLDER)
  const aside = own.replace(/\.part$/, '.old.part')
  await flushFolder(own)
  for (let attempt = 0; attempt < 10; attempt++) {
    try {
      await rm(aside, { recursive: true, force: true })
      await rename(place, aside).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
      await rename(own, place)
      await rm(aside, { recursive: true, force: true })
      await flush(folder)
      return
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // Another one was put there meanwhile.
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
    }
  }
  throw new AppError('storage-failed', `"${place}" cannot be replaced. Check who else writes there.`)
}

const MERGED: readonly MergedFile[] = [
  {
    ...{ key: 'landslides', path: 'landslides.gpkg', title: 'Landslides of all results, each once' },
    ...{ mediaType: 'application/geopackage+sqlite3', roles: ['data', 'labels'] },
  },
  {
    ...{ key: 'report', path: 'report.json', title: 'What was merged, what failed and what is missing' },
    ...{ mediaType: 'application/json', roles: ['metadata'] },
  },
  {
    ...{ key: 'failures', path: 'failures.jsonl', title: 'Inputs that failed for good, and why' },
    ...{ mediaType: 'application/jsonl', roles: ['metadata'] },
  },
]

/** What an output's rasters are called in its report and in the names of files. */
const VRT_PLANES = [
  ['mask', 'mask'],
  ['probability', 'prob'],
  ['disagreement', 'disagreement'],
] as const

/**
 * Scenes on one grid as one raster, for each of the planes, each with its style for QGIS; the later scene on top.
 *
 * @returns the rasters
 */
async function writeVrts(folder: string, results: readonly RunResult[]): Promise<MergedFile[]> {
  const files: MergedFile[] = []
  const scenes = results.filter(({ input, georeference }) => input.kind === 'scene' && georeference?.crs)
  const byDate = [...scenes].sort(
    (a, b) => compare(a.input.sensed ?? '', b.input.sensed ?? '') || compare(a.output.name, b.output.name),
  )
  for (const [index, grid] of sharedGrids(byDate).entries()) {
    const name = grid.georeference!.crs!.replace(':', '')
    const suffix = index === 0 ? name : `${name}_${index + 1}`
    for (const [plane, short] of VRT_PLANES) {
      const sources = grid.members.map(({ place: { input, output, width, height } }) => {
        return { path: `../${PLACES.results}/${input.name}/${output[plane]}`, width, height }
      })
      const name = `${suffix}_${short}.vrt`
      await writeAtomically(
        join(folder, name),
        writeVrt(grid, sources, plane === 'mask' ? null : 1 / BYTE_STEPS),
      )
      await writeStyleBeside(join(folder, name))
      files.push({
        ...{
          key: name.replace(/\.vrt$/, ''),
          path: name,
          title: `${PLANES[short].title}, all scenes on a grid`,
        },
        ...{ mediaType: 'application/xml', roles: ['data'] },
      })
    }
  }
  return files
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function throughputOf(
  { manifest }: Run,
  efforts: RunThroughput['inputs'],
  results: readonly RunResult[],
): RunThroughput {
  const done = new Set(efforts.map(({ input }) => input))
  const passes = manifest.inputs.reduce((sum, { name, passes }) => sum + (done.has(name) ? passes : 0), 0)
  const seconds = efforts.reduce((sum, effort) => sum + effort.seconds, 0)
  const megapixels = results.reduce((sum, { width, height }) => sum + width * height, 0) / 1e6
  return {
    workers: new Set(efforts.map(({ worker }) => worker)).size,
    seconds,
    megapixels,
    megapixelsAnHour: seconds > 0 ? (megapixels / seconds) * 3600 : null,
    passesAnHour: seconds > 0 ? (passes / seconds) * 3600 : null,
    models: manifest.models.ids.map(({ id }) => id),
    backends: [...new Set(efforts.map(({ backend, adapter }) => `${backend}, ${adapter}`))].sort(),
    peakMemory: Math.max(0, ...efforts.map(({ peakMemory }) => peakMemory)),
    inputs: efforts,
  }
}
