import { FIRST_PROJECT } from '../storage/projects'
import engineWorker from './engine.worker.ts?worker&url'
import filesWorker from './files.worker.ts?worker&url'
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

/**
 * A worker under the page's own content security policy. One made from a file has only the policy that came with the
 * file, which is none on a host that sends no headers; one made from a blob takes its creator's.
 *
 * @param title ends its address, by which the browser's tools and tests tell workers apart
 * @param file address of the worker's module, relative to the page
 */
function guardedWorker(title: string, file: string, name: string): Worker {
  const start = `import ${JSON.stringify(new URL(file, document.baseURI).href)}`
  const address = URL.createObjectURL(new Blob([start], { type: 'text/javascript' }))
  const worker = new Worker(`${address}#${title}`, { type: 'module', name })
  // Its first message comes after it was read.
  worker.addEventListener('message', () => URL.revokeObjectURL(address), { once: true })
  return worker
}
