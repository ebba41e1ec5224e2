import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { describeTargetStatistics, type TargetStatistics } from '../../core/patches/targetStatistics'
import type { PredictionOrigin } from '../../core/review/predictionOrigin'
import { domainStatistics, type PatchRecord } from '../../core/review/records'
import { type PatchScores, patchScores } from '../../core/review/uncertainty'
import { ENSEMBLE, ensembleMean } from '../../core/rounds/ensemble'
import { imageStatistics, type ModelManifest, maskThresholdOf } from '../../core/rounds/modelManifest'
import { roundOfModels } from '../../core/rounds/round'
import { loadModelFolder, predictPatch, type SegmentationNetwork } from '../../engine'
import type { ProjectStore } from '../../storage/projectStore'
import type { EngineApi, EngineEvent } from '../protocol'
import type { CallContext } from '../rpc/serveApi'
import type { ModelCatalogue } from './modelCatalogue'

/**
 * Predicts patch by patch with every model, so that the first results are there early; a patch's probabilities are
 * all stored before it is announced. A cancelled run leaves the patches done so far, whole.
 *
 * @throws AppError `bad-argument` for unknown patches or no models, `aborted`, `gpu-failed`, `storage-full`
 */
export async function predictPatches(
  store: ProjectStore,
  catalogue: ModelCatalogue,
  { patchIds, modelIds, statistics: rule }: EngineApi['predict']['request'],
  { signal, onProgress, onEvent }: CallContext<EngineEvent>,
): Promise<Omit<EngineApi['predict']['result'], 'seconds'>> {
  if (modelIds.length === 0) throw new AppError('bad-argument', 'Choose at least one model to predict with.')
  const records = await store.patches()
  const wanted = patchIds.map(id => patchOf(records, id))
  const models: { id: string; network: SegmentationNetwork; manifest: ModelManifest }[] = []
  const normalisation = new Set<string>()
  const roundId = roundOfModels(await store.rounds(), modelIds)?.id ?? null
  const byDomain = new Map<string, TargetStatistics>()
  const statisticsFor = (id: string, manifest: ModelManifest, { name, domain }: PatchRecord) => {
    const known = byDomain.get(`${domain} ${id}`)
    if (known) return known
    const own = domainStatistics(records, domain)
    if (!own) throw new AppError('bad-argument', `${name} holds no valid pixel: remove it.`)
    const used = imageStatistics(manifest, own, rule, domain)
    byDomain.set(`${domain} ${id}`, used)
    return used
  }
  try {
    for (const id of modelIds) {
      throwIfAborted(signal)
      onProgress({ label: `Loading model ${id}`, done: 0, total: wanted.length * modelIds.length })
      const { files } = await catalogue.files(id)
      const { network, manifest } = await loadModelFolder(files)
      models.push({ id, network, manifest })
    }
    const maskThreshold = maskThresholdOf(models.map(({ manifest }) => manifest))
    let done = 0
    for (const record of wanted) {
      const pixels = await store.readPixels(record.id)
      const members: Float32Array[] = []
      const texts = new Set<string>()
      for (const { id, network, manifest } of models) {
        throwIfAborted(signal)
        const patch = { ...pixels, width: record.width, height: record.height }
        const used = statisticsFor(id, manifest, record)
        const options = { domain: record.domain, scale: manifest.scale, context: { signal } }
        members.push(await predictPatch(network, patch, used.statistics, options))
        texts.add(describeTargetStatistics(used))
        const label = `Predicting ${record.name} with ${network.family}`
        onProgress({ label, done: ++done, total: wanted.length * models.length })
        await store.writeProbability(record.id, id, members.at(-1)!)
      }
      const ensemble = ensembleMean(members)
      const scores = patchScores(ensemble, members)
      await store.writeProbability(record.id, ENSEMBLE, ensemble)
      for (const text of texts) normalisation.add(text)
      const prediction: PredictionOrigin = {
        at: new Date().toISOString(),
        roundId,
        models: models.map(({ id, manifest }) => ({ id, weightsHash: manifest.weights.sha256 })),
        rule,
        normalisation: [...texts],
      }
      await store.updatePatch(record.id, { predictedBy: [...modelIds], prediction, scores })
      onEvent({ kind: 'predicted', patchId: record.id, prediction, scores, maskThreshold })
    }
    return { patchIds: wanted.map(record => record.id), maskThreshold, normalisation: [...normalisation] }
  } finally {
    for (const { network } of models) network.dispose()
  }
}

function patchOf(records: readonly PatchRecord[], id: string): PatchRecord {
  const record = records.find(candidate => candidate.id === id)
  if (record) return record
  throw new AppError('bad-argument', `There is no patch "${id}" in this project: reload the list.`)
}

/** How unsure these models are of a patch, from what is stored under their ids; null where something is missing. */
export async function scorePatch(
  store: Pick<ProjectStore, 'readProbability'>,
  patchId: string,
  modelIds: readonly string[],
): Promise<PatchScores | null> {
  const ensemble = await store.readProbability(patchId, ENSEMBLE)
  const members = await Promise.all(modelIds.map(id => store.readProbability(patchId, id)))
  const known = members.filter(member => member !== null)
  return ensemble && known.length === modelIds.length && known.length > 0
    ? patchScores(ensemble, known)
    : null
}
