import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import packageJson from '../../../package.json'
import { AppError } from '../../core/foundation/appError'
import { safeFileNames } from '../../core/foundation/fileNames'
import { BAND_COUNT } from '../../core/patches/bands'
import type { RefusedFile } from '../../core/patches/importPatches'
import type { PatchPixels } from '../../core/patches/patch'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { parseManifest } from '../../core/rounds/modelManifest'
import { FAMILIES } from '../../core/rounds/networks'
import type { RoundRecord } from '../../core/rounds/round'
import { georeferenceOf } from '../../core/scenes/stack'
import { runRound } from '../../engine'
import type { CommandIo } from '../node/commandIo'
import { readModelFolders } from '../node/modelFolders'
import { writeJson } from '../node/nodeFiles'
import { LOCK } from '../node/outFolder'
import type { PatchSpool } from '../node/patchSpool'
import { createRefineStore } from '../node/roundFiles'
import { noteFile, RunRecord, removeOwn } from '../node/runRecord'
import { withEvent } from '../openEvent'
import { type ProjectRequest, roundContext, roundInput, withProject } from '../projectRun'
import { inputChecker } from './checkInput'
import { chooseCells, probabilityOf, type ResultCell } from './chooseCells'
import { choicesOf, type Run, type RunManifest, readRun, thisWorker, writeManifest } from './manifest'
import { readRunStatistics } from './statistics'

/** `report.json` of the run that a round begins. */
interface RefineRunReport {
  command: 'refine'
  /** The run that was learned from, by the SHA-256 of its plan. */
  parent: string
  round: RoundRecord
  /** Pieces of its results that were learned from. */
  cells: number
  refused: RefusedFile[]
  seconds: number
}

const COMMAND = 'scarp refine --run'

/**
 * A round of a run: networks continue from those of its plan, on the labelled source and on pieces of the run's results as
 * pseudo-labels. The output folder is a run of its own then, of the same inputs in the same shards, planned with the new models.
 * The plan comes last: where there is one, the round is trained. Stopped or killed, the same call continues.
 *
 * @param count of pieces
 * @returns null where the round was trained already
 * @throws AppError as `chooseCells`, `withProject`, `runRound`
 */
export async function refineRun(
  run: Run,
  request: ProjectRequest,
  count: number,
  io: CommandIo,
): Promise<RefineRunReport | null> {
  const begin = io.now()
  const { out } = request
  // A scheduler starts a task again when it is sure that the earlier one is gone, perhaps on another machine.
  if (thisWorker().isTask) await rm(join(out, LOCK), { force: true })
  if (await isTrained(run, request)) return null
  const { statistics } = await readRunStatistics(run)
  const place = (name: string) => join(out, name)
  const index = run.manifest.round + 1
  const layout = {
    roundId: (round: number, seed: number) => `run-${run.hash.slice(0, 8)}-round-${round}-seed-${seed}`,
    models: () => place('models'),
    probabilities: (round: number) => place(`probabilities/round-${round}`),
    checkpoints: () => place('checkpoints'),
  }
  const chosen = new Map<string, ResultCell>()
  const kind = {
    target: {
      path: run.folder,
      statistics,
      async read(spool: PatchSpool, means: readonly number[]) {
        const cells = await chooseCells(run, count, request.config.seed ?? 1, io)
        await spoolCells(run, cells, means, spool, chosen, io)
      },
    },
    layout,
    command: COMMAND,
    names: () => ['models', 'probabilities', 'manifest.json'],
  }
  return withProject(request, kind, io, async project => {
    const { fileOf } = project.patches
    const before = createRefineStore(layout.probabilities, index - 1, fileOf)
    for (const [id, cell] of chosen) {
      const probability = (await probabilityOf(cell, io)).map(p => (Number.isNaN(p) ? 0 : p))
      await before.writeProbability(id, ENSEMBLE, probability)
    }
    const input = await roundInput({ index, parentRoundId: null, latest: {} }, project)
    const { record, models } = await runRound(
      input,
      roundContext(io, () => `Round ${index}`),
    )
    io.progress.clear()
    const report: RefineRunReport = {
      command: 'refine',
      parent: run.hash,
      round: record,
      cells: chosen.size,
      refused: project.refused,
      seconds: (io.now() - begin) / 1000,
    }
    await writeJson(place('report.json'), report)
    const ids = models.map(({ id, files }) => {
      const { weights } = parseManifest(files['manifest.json'] ?? new Uint8Array())
      return { id, sha256: weights.sha256 }
    })
    await noteFile(place('manifest.json'))
    await writeManifest(out, {
      ...run.manifest,
      scarp: packageJson.version,
      round: index,
      parent: run.hash,
      models: { folder: resolve(place('models')), ids },
    })
    await project.setDone()
    await removeOwn(place('checkpoints'), place('probabilities'), place('state.json'))
    return report
  })
}

