import { parseManifest } from '../../../core/models/folder/manifest'
import type { ProjectStore } from '../../../storage/projectStore'
import type { ModelFacts } from '../../modelProtocol'
import type { ModelCatalogue } from '../modelCatalogue'

/** Cards are a page or two: what is longer is cut, not shown whole. */
const LONGEST_CARD = 64 * 1024

/** @throws AppError `model-invalid` where there is no such model or its manifest is damaged */
export async function modelFacts(
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
