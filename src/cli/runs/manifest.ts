import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { AppError } from '../../core/foundation/appError'
import { z } from '../../core/foundation/schema'
import { VALUE_SCALES } from '../../core/patches/patch'
import { STATISTICS_RULES } from '../../core/patches/targetStatistics'
import { thisWorker } from '../node/thisWorker'
import type { SceneChoices } from '../sceneOptions'

/** Of a run: `run/manifest.json`, written once. */
const MANIFEST = 'manifest.json'

const fileSchema = z.object({ path: z.string(), size: z.number(), sha256: z.string() })

const inputSchema = z.object({
  /** A safe file name, unique in the run: what its results are called. */
  name: z.string().regex(/^[^/\\]+$/),
  kind: z.enum(['scene', 'patches']),
  /** Files and folders that hold it, absolute. */
  sources: z.array(z.string()),
  /** Every file among them. */
  files: z.array(fileSchema),
  /** What is asked for of it. */
  pixels: z.number().int().nonnegative(),
  /** Passes of a network over a window of 256 x 256 pixels at its scale, of all models together. */
  passes: z.number().int().nonnegative(),
  sensed: z.string().nullable(),
  /** From 0. */
  shard: z.number().int().nonnegative(),
})

/** One scene, or one file of patches: what a worker takes at a time. */
export type RunInput = z.output<typeof inputSchema>

const manifestSchema = z.object({
  version: z.literal(1),
  /** Of the program that made it. */
  scarp: z.string(),
  /** 1; more of a run that a round of another one planned. */
  round: z.number().int().positive().default(1),
  /** Of the run whose results its models learned from: SHA-256 (hex) of its plan. */
  parent: z.string().nullable().default(null),
  models: z.object({
    /** Absolute, or within the run's folder. */
    folder: z.string(),
    ids: z.array(z.object({ id: z.string(), sha256: z.string() })),
  }),
  settings: z.object({
    threshold: z.number().nullable(),
    valueScale: z.enum(['auto', ...VALUE_SCALES]),
    scale: z.number().nullable(),
    flips: z.boolean(),
    statistics: z.enum(STATISTICS_RULES),
    terrain: z.object({ elevation: z.array(z.string()), slope: z.string().nullable() }),
    area: z.string().nullable(),
    quantification: z.number().nullable(),
    offset: z.number().nullable(),
    resampling: z.enum(['nearest', 'bilinear']),
  }),
  /** Of terrain and area, which all inputs share. */
  shared: z.array(fileSchema),
  shards: z.number().int().positive(),
  inputs: z.array(inputSchema),
  /** What was found and cannot be used. */
  refused: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })),
})

/** The plan of a run: what is predicted, by what, and which shard does it. Nothing changes it. */
export type RunManifest = z.output<typeof manifestSchema>

/** A run as a worker finds it. */
export interface Run {
  folder: string
  manifest: RunManifest
  /** SHA-256 (hex) of the manifest's bytes: results of another plan are not taken for those of this one. */
  hash: string
}

/** @throws AppError `bad-argument` where there is no plan, or it is damaged */
export async function readRun(folder: string): Promise<Run> {
  const path = join(folder, MANIFEST)
  const bytes = await readFile(path).catch(() => null)
  if (!bytes) {
    throw new AppError('bad-argument', `"${folder}" holds no run: scarp plan ... --out ${folder} makes one.`)
  }
  try {
    const manifest = manifestSchema.parse(JSON.parse(bytes.toString('utf8')))
    return { folder, manifest, hash: createHash('sha256').update(bytes).digest('hex') }
  } catch (cause) {
    throw new AppError('bad-argument', `"${path}" is damaged, or of another version: plan the run again.`, {
      cause,
    })
  }
}

