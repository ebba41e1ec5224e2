import { openOnce } from '../storage/openProjectStore'
import { FIRST_PROJECT } from '../storage/projects'
import { createEngineApi } from './engine/engineApi'
import { wasmPath } from './engine/wasmBinary'
import type { EngineApi, EngineEvent } from './protocol'
import { announceLife, serveApi } from './rpc/serveApi'

/** A worker is named after its project (`createEngineClient`). */
const projectId = self.name || FIRST_PROJECT

const models = new URL(`${import.meta.env.BASE_URL}models/`, self.location.origin).href

serveApi<EngineApi, EngineEvent>(
  self,
  createEngineApi({ open: openOnce(projectId), modelsUrl: models, wasmPath: wasmPath(self.location.href) }),
)
announceLife(self)
