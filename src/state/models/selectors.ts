import type { PatchRecord } from '../../core/review/records'
import { FAMILY_TITLES, type NetworkFamily } from '../../core/rounds/networks'
import type { ModelSummary } from '../../worker/protocolModels'
import type { RoundsSlice } from '../rounds/slice'
import type { StudioState } from '../studioState'
import type { ModelsSlice } from './slice'

interface Chosen {
  models: Pick<ModelsSlice, 'list' | 'ensemble'>
}

/** Whether a model is among those that predict; one that has to be trained first never is. */
export function predicts(model: ModelSummary, ensemble: ModelsSlice['ensemble']): boolean {
  return model.canPredict && (ensemble ? ensemble.includes(model.id) : model.current)
}

/** The models whose mean is the ensemble, in the order of the list. */
export function predictingModels({ models: { list: models, ensemble } }: Chosen): ModelSummary[] {
  return models.filter(model => predicts(model, ensemble))
}

/** Why the ensemble is empty and what to do, in words for a person; null: it is not. */
export function emptyEnsemble(state: Pick<StudioState, 'models'>): string | null {
  if (!state.models.listed || predictingModels(state).length > 0) return null
  if (!state.models.list.some(model => model.canPredict)) {
    return 'No model can predict yet: start a round, or drop a model on the window.'
  }
  return 'No model is selected to predict. Select one or more in Models; the mask is their mean.'
}

/** What is predicted where nothing else is said: the target and the held-out patches; without either, all. */
export function predictable({ patches: { list } }: Pick<StudioState, 'patches'>): readonly PatchRecord[] {
  const wanted = list.filter(patch => !patch.hasLabel || patch.heldOut)
  return wanted.length > 0 ? wanted : list
}

/** Those of them without a map by the models that predict now: new ones, and those of a run that was interrupted. */
export function notPredicted(state: Pick<StudioState, 'patches' | 'models'>): readonly PatchRecord[] {
  const ids = new Set(predictingModels(state).map(({ id }) => id))
  return predictable(state).filter(
    ({ predictedBy = [] }) => predictedBy.length !== ids.size || predictedBy.some(id => !ids.has(id)),
  )
}

/** Models that the next round continues from, of its families and still there. */
export function chosenStarts(state: {
  models: Pick<ModelsSlice, 'list' | 'startFrom'>
  rounds: Pick<RoundsSlice, 'settings'>
}): Partial<Record<NetworkFamily, string>> {
  const starts: Partial<Record<NetworkFamily, string>> = {}
  for (const family of state.rounds.settings.families) {
    const id = state.models.startFrom[family]
    if (id && state.models.list.some(model => model.id === id && model.family === family)) starts[family] = id
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
  return state.shell.jobs.predict !== undefined || state.shell.jobs.round !== undefined
}

export function canPredict(state: StudioState): boolean {
  return (
    state.models.engine.status === 'ready' &&
    !engineBusy(state) &&
    state.patches.list.length > 0 &&
    predictingModels(state).length > 0
  )
}
