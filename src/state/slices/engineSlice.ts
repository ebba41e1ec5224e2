import type { EngineInfo } from '../../core/gpu/engine'

export interface EngineSlice {
  engine:
    | { status: 'starting' }
    | { status: 'ready'; info: EngineInfo }
    | { status: 'failed'; code: string; message: string }
}

export const initialEngineSlice: EngineSlice = { engine: { status: 'starting' } }
