import { engineMemory, type startEngine, type WasmFiles } from '../../engine'
import type { ProjectStore } from '../../storage/projectStore'
import type { EngineApi, EngineEvent } from '../protocol'
import type { Handlers } from '../rpc/serveApi'
import { checkMachine } from './checkMachine'
import {
  createEngineSession,
  createJobQueue,
  type OnEngine,
  type Purpose,
  withTrainingElsewhere,
} from './engineSession'
import { createModelCatalogue } from './modelCatalogue'
import { createModelApi } from './models/modelApi'
import { predictPatches } from './predictPatches'
import { estimateRound } from './round/planRound'
import { createRoundApi } from './round/roundApi'

export interface EngineSetup {
  open(): Promise<ProjectStore>
  /** Folder of the starter models, ending in a slash, on our own origin. */
  modelsUrl: string
  /** As `startEngine` takes it. */
  wasm: WasmFiles
  /** Replaces the engine in tests. */
  start?: typeof startEngine
}

/** The engine worker's calls. Predictions and rounds take turns; models and memory answer at any time. */
export function createEngineApi({
  open,
  modelsUrl,
  wasm,
  start,
}: EngineSetup): Handlers<EngineApi, EngineEvent> {
  const session = createEngineSession(wasm, start)
  const queue = createJobQueue()

  const onEngine =
    (purpose: Purpose): OnEngine =>
    (context, job) =>
      queue.run(context.signal, async () => {
        const engine = await session.ensure(purpose)
        context.onEvent({ kind: 'engine', info: await withTrainingElsewhere(engine) })
        const announce = (message: string) => context.onEvent({ kind: 'device-lost', message })
        return session.guard(context.signal, announce, signal => job(engine, { ...context, signal }))
      })

  return {
    start: ({ prefer }, { signal }) => queue.run(signal, () => session.start(prefer)),
    ...createModelApi(open, modelsUrl, onEngine('inference')),
    async predict(request, context) {
      const store = await open()
      return onEngine('inference')(context, async (_engine, running) => {
        const begin = performance.now()
        const catalogue = createModelCatalogue(store, modelsUrl)
        const done = await predictPatches(store, catalogue, request, running)
        return { ...done, seconds: (performance.now() - begin) / 1000 }
      })
    },
    ...createRoundApi(open, modelsUrl, onEngine('training')),
    async estimateRound(request, { signal }) {
      const store = await open()
      return queue.run(signal, async () => {
        const { limits } = await session.ensure('inference')
        const largest = limits
          ? Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize)
          : Number.POSITIVE_INFINITY
        return estimateRound(createModelCatalogue(store, modelsUrl), request, largest, signal)
      })
    },
    checkMachine: (request, context) => checkMachine(request, context, { onEngine, modelsUrl, wasm }),
    async memory() {
      const { tensors, bytes, gpuBytes } = engineMemory()
      return { tensors, bytes, gpuBytes }
    },
  }
}
