import { AppError, throwIfAborted } from '../../../core/foundation/appError'
import type { EngineInfo } from '../../../core/gpu/engine'
import type { ProjectStore } from '../../../storage/projectStore'
import type { ModelApi } from '../../modelProtocol'
import type { EngineEvent } from '../../protocol'
import type { CallContext, Handlers } from '../../rpc/serveApi'
import { createModelCatalogue } from '../modelCatalogue'
import { addModel } from './addModel'
import { checkStoredModel } from './checkStoredModel'
import { exportModel } from './exportModel'
import { modelFacts } from './modelFacts'
import { recogniseCheckpoint } from './recogniseCheckpoint'

/** Gives a job its turn on an engine that can run networks. */
type OnEngine = <T>(
  context: CallContext<EngineEvent>,
  job: (engine: EngineInfo, context: CallContext<EngineEvent>) => Promise<T>,
) => Promise<T>

/** The engine worker's calls about models. Adding and checking wait for their turn; the others answer at any time. */
export function createModelApi(
  open: () => Promise<ProjectStore>,
  modelsUrl: string,
  onEngine: OnEngine,
): Handlers<ModelApi, EngineEvent> {
  const catalogue = async () => createModelCatalogue(await open(), modelsUrl)
  return {
    models: async () => (await catalogue()).all(),
    async recogniseModel({ model }, { signal }) {
      const { proposal } = await recogniseCheckpoint(model)
      throwIfAborted(signal)
      return proposal
    },
    async addModel(request, context) {
      const store = await open()
      const models = createModelCatalogue(store, modelsUrl)
      return onEngine(context, (_engine, running) =>
        addModel(store, models, request, new Date().toISOString(), running),
      )
    },
    async removeModel({ modelId }) {
      const store = await open()
      if (!(await store.importedModels()).some(({ id }) => id === modelId)) {
        throw new AppError(
          'bad-argument',
          `"${modelId}" was not imported: starters and the models of rounds stay.`,
        )
      }
      await store.removeImportedModel(modelId)
      return null
    },
    modelFacts: async ({ modelId }) => modelFacts(await open(), await catalogue(), modelId),
    async checkModel({ modelId }, context) {
      const models = await catalogue()
      return onEngine(context, (engine, running) => checkStoredModel(models, modelId, engine, running))
    },
    exportModel: async request => exportModel(await catalogue(), request),
  }
}
