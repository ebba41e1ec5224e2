import { toAppError } from '../../core/foundation/appError'
import type { PatchScores } from '../../core/review/uncertainty'
import type { EngineEvent } from '../../worker/protocol'
import { frozenPatchIds } from '../review/selectors'
import type { Studio } from '../studio'
import { refreshSelected } from '../view/actions'
import { canPredict, predictingModels } from './selectors'

/** Starts TensorFlow.js in its worker; without it everything but prediction and training still works. */
export async function startEngine(studio: Studio): Promise<void> {
  studio.store.setState({ engine: { status: 'starting' } })
  try {
    const info = await studio.engine.call('start', { prefer: 'auto' })
    studio.store.setState({ engine: { status: 'ready', info } })
    await refreshModels(studio)
  } catch (thrown) {
    const error = toAppError(thrown, 'gpu-unavailable')
    studio.store.setState({ engine: { status: 'failed', code: error.code, message: error.message } })
  }
}

export async function refreshModels(studio: Studio): Promise<void> {
  const { models, damaged } = await studio.engine.call('models', {})
  studio.store.setState({ models, damagedModels: damaged, modelsListed: true })
}

/** Runs the chosen networks on the target patches, the one on screen first, then on the held-out block. */
export async function runEnsemble(studio: Studio): Promise<void> {
  const state = studio.store.getState()
  if (!canPredict(state)) return
  const wanted = state.patches.filter(patch => !patch.hasLabel || patch.heldOut)
  const patches = wanted.length > 0 ? wanted : state.patches
  const patchIds = patches
    .map(patch => patch.id)
    .sort((a, b) => Number(b === state.selectedId) - Number(a === state.selectedId))
  await studio.jobs.run('predict', async options => {
    await refreshModels(studio)
    const modelIds = predictingModels(studio.store.getState()).map(model => model.id)
    const heard = new Set<string>()
    const onEvent = (event: EngineEvent) => {
      if (event.kind === 'predicted') heard.add(event.patchId)
      takePrediction(studio, event, modelIds)
    }
    const result = await studio.engine.call('predict', { patchIds, modelIds }, { ...options, onEvent })
    flushPredictions(studio)
    const unheard = result.patchIds.filter(id => !heard.has(id))
    forgetPredictions(studio, new Map(unheard.map(id => [id, undefined])), modelIds)
    await refreshSelected(studio)
  })
}

/** Shows what computes, and a patch's new probabilities as soon as they are on disk. */
export function takePrediction(studio: Studio, event: EngineEvent, modelIds: readonly string[]): void {
  if (event.kind === 'engine') studio.store.setState({ engine: { status: 'ready', info: event.info } })
  if (event.kind === 'predicted') {
    gather(studio, event, modelIds)
    if (studio.store.getState().selectedId === event.patchId) void refreshSelected(studio)
  }
  if (event.kind === 'device-lost') {
    studio.store.setState({ engine: { status: 'failed', code: 'gpu-lost', message: event.message } })
  }
}

/** Patches that come sooner after one another are shown together: each change of thousands of records is felt. */
const GATHER_MS = 200

interface Gathered {
  modelIds: readonly string[]
  predicted: Map<string, PatchScores | undefined>
  timer: ReturnType<typeof setTimeout>
}

const gathered = new WeakMap<Studio, Gathered>()

/** The first patch and the one on screen are shown at once, the others with what came meanwhile. */
function gather(
  studio: Studio,
  { patchId, scores }: Extract<EngineEvent, { kind: 'predicted' }>,
  modelIds: readonly string[],
): void {
  const waiting = gathered.get(studio)
  if (waiting && waiting.modelIds.join() !== modelIds.join()) flushPredictions(studio)
  const current = gathered.get(studio)
  if (current) {
    current.predicted.set(patchId, scores)
    if (studio.store.getState().selectedId === patchId) flushPredictions(studio)
    return
  }
  const timer = setTimeout(() => flushPredictions(studio), GATHER_MS)
  gathered.set(studio, { modelIds, predicted: new Map(), timer })
  forgetPredictions(studio, new Map([[patchId, scores]]), modelIds)
}

/** Shows what was predicted and waits to be shown; to be called before anything else changes the patches' models. */
export function flushPredictions(studio: Studio): void {
  const waiting = gathered.get(studio)
  if (!waiting) return
  gathered.delete(studio)
  clearTimeout(waiting.timer)
  forgetPredictions(studio, waiting.predicted, waiting.modelIds)
}

/** @param predicted by patch; its scores stay where there are no new ones. */
function forgetPredictions(
  studio: Studio,
  predicted: ReadonlyMap<string, PatchScores | undefined>,
  modelIds: readonly string[],
): void {
  if (predicted.size === 0) return
  for (const id of predicted.keys()) studio.pixels.probabilities.deleteUnder(`${id}/`)
  studio.store.setState(state => {
    const frozen = frozenPatchIds(state)
    const shares = { ...state.shares }
    const probabilityRevision = { ...state.probabilityRevision }
    const patches = state.patches.map(patch => {
      if (!predicted.has(patch.id)) return patch
      const scores = predicted.get(patch.id)
      if (!patch.hasLabel && !frozen.has(patch.id)) {
        studio.pixels.masks.delete(patch.id)
        delete shares[patch.id]
      }
      probabilityRevision[patch.id] = (probabilityRevision[patch.id] ?? 0) + 1
      return { ...patch, predictedBy: [...modelIds], ...(scores && { scores }) }
    })
    return { patches, shares, probabilityRevision }
  })
}