/** What a round takes from the plan instead of options: its networks, with their sizes, and how they see the target. */
export async function planned({
  models: { folder },
  settings,
}: RunManifest): Promise<
  Pick<ProjectRequest['config'], 'families' | 'presets' | 'targetStatistics' | 'testTimeFlips'>
> {
  const manifests = (await readModelFolders(folder)).map(({ files }) =>
    parseManifest(files['manifest.json'] ?? new Uint8Array()),
  )
  const families = FAMILIES.filter(family => manifests.some(manifest => manifest.family === family))
  if (families.length < manifests.length) {
    throw new AppError(
      'bad-argument',
      'The run was planned with two networks of one family: a round trains one of each.',
    )
  }
  return {
    families,
    presets: Object.fromEntries(manifests.map(({ family, preset }) => [family, preset])),
    targetStatistics: settings.statistics,
    testTimeFlips: settings.flips,
  }
}

/** Whether the very same call has planned its run. */
async function isTrained(run: Run, { out, fingerprint }: ProjectRequest): Promise<boolean> {
  const record = await RunRecord.read(out)
  if (record?.head.command !== COMMAND || record.head.fingerprint !== fingerprint) return false
  const next = await readRun(out).catch(() => null)
  return next?.manifest.parent === run.hash
}

/** Reads the pixels below pieces of results into the spool, each as a patch of the target. */
async function spoolCells(
  run: Run,
  cells: readonly ResultCell[],
  means: readonly number[],
  spool: PatchSpool,
  chosen: Map<string, ResultCell>,
  io: CommandIo,
): Promise<void> {
  const check = inputChecker(run, io)
  const names = safeFileNames(cells.map(({ input, index }) => `${input.name}-${index + 1}`))
  for (const input of run.manifest.inputs) {
    const own = cells.filter(cell => cell.input === input)
    if (own.length === 0) continue
    await check(input)
    await withEvent(input.sources, choicesOf(run.manifest), means, io, async event => {
      const patches = event.spool.patches
      for (const cell of own) {
        const { window, size } = cell
        const patch = patches[cell.index]
        const scene = event.scenes[cell.index - patches.length]
        const found = patch ?? scene?.wanted.window
        if (found?.width !== size.width || found.height !== size.height) {
          throw new AppError(
            'bad-argument',
            `"${input.name}" is not what its result was made of: plan a new run.`,
          )
        }
        const read = patch
          ? cutOut(await event.spool.load(patch.id), window)
          : await scene!.pixels.read(shifted(window, scene!.wanted.window), io.signal)
        const georeference = patch ? patch.georeference : scene!.georeference
        const at = patch ? window : shifted(window, scene!.wanted.window)
        const probability = await probabilityOf(cell, io)
        const name = names[cells.indexOf(cell)]!
        const spooled = await spool.add({
          id: name,
          name,
          domain: 'target',
          width: window.width,
          height: window.height,
          data: read.data,
          // Outside the area of interest nothing was predicted, and nothing is to be learned.
          valid: Uint8Array.from(probability, (p, i) => Number(!Number.isNaN(p) && read.valid?.[i] !== 0)),
          label: null,
          scale: patch?.scale ?? 'raw',
          georeference: georeferenceOf(georeference, at),
        })
        chosen.set(spooled.id, cell)
      }
    })
  }
}

function shifted({ column, row, width, height }: PixelWindow, by: PixelWindow): PixelWindow {
  return { column: column + by.column, row: row + by.row, width, height }
}

/** A window of a patch. */
function cutOut({ width, height, data, valid }: PatchPixels, window: PixelWindow): PatchPixels {
  const area = window.width * window.height
  const cut = { data: new Float32Array(BAND_COUNT * area), valid: valid && new Uint8Array(area) }
  for (let y = 0; y < window.height; y++) {
    const from = (window.row + y) * width + window.column
    const to = y * window.width
    for (let band = 0; band < BAND_COUNT; band++) {
      const begin = band * width * height + from
      cut.data.set(data.subarray(begin, begin + window.width), band * area + to)
    }
    if (valid) cut.valid!.set(valid.subarray(from, from + window.width), to)
  }
  return { width: window.width, height: window.height, ...cut }
}
