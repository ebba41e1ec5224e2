import { Readable } from 'node:stream'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { zipStream } from '../../core/export/zipFiles'
import { throwIfAborted } from '../../core/foundation/appError'
import { uniqueName } from '../../core/foundation/uniqueNames'
import { archiveEntries, type ProjectFile } from '../../core/project/archiveEntries'
import { PROJECT_ID, type ProjectRecords } from '../../core/project/projectRecords'
import { pixelFileParts } from '../../core/project/rasterFiles'
import type { PredictionOrigin } from '../../core/review/predictionOrigin'
import { type PatchScores, patchScores } from '../../core/review/uncertainty'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { maskThresholdOf, parseManifest } from '../../core/rounds/modelManifest'
import { meansOf } from '../modelStatistics'
import type { CommandIo } from '../node/commandIo'
import { readModelFolders } from '../node/modelFolders'
import { PatchSpool } from '../node/patchSpool'
import { streamFile } from '../node/scratchStore'
import { chooseCells, type ResultCell, readShares } from './chooseCells'
import { eventOf, modelsFolder, type Run } from './manifest'
import { readCells } from './readCells'

export interface ArchiveRequest {
  /** Of the archive. */
  out: string
  /** Pieces that are drawn. */
  count: number
  seed: number
  /** ISO 8601: when it is made. */
  at: string
}

/**
 * Draws pieces of a run's results, as a round does, and writes them as a project archive that the studio opens for review: pixels,
 * the ensemble's probabilities, and how unsure it is. The networks themselves are not in it.
 *
 * @returns how many pieces it holds
 * @throws AppError as `chooseCells`, `readCells`, `aborted`
 */
export async function archiveRun(run: Run, request: ArchiveRequest, io: CommandIo): Promise<number> {
  const { manifest } = run
  const { out, count, seed, at } = request
  const cells = await chooseCells(run, count, seed, io)
  const manifests = (await readModelFolders(modelsFolder(run))).map(({ id, files }) => {
    return { id, manifest: parseManifest(files['manifest.json'] ?? new Uint8Array()) }
  })
  const means = await meansOf(manifests, io)
  const threshold = manifest.settings.threshold ?? maskThresholdOf(manifests.map(model => model.manifest))
  const records: ProjectRecords = {
    project: [
      {
        ...{ id: PROJECT_ID, name: `Run ${run.hash.slice(0, 8)}, round ${manifest.round}`, createdAt: at },
        ...{ threshold, thresholdChosen: true },
      },
    ],
    ...{ patches: [], scenes: [], history: [], rounds: [], importedModels: [], pointAudits: [] },
    ...{ auditLog: [], unfinishedRounds: [] },
  }
  const prediction: PredictionOrigin = {
    at,
    roundId: null,
    models: manifest.models.ids.map(({ id, sha256: weightsHash }) => ({ id, weightsHash })),
    rule: manifest.settings.statistics,
    normalisation: [],
  }
  const event = eventOf(run)
  const spool = await PatchSpool.temporary()
  const drawn = new Map<string, ResultCell>()
  try {
    await readCells(run, cells, means, io, async ({ cell, patch }) => {
      drawn.set((await spool.add(patch)).id, cell)
    })
    const names = new Set<string>()
    async function* files(): AsyncGenerator<ProjectFile> {
      for (const [order, spooled] of spool.patches.entries()) {
        throwIfAborted(io.signal)
        io.progress.update({ label: 'Writing the archive', done: order, total: cells.length })
        const { name, width, height, scale, georeference, statistics } = spooled
        const cell = drawn.get(spooled.id)!
        const { input, index, window } = cell
        const id = uniqueName(name.replace(/[^\p{L}\p{N}_.~-]+/gu, '-'), names)
        const { data, valid } = await spool.load(spooled.id)
        const probability = await readShares(cell.probability, window, io)
        records.patches.push({
          ...{ id, order, name, path: input.sources[0] ?? name, domain: 'target', width, height },
          ...{ hasLabel: false, heldOut: false, scale, georeference, problems: [], statistics },
          ...{ predictedBy: manifest.models.ids.map(model => model.id), prediction },
          scores: await scoresOf(cell, probability, valid, io),
          drawn: { event, input: input.name, index, window },
        })
        const place = encodeURIComponent(id)
        const pixels = pixelFileParts(width, height, { data, valid, label: null })
        yield { name: `pixels/${place}`, content: await wholeFile(pixels) }
        yield { name: `probabilities/${place}/${ENSEMBLE}`, content: await wholeFile([probability]) }
      }
    }
    const zip = zipStream(archiveEntries(records, files()))
    await streamFile(out, Readable.fromWeb(zip as NodeStream))
    io.progress.clear()
    return records.patches.length
  } finally {
    await spool.remove()
  }
}

async function wholeFile(parts: readonly ArrayBufferView[]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer())
}

/** Of the networks' answers a result keeps how far they differ: here one of them says 0, another that. */
async function scoresOf(
  { disagreement, window }: ResultCell,
  probability: Float32Array,
  valid: Uint8Array | null,
  io: CommandIo,
): Promise<PatchScores> {
  const differ = disagreement && (await readShares(disagreement, window, io))
  return patchScores(probability, differ ? [differ.map(value => value * 0), differ] : [probability], valid)
}
