import { AppError, throwIfAborted } from '../../../core/foundation/appError'
import type { JobContext } from '../../../core/foundation/progress'
import type { EngineInfo } from '../../../core/gpu/engine'
import { checkModel } from '../../../core/models/folder/golden'
import { loadModelFolder } from '../../../core/models/loadModelFolder'
import type { ModelCheck } from '../../modelProtocol'
import type { ModelCatalogue } from '../modelCatalogue'

/** Float32 on another adapter stays well below this; see `checkModel`. */
const TOLERANCE = 1e-3

/**
 * Runs a model on its golden input, on the engine that runs.
 *
 * @throws AppError `model-invalid` where it has no golden outputs or is damaged, `aborted`
 */
export async function checkStoredModel(
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
    return { largest, tolerance: TOLERANCE, passed: largest <= TOLERANCE, backend, adapter, seconds }
  } finally {
    network.dispose()
  }
}
