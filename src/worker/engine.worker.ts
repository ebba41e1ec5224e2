import '../core/foundation/withoutEval'
import { createEngineApi } from './engine/engineApi'
import { wasmPath } from './engine/wasmBinary'
import { openOnce } from './openOnce'
import type { EngineApi, EngineEvent } from './protocol'
import { announceLife } from './rpc/announceLife'
import { serveApi } from './rpc/serveApi'

const models = new URL(`${import.meta.env.BASE_URL}models/`, self.location.origin).href

serveApi<EngineApi, EngineEvent>(
  self,
  createEngineApi({ open: openOnce(), modelsUrl: models, wasmPath: wasmPath(self.location.href) }),
)
announceLife(self)