/** @throws AppError `bad-argument` where a plan is there already */
export async function writeManifest(folder: string, manifest: RunManifest): Promise<void> {
  await mkdir(folder, { recursive: true })
  const file = await open(join(folder, MANIFEST), 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    throw new AppError(
      'bad-argument',
      `"${folder}" holds a run already, and a plan never changes. Give another --out.`,
    )
  })
  try {
    await file.writeFile(`${JSON.stringify(manifestSchema.parse(manifest), null, 1)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Where the models of a run lie: those of a later round in its own folder, which may be moved. */
export function modelsFolder({ folder, manifest }: Run): string {
  return resolve(folder, manifest.models.folder)
}

/**
 * What all rounds of a run have in common: SHA-256 (hex) of the bytes of their inputs and of how these are read. Pieces of one
 * round are those of another where it is the same.
 */
export function eventOf({ manifest: { inputs, shared, settings } }: Run): string {
  const hashes = (files: RunInput['files']) => files.map(({ sha256 }) => sha256)
  const { valueScale, quantification, offset, resampling } = settings
  const content = [
    inputs.map(({ name, files }) => [name, hashes(files)]),
    hashes(shared),
    [valueScale, quantification, offset, resampling],
  ]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

/** SHA-256 (hex) of what is planned, however it is shared out: of the plan without its shards. */
export function workOf({ manifest }: Run): string {
  const content = {
    ...manifest,
    shards: 0,
    inputs: manifest.inputs.map(input => ({ ...input, shard: 0 })),
  }
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}

/** Choices of a plan, as the code that opens scenes takes them. */
export function choicesOf({
  settings,
}: RunManifest): SceneChoices & Pick<RunManifest['settings'], 'valueScale'> {
  const { terrain, area, quantification, offset, resampling, valueScale } = settings
  return { terrain, area, quantification, offset, resampling, valueScale }
}

/** Where the parts of a run lie. */
export const PLACES = {
  /** Of each input, what the event's statistics need of it. */
  samples: 'statistics',
  /** Of the event. */
  statistics: 'statistics.json',
  /** A folder for each input that is done. */
  results: 'results',
  /** A file for each input that cannot be done. */
  failures: 'failures',
  /** Of each input, a mark for each time that it was begun, and for each that its worker was asked to stop. */
  attempts: 'attempts',
} as const

const failureSchema = z.object({ input: z.string(), code: z.string(), message: z.string() })

/** Why an input cannot be done, however often it is tried. */
export type Failure = z.output<typeof failureSchema>

export async function readFailure({ folder }: Run, input: string): Promise<Failure | null> {
  const text = await readFile(join(folder, PLACES.failures, `${input}.json`), 'utf8').catch(() => null)
  return text === null ? null : failureSchema.parse(JSON.parse(text))
}

export function writeFailure({ folder }: Run, failure: Failure): Promise<void> {
  return writeDurably(join(folder, PLACES.failures, `${failure.input}.json`), `${JSON.stringify(failure)}\n`)
}

const doneSchema = z.object({
  manifest: z.string(),
  input: z.string(),
  /** Of the event's statistics that it was z-scored by. */
  statistics: z.string(),
  outputs: z.array(z.object({ file: z.string(), bytes: z.number(), sha256: z.string() })),
  refused: z.array(z.object({ path: z.string(), code: z.string(), message: z.string() })),
})

/** The last file of a result: it is whole. */
export type Done = z.output<typeof doneSchema>

export const DONE = 'done.json'

/** The result of an input; null where there is none that is whole and of this plan. Its files are not read. */
export async function readDone({ folder, hash }: Run, input: string): Promise<Done | null> {
  const text = await readFile(join(folder, PLACES.results, input, DONE), 'utf8').catch(() => null)
  if (text === null) return null
  try {
    const done = doneSchema.parse(JSON.parse(text))
    return done.manifest === hash && done.input === input ? done : null
  } catch {
    return null
  }
}

/** Size and SHA-256 (hex) of a file, read in pieces. */
export async function fileHash(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(piece)
    bytes += piece.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** Writes a file under a name of its own, flushes it to the disk, and renames it: whole or not at all, after a power cut too. */
export async function writeDurably(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const aside = `${path}.${thisWorker().name}.part`
  const file = await open(aside, 'w')
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(aside, path)
}

/** Flushes all files of a folder, and the folder, to the disk. */
export async function flushFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await flush(join(folder, name))
  await flush(folder)
}

export async function flush(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Where schedulers say which task of an array runs. */
const INDEX_VARIABLES = ['SLURM_ARRAY_TASK_ID', 'JOB_COMPLETION_INDEX', 'AWS_BATCH_JOB_ARRAY_INDEX']

/**
 * The number of the scheduler's task in its array.
 *
 * @throws AppError `bad-argument` where no scheduler says it
 */
export function schedulersNumber(): number {
  const [variable] = INDEX_VARIABLES.filter(name => process.env[name])
  if (variable !== undefined) return Number(process.env[variable])
  throw new AppError('bad-argument', `No scheduler says a number: ${INDEX_VARIABLES.join(', ')}.`)
}

/**
 * The shard that is asked for: `--shard`, else what the scheduler says.
 *
 * @throws AppError `bad-argument` where nobody says it, or the run has no such shard
 */
export function shardOf(given: number | undefined, { manifest }: Run): number {
  const [variable] = INDEX_VARIABLES.filter(name => process.env[name])
  const shard = given ?? (variable === undefined ? undefined : Number(process.env[variable]))
  if (shard === undefined) {
    throw new AppError(
      'bad-argument',
      `--shard is missing, and no scheduler says it (${INDEX_VARIABLES.join(', ')}).`,
    )
  }
  if (!Number.isInteger(shard) || shard < 0 || shard >= manifest.shards) {
    const from = given === undefined ? ` (of ${variable})` : ''
    throw new AppError(
      'bad-argument',
      `The run has shards 0 to ${manifest.shards - 1}, no shard ${shard}${from}.`,
    )
  }
  return shard
}
