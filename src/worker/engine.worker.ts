import { openOnce } from '../storage/openProjectStore'
import { FIRST_PROJECT } from '../storage/projects'
import { createEngineApi } from './engine/engineApi'
import { wasmPath } from './engine/wasmBinary'
import { guardedWorker } from './guardedWorker'
import type { EngineApi, EngineEvent } from './protocol'
import { announceLife, serveApi } from './rpc/serveApi'
import { modelsUrl } from './starterModels'
import wasmThread from './wasmThread.worker.ts?worker&url'

/** A worker is named after its project (`createEngineClient`). */
const projectId = self.name || FIRST_PROJECT

serveApi<EngineApi, EngineEvent>(
  self,
  createEngineApi({
    open: openOnce(projectId),
    modelsUrl: modelsUrl(import.meta.url),
    wasm: {
      wasmPath: wasmPath(import.meta.url),
      wasmHelper: () => guardedWorker('wasm', wasmThread),
    },
  }),
)
announceLife(self)
