import type { EngineInfo } from '../../core/gpu/engine'
import type { ModelSummary } from '../../worker/protocol'

export interface EngineSlice {
  engine:
    | { status: 'starting' }
    | { status: 'ready'; info: EngineInfo }
    | { status: 'failed'; code: string; message: string }
  models: readonly ModelSummary[]
}

export const initialEngineSlice: EngineSlice = { engine: { status: 'starting' }, models: [] }
