import type { PatchScores } from '../../core/review/uncertainty'
import type { EngineEvent } from '../../worker/protocol'
import { predictingModels } from '../modelSelectors'
import { canPredict, isFrozen } from '../selectors'
import type { Studio } from '../studio'
import { refreshSelected } from './selectPatch'
import { refreshModels } from './startEngine'

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
    const onEvent = (event: EngineEvent) => takePrediction(studio, event, modelIds)
    const result = await studio.engine.call('predict', { patchIds, modelIds }, { ...options, onEvent })
    for (const id of result.patchIds) forgetPrediction(studio, id, modelIds)
    await refreshSelected(studio)
  })
}

/** Shows what computes, and a patch's new probabilities as soon as they are on disk. */
export function takePrediction(studio: Studio, event: EngineEvent, modelIds: readonly string[]): void {
  if (event.kind === 'engine') studio.store.setState({ engine: { status: 'ready', info: event.info } })
  if (event.kind === 'predicted') {
    forgetPrediction(studio, event.patchId, modelIds, event.scores)
    if (studio.store.getState().selectedId === event.patchId) void refreshSelected(studio)
  }
  if (event.kind === 'device-lost') {
    studio.store.setState({ engine: { status: 'failed', code: 'gpu-lost', message: event.message } })
  }
}

function forgetPrediction(
  studio: Studio,
  id: string,
  modelIds: readonly string[],
  scores?: PatchScores,
): void {
  studio.pixels.probabilities.deleteUnder(`${id}/`)
  studio.store.setState(state => {
    const shares = { ...state.shares }
    const patch = state.patches.find(other => other.id === id)
    if (patch && !patch.hasLabel && !isFrozen(state, id)) {
      studio.pixels.masks.delete(id)
      delete shares[id]
    }
    const probabilityRevision = {
      ...state.probabilityRevision,
      [id]: (state.probabilityRevision[id] ?? 0) + 1,
    }
    const patches = state.patches.map(other =>
      other.id === id ? { ...other, predictedBy: [...modelIds], ...(scores && { scores }) } : other,
    )
    return { patches, shares, probabilityRevision }
  })
}
