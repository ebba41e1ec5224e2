import { AppError, throwIfAborted } from '../../core/foundation/appError'
import type { Progress } from '../../core/foundation/job'
import type { Domain } from '../../core/patches/patch'
import type { BandStatistics } from '../../core/patches/statistics'
import { describeTargetStatistics } from '../../core/patches/targetStatistics'
import type { PredictionOrigin } from '../../core/review/predictionOrigin'
import { domainStatistics, type PatchRecord } from '../../core/review/records'
import { type PatchScores, patchScores } from '../../core/review/uncertainty'
import { ENSEMBLE, ensembleMean } from '../../core/rounds/ensemble'
import {
  imageStatistics,
  learnedMeans,
  type ModelManifest,
  maskThresholdOf,
} from '../../core/rounds/modelManifest'
import { roundOfModels } from '../../core/rounds/round'
import { samplesWithMeans } from '../../core/scenes/absentBands'
import {
  type CellPlan,
  loadModelFolder,
  planCells,
  predictPatch,
  type SceneNetwork,
  type SegmentationNetwork,
} from '../../engine'
import type { ProjectStore } from '../../storage/projectStore'
import type { EngineApi, EngineEvent } from '../protocol'
import type { CallContext } from '../rpc/serveApi'
import type { ModelCatalogue } from './modelCatalogue'
import { byScene, type PieceStore, SceneReader } from './sceneOfCells'

/** What a prediction reads and writes of a project. */
export type PredictionStore = PieceStore &
  Pick<ProjectStore, 'patches' | 'scenes' | 'rounds' | 'readPixels' | 'writeProbability' | 'updatePatch'>

/**
 * Predicts patch by patch with every model, and scenes by their own windows, cell by cell as each is whole, so that the
 * first results are there early; a patch's probabilities are all stored before it is announced. A cancelled run leaves
 * the patches done so far, whole.
 *
 * @throws AppError `bad-argument` for unknown patches or no models, `aborted`, `gpu-failed`, `storage-full`
 */
export async function predictPatches(
  store: PredictionStore,
  catalogue: Pick<ModelCatalogue, 'files'>,
  { patchIds, modelIds, statistics: rule }: EngineApi['predict']['request'],
  { signal, onProgress, onEvent }: CallContext<EngineEvent>,
): Promise<Omit<EngineApi['predict']['result'], 'seconds'>> {
  if (modelIds.length === 0) throw new AppError('bad-argument', 'Choose at least one model to predict with.')
  const records = await store.patches()
  let sampled = await store.scenes()
  const known = new Map(records.map(record => [record.id, record]))
  const wanted = patchIds.map(id => patchOf(known, id))
  const models: { id: string; network: SegmentationNetwork; manifest: ModelManifest }[] = []
  const normalisation = new Set<string>()
  const roundId = roundOfModels(await store.rounds(), modelIds)?.id ?? null
  const own = new Map<Domain, BandStatistics>()
  const statisticsFor = (manifest: ModelManifest, { name, domain }: PatchRecord) => {
    const statistics = own.get(domain) ?? domainStatistics(records, domain, sampled)
    if (!statistics) throw new AppError('bad-argument', `${name} holds no valid pixel: remove it.`)
    own.set(domain, statistics)
    return imageStatistics(manifest, statistics, rule, domain)
  }
  try {
    for (const id of modelIds) {
      throwIfAborted(signal)
      onProgress({ label: `Loading model ${id}`, done: 0, total: wanted.length * modelIds.length })
      const { files } = await catalogue.files(id)
      const { network, manifest } = await loadModelFolder(files)
      models.push({ id, network, manifest })
    }
    // As `scarp predict` fills the bands that a product does not have, whichever models were at hand when it was added.
    const means = learnedMeans(models)
    if (means) sampled = sampled.map(scene => ({ ...scene, samples: samplesWithMeans(scene, means) }))
    const maskThreshold = maskThresholdOf(models.map(({ manifest }) => manifest))
    const announce = async (record: PatchRecord, members: readonly Float32Array[], texts: string[]) => {
      const ensemble = ensembleMean(members)
      const scores = patchScores(ensemble, members)
      await store.writeProbability(record.id, ENSEMBLE, ensemble)
      for (const text of texts) normalisation.add(text)
      const prediction: PredictionOrigin = {
        at: new Date().toISOString(),
        roundId,
        models: models.map(({ id, manifest }) => ({ id, weightsHash: manifest.weights.sha256 })),
        rule,
        normalisation: texts,
      }
      await store.updatePatch(record.id, { predictedBy: [...modelIds], prediction, scores })
      onEvent({ kind: 'predicted', patchId: record.id, prediction, scores, maskThreshold })
    }
    const groups: Group[] = []
    const reader = new SceneReader(store, means)
    for (const { sceneId, domain, patches } of byScene(wanted)) {
      const used = models.map(({ manifest }) => statisticsFor(manifest, patches[0]!))
      const texts = [...new Set(used.map(describeTargetStatistics))]
      const networks = models.map(({ network, manifest: { scale } }, i) => {
        return { network, statistics: used[i]!.statistics, scale }
      })
      if (sceneId === null) {
        groups.push({ units: patches.length * models.length, patches, domain, networks, texts, cells: null })
        continue
      }
      const scene = await reader.open(sceneId)
      const ids = patches.map(({ id }) => id)
      const plan = await planCells(scene, ids, networks, signal)
      const cells = { plan, name: scene.name }
      groups.push({ units: plan.windows * models.length, patches, domain, networks, texts, cells })
    }
    const total = groups.reduce((sum, { units }) => sum + units, 0)
    let before = 0
    for (const { units, patches, domain, networks, texts, cells } of groups) {
      if (cells) {
        const context = {
          signal,
          onProgress: ({ label, done }: Progress) =>
            onProgress({
              label: `Predicting ${cells.name}, ${label.toLowerCase()}`,
              done: before + done * models.length,
              total,
            }),
        }
        for await (const { id, members } of cells.plan.predict({ domain, context })) {
          throwIfAborted(signal)
          for (const [i, member] of members.entries()) await store.writeProbability(id, models[i]!.id, member)
          await announce(patchOf(known, id), members, texts)
        }
      } else {
        let done = before
        for (const record of patches) {
          const pixels = await store.readPixels(record.id)
          const members: Float32Array[] = []
          for (const [i, { network, statistics, scale }] of networks.entries()) {
            throwIfAborted(signal)
            const patch = { ...pixels, width: record.width, height: record.height }
            const label = `Predicting ${record.name} with ${network.family}`
            const context = {
              signal,
              onProgress: (within: Progress) =>
                onProgress({ label: `${label}, ${within.label.toLowerCase()}`, done, total }),
            }
            members.push(await predictPatch(network, patch, statistics, { domain, scale, context }))
            onProgress({ label, done: ++done, total })
            await store.writeProbability(record.id, models[i]!.id, members.at(-1)!)
          }
          await announce(record, members, texts)
        }
      }
      before += units
    }
    return { patchIds: wanted.map(record => record.id), maskThreshold, normalisation: [...normalisation] }
  } finally {
    for (const { network } of models) network.dispose()
  }
}

/** Patches of one domain that are predicted one by one, or the cells of a scene. */
interface Group {
  /** Of progress: a patch, or a window of a scene, by one network. */
  units: number
  patches: PatchRecord[]
  domain: Domain
  networks: SceneNetwork[]
  /** By what the networks z-score them. */
  texts: string[]
  cells: { plan: CellPlan; name: string } | null
}

function patchOf(records: ReadonlyMap<string, PatchRecord>, id: string): PatchRecord {
  const record = records.get(id)
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
