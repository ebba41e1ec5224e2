import { zipFiles } from '../../../core/export/zipFiles'
import { AppError, throwIfAborted } from '../../../core/foundation/appError'
import { safeFileName } from '../../../core/foundation/fileNames'
import type { JobContext } from '../../../core/foundation/job'
import type { EngineInfo } from '../../../core/rounds/engineInfo'
import { GOLDEN_TOLERANCE, parseManifest } from '../../../core/rounds/modelManifest'
import { checkModel, forPeer, loadModelFolder, readSafetensors, writeSafetensors } from '../../../engine'
import type { ProjectStore } from '../../../storage/projectStore'
import type { EngineEvent } from '../../protocol'
import type { ModelApi, ModelCheck, ModelFacts } from '../../protocolModels'
import type { Handlers } from '../../rpc/serveApi'
import type { OnEngine } from '../engineSession'
import { createModelCatalogue, type ModelCatalogue } from '../modelCatalogue'
import { addModel } from './addModel'
import { recogniseCheckpoint } from './recogniseCheckpoint'

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

/**
 * Runs a model on its golden input, on the engine that runs.
 *
 * @throws AppError `model-invalid` where it has no golden outputs or is damaged, `aborted`
 */
async function checkStoredModel(
  catalogue: ModelCatalogue,
  modelId: string,
  engine: Pick<EngineInfo, 'backend' | 'adapter'>,
  { signal, onProgress }: JobContext,
): Promise<ModelCheck> {
  const begin = performance.now()
  onProgress?.({ label: `Loading ${modelId}`, done: 0, total: 2 })
  const { files } = await catalogue.folder(modelId)
  const { network, golden } = await loadModelFolder(files)
  try {
    throwIfAborted(signal)
    if (!golden) {
      throw new AppError(
        'model-invalid',
        'This model has no golden outputs to compare with: it came without golden.safetensors.',
      )
    }
    onProgress?.({ label: `Checking ${modelId} against its golden outputs`, done: 1, total: 2 })
    const largest = await checkModel(network, golden)
    throwIfAborted(signal)
    const { backend, adapter } = engine
    const seconds = (performance.now() - begin) / 1000
    return {
      largest,
      tolerance: GOLDEN_TOLERANCE,
      passed: largest <= GOLDEN_TOLERANCE,
      backend,
      adapter,
      seconds,
    }
  } finally {
    network.dispose()
  }
}

/** Cards are a page or two: what is longer is cut, not shown whole. */
const LONGEST_CARD = 64 * 1024

/** @throws AppError `model-invalid` where there is no such model or its manifest is damaged */
async function modelFacts(
  store: ProjectStore,
  catalogue: ModelCatalogue,
  modelId: string,
): Promise<ModelFacts> {
  const files = await catalogue.texts(modelId)
  const manifest = parseManifest(files['manifest.json'] ?? new Uint8Array())
  const card = files['MODEL_CARD.md']
  const record = (await store.importedModels()).find(({ id }) => id === modelId)
  return {
    manifest,
    card: card ? new TextDecoder().decode(card.subarray(0, LONGEST_CARD)) : null,
    notes: record?.notes ?? [],
  }
}

/**
 * A model as a file to keep: its folder, or for PyTorch its weights with one domain's statistics, so that
 * `load_state_dict` finds exactly the keys that the peer has.
 */
async function exportModel(
  catalogue: ModelCatalogue,
  { modelId, format }: ModelApi['exportModel']['request'],
): Promise<ModelApi['exportModel']['result']> {
  if (format === 'folder') {
    const { files } = await catalogue.folder(modelId)
    const members = Object.entries(files).map(([name, bytes]) => ({
      name: `${safeFileName(modelId)}/${safeFileName(name)}`,
      bytes: bytes as Uint8Array<ArrayBuffer>,
    }))
    return { fileName: `${safeFileName(modelId)}.zip`, blob: await zipFiles(members) }
  }
  const { files } = await catalogue.files(modelId)
  const { tensors } = readSafetensors(files['weights.safetensors']!)
  const bytes = writeSafetensors(forPeer(tensors, { domain: format }), { format: 'pt' })
  return {
    fileName: `${safeFileName(modelId)}-${format}.safetensors`,
    blob: new Blob([bytes as Uint8Array<ArrayBuffer>]),
  }
}
