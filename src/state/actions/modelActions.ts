import { toAppError } from '../../core/foundation/appError'
import type { ModelApi } from '../../worker/modelProtocol'
import { notify } from '../notify'
import type { Studio } from '../studio'
import { measureStorage } from './openProject'
import { takePrediction } from './runEnsemble'
import { refreshModels } from './startEngine'

/** Card and facts of a model, read once. */
export async function loadFacts(studio: Studio, modelId: string): Promise<void> {
  if (studio.store.getState().facts[modelId]) return
  try {
    const facts = await studio.engine.call('modelFacts', { modelId })
    studio.store.setState(state => ({ facts: { ...state.facts, [modelId]: facts } }))
  } catch (thrown) {
    notify(studio.store, 'error', toAppError(thrown).message)
  }
}

/** Compares a model with its golden outputs on the engine that runs here. */
export async function checkModel(studio: Studio, modelId: string): Promise<void> {
  if (studio.jobs.isRunning('check')) return
  studio.store.setState({ checkingId: modelId })
  const check = await studio.jobs.run('check', options =>
    studio.engine.call(
      'checkModel',
      { modelId },
      { ...options, onEvent: event => takePrediction(studio, event, []) },
    ),
  )
  studio.store.setState({ checkingId: null })
  if (check) studio.store.setState(state => ({ checks: { ...state.checks, [modelId]: check } }))
}

export async function exportModel(
  studio: Studio,
  modelId: string,
  format: ModelApi['exportModel']['request']['format'],
): Promise<void> {
  await studio.jobs.run('export', async options => {
    const { fileName, blob } = await studio.engine.call('exportModel', { modelId, format }, options)
    studio.deliver(fileName, blob)
    notify(studio.store, 'information', `${fileName} is in your downloads.`)
  })
}

/** Removes an imported model with its choices; maps that it made stay until the next prediction. */
export async function removeModel(studio: Studio, modelId: string): Promise<void> {
  try {
    await studio.engine.call('removeModel', { modelId })
    const state = studio.store.getState()
    const ensemble = state.ensemble?.filter(id => id !== modelId) ?? null
    const startFrom = Object.fromEntries(Object.entries(state.startFrom).filter(([, id]) => id !== modelId))
    const { [modelId]: _facts, ...facts } = state.facts
    const { [modelId]: _check, ...checks } = state.checks
    // The last one chosen is gone: back to what predicts where nothing is chosen.
    const chosen = ensemble && ensemble.length === 0 && state.ensemble?.length ? null : ensemble
    studio.store.setState({ ensemble: chosen, startFrom, facts, checks })
    void studio.writes.push(() => studio.storage.updateProject({ ensemble: chosen, startFrom }))
    await refreshModels(studio)
    await measureStorage(studio)
  } catch (thrown) {
    notify(studio.store, 'error', toAppError(thrown).message)
  }
}
