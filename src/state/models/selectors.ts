import type { NetworkFamily } from '../../core/rounds/networks'
import type { ModelSummary } from '../../worker/protocolModels'
import { FAMILY_TITLES } from '../rounds/slice'
import type { StudioState } from '../studioState'

type Chosen = Pick<StudioState, 'models' | 'ensemble'>

/** Whether a model is among those that predict; one that has to be trained first never is. */
export function predicts(model: ModelSummary, ensemble: StudioState['ensemble']): boolean {
  return model.canPredict && (ensemble ? ensemble.includes(model.id) : model.current)
}

/** The models whose mean is the ensemble, in the order of the list. */
export function predictingModels({ models, ensemble }: Chosen): ModelSummary[] {
  return models.filter(model => predicts(model, ensemble))
}

/** Why the ensemble is empty and what to do, in words for a person; null: it is not. */
export function emptyEnsemble(state: Chosen & Pick<StudioState, 'modelsListed'>): string | null {
  if (!state.modelsListed || predictingModels(state).length > 0) return null
  if (!state.models.some(model => model.canPredict)) {
    return 'No network can predict yet: start a round, or drop a model into the window.'
  }
  return 'No model is chosen to predict. Choose one or more in Models; their mean becomes the mask.'
}

/** Models to go on from in the next round, of its families and still there. */
export function chosenStarts(
  state: Pick<StudioState, 'models' | 'startFrom' | 'settings'>,
): Partial<Record<NetworkFamily, string>> {
  const starts: Partial<Record<NetworkFamily, string>> = {}
  for (const family of state.settings.families) {
    const id = state.startFrom[family]
    if (id && state.models.some(model => model.id === id && model.family === family)) starts[family] = id
  }
  return starts
}

/** The networks that gave a patch its probabilities, as they are called: by title where two are of one family. */
export function memberTitles(
  models: readonly ModelSummary[],
  ids: readonly string[],
): { id: string; title: string }[] {
  const members = models.filter(model => ids.includes(model.id))
  return members.map(({ id, family, title }) => {
    const alone = members.filter(other => other.family === family).length === 1
    return { id, title: alone ? FAMILY_TITLES[family] : title }
  })
}

export function engineBusy(state: StudioState): boolean {
  return state.jobs.predict !== undefined || state.jobs.round !== undefined
}

export function canPredict(state: StudioState): boolean {
  return (
    state.engine.status === 'ready' &&
    !engineBusy(state) &&
    state.patches.length > 0 &&
    predictingModels(state).length > 0
  )
}
