import { openOnce } from '../storage/openProjectStore'
import { createEngineApi } from './engine/engineApi'
import { wasmPath } from './engine/wasmBinary'
import type { EngineApi, EngineEvent } from './protocol'
import { announceLife, serveApi } from './rpc/serveApi'

const models = new URL(`${import.meta.env.BASE_URL}models/`, self.location.origin).href

serveApi<EngineApi, EngineEvent>(
  self,
  createEngineApi({ open: openOnce(), modelsUrl: models, wasmPath: wasmPath(self.location.href) }),
)
announceLife(self)
