import { AppError, toAppError } from '../../core/foundation/appError'
import { type ModelManifest, parseManifest } from '../../core/rounds/modelManifest'
import type { NetworkFamily } from '../../core/rounds/networks'
import type { ModelFiles } from '../../engine'
import type { ProjectStore } from '../../storage/projectStore'
import type { DamagedModel, ModelSummary } from '../protocolModels'
import { starterModels } from '../starterModels'

/** Where models come from: the starters of the app, what was imported, and the rounds of the project. */
export interface ModelCatalogue {
  /** Starters, imported ones in order of arrival, rounds' from the latest on. Weights are not read. */
  all(): Promise<{ models: ModelSummary[]; damaged: DamagedModel[] }>
  /** Manifest and weights. @throws AppError `model-invalid` if there is no such model here. */
  files(modelId: string): Promise<ModelFiles>
  /** The whole folder, golden outputs and card included. @throws AppError `model-invalid` */
  folder(modelId: string): Promise<ModelFiles>
  /** Manifest and card, which are small. @throws AppError `model-invalid` */
  texts(modelId: string): Promise<Record<string, Uint8Array>>
  manifest(modelId: string): Promise<ModelManifest>
  /**
   * What a network of the next round starts from: the parent round's (by default the latest), else a starter; null:
   * neither is there.
   */
  parent(family: NetworkFamily, preset: string, parentRoundId?: string): Promise<ModelFiles | null>
}

const WEIGHTS = 'weights.safetensors'

const MANIFEST = 'manifest.json'

const CARD = 'MODEL_CARD.md'

const OPTIONAL = ['golden.safetensors', CARD]

interface Listed {
  id: string
  origin: ModelSummary['origin']
  round: number | null
  roundId: string | null
  current: boolean
  needsTraining: boolean
}

/** @param modelsUrl folder of the starters, ending in a slash, on our own origin. */
export function createModelCatalogue(store: ProjectStore, modelsUrl: string): ModelCatalogue {
  const starters = starterModels(modelsUrl)

  /** The named files of a model, from the project or from the app. */
  const read = async (id: string, names: readonly string[], optional: readonly string[] = []) => {
    const stored = await store.readModel(id, [...names, ...optional])
    if (stored) return stored
    if ((await starters.ids()).includes(id)) return starters.read(id, names, optional)
    throw new AppError(
      'model-invalid',
      `There is no model "${id}" in this project: choose one from the list.`,
    )
  }
  const files = async (id: string): Promise<ModelFiles> => ({
    id,
    files: await read(id, [MANIFEST, WEIGHTS]),
  })
  const manifest = async (id: string): Promise<ModelManifest> =>
    parseManifest((await read(id, [MANIFEST]))[MANIFEST] ?? new Uint8Array())

  const list = async (): Promise<Listed[]> => {
    const [ids, imported, rounds] = await Promise.all([
      starters.ids(),
      store.importedModels(),
      store.rounds(),
    ])
    const plain = { round: null, roundId: null, current: false, needsTraining: false }
    const latest = rounds.at(-1)
    const kept = new Set(latest?.kept?.map(({ modelId }) => modelId))
    return [
      ...ids.map(id => ({ ...plain, id, origin: 'starter' as const, current: !latest || kept.has(id) })),
      ...imported.map(({ id, needsTraining }) => ({
        ...plain,
        id,
        origin: 'imported' as const,
        current: kept.has(id),
        needsTraining,
      })),
      ...rounds.toReversed().flatMap(round =>
        round.networks.map(({ modelId }) => ({
          ...plain,
          id: modelId,
          origin: 'round' as const,
          round: round.index,
          roundId: round.id,
          current: round === latest || kept.has(modelId),
        })),
      ),
    ]
  }
  const summary = async ({ needsTraining, roundId: _, ...listed }: Listed): Promise<ModelSummary> => {
    const { title, family, preset, bands, classes, parameters, golden, training } = await manifest(listed.id)
    return {
      ...listed,
      title,
      family,
      preset,
      bands,
      classes,
      parameters,
      heldOutF1: training.heldOut?.f1 ?? null,
      canPredict: !needsTraining,
      hasGolden: golden !== null,
    }
  }

  return {
    async all() {
      const models: ModelSummary[] = []
      const damaged: DamagedModel[] = []
      for (const listed of await list()) {
        try {
          models.push(await summary(listed))
        } catch (thrown) {
          damaged.push({ id: listed.id, origin: listed.origin, message: toAppError(thrown).message })
        }
      }
      return { models, damaged }
    },
    files,
    folder: async id => ({ id, files: await read(id, [MANIFEST, WEIGHTS], OPTIONAL) }),
    texts: id => read(id, [MANIFEST], [CARD]),
    manifest,
    async parent(family, preset, parentRoundId) {
      const listed = await list()
      const rounds = await store.rounds()
      const wanted = parentRoundId ?? rounds.at(-1)?.id
      const kept = rounds.find(({ id }) => id === wanted)?.kept?.map(({ modelId }) => modelId) ?? []
      const candidates = [
        ...listed.filter(({ origin, roundId }) => origin === 'round' && roundId === wanted),
        ...listed.filter(({ id }) => kept.includes(id)),
        ...listed.filter(({ origin }) => origin === 'starter'),
      ]
      for (const { id } of candidates) {
        const model = await manifest(id)
        if (model.family === family && model.preset === preset) return files(id)
      }
      return null
    },
  }
}
