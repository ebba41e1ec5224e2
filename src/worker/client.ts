import { FIRST_PROJECT } from '../storage/projects'
import engineWorker from './engine.worker.ts?worker&url'
import filesWorker from './files.worker.ts?worker&url'
import { guardedWorker } from './guardedWorker'
import type { EngineApi, EngineClient, EngineEvent, FilesApi, FilesClient, ImportEvent } from './protocol'
import { callApi } from './rpc/callApi'

/**
 * The worker that decodes, renders and exports; started on its first call, and again after a crash.
 *
 * @param projectId of the project that it works on: a worker's name says which
 */
export function createFilesClient(projectId = FIRST_PROJECT): FilesClient {
  return callApi<FilesApi, ImportEvent>('files worker', () => guardedWorker('files', filesWorker, projectId))
}

/** The worker that owns TensorFlow.js and the GPU; as `createFilesClient`. */
export function createEngineClient(projectId = FIRST_PROJECT): EngineClient {
  return callApi<EngineApi, EngineEvent>('engine worker', () =>
    guardedWorker('engine', engineWorker, projectId),
  )
}
