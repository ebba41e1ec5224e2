import type { EngineApi, EngineClient, EngineEvent, FilesApi, FilesClient, ImportEvent } from './protocol'
import { callApi } from './rpc/callApi'

/** The worker that decodes, renders and exports; started on its first call, and again after a crash. */
export function createFilesClient(): FilesClient {
  return callApi<FilesApi, ImportEvent>(
    'files worker',
    () => new Worker(new URL('./files.worker.ts', import.meta.url), { type: 'module', name: 'files' }),
  )
}

/** The worker that owns TensorFlow.js and the GPU; started on its first call, and again after a crash. */
export function createEngineClient(): EngineClient {
  return callApi<EngineApi, EngineEvent>(
    'engine worker',
    () => new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module', name: 'engine' }),
  )
}
