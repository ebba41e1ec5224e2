import { openOnce } from '../storage/openProjectStore'
import { FIRST_PROJECT } from '../storage/projects'
import { createEngineApi } from './engine/engineApi'
import { wasmPath } from './engine/wasmBinary'
import type { EngineApi, EngineEvent } from './protocol'
import { announceLife, serveApi } from './rpc/serveApi'

/** A worker is named after its project (`createEngineClient`). */
const projectId = self.name || FIRST_PROJECT

/** The build's folder: a worker lies in its assets/. */
const root = new URL(import.meta.env.DEV ? '/' : '../', import.meta.url)
const models = new URL('models/', root).href

serveApi<EngineApi, EngineEvent>(
  self,
  createEngineApi({ open: openOnce(projectId), modelsUrl: models, wasmPath: wasmPath(import.meta.url) }),
)
announceLife(self)
