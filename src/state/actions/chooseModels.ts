import type { NetworkFamily } from '../../core/models/network'
import { predictingModels } from '../modelSelectors'
import { ALL_FAMILIES } from '../slices/roundsSlice'
import type { Studio } from '../studio'
import { changeSettings } from './roundSettings'

/** Puts a model into the ensemble or takes it out; what is on disk follows at once, maps with the next prediction. */
export function choosePredicting(studio: Studio, modelId: string, chosen: boolean): void {
  const state = studio.store.getState()
  const before = predictingModels(state).map(model => model.id)
  const after = new Set(chosen ? [...before, modelId] : before.filter(id => id !== modelId))
  // In the order of the list, so that the same choice is always the same.
  const ids = state.models.filter(model => after.has(model.id)).map(model => model.id)
  const usual = predictingModels({ ...state, ensemble: null }).map(model => model.id)
  setEnsemble(studio, ids.join() === usual.join() ? null : ids)
}

/** Back to the latest round's models, before the first round to the starters. */
export function returnToLatestModels(studio: Studio): void {
  if (studio.store.getState().ensemble !== null) setEnsemble(studio, null)
}

function setEnsemble(studio: Studio, ensemble: string[] | null): void {
  studio.store.setState({ ensemble })
  void studio.writes.push(() => studio.storage.updateProject({ ensemble }))
}

/** Which families the next round trains. */
export function chooseFamilies(studio: Studio, chosen: readonly string[]): void {
  changeSettings(studio, { families: ALL_FAMILIES.filter(family => chosen.includes(family)) })
}

/** The model that the next round of its family goes on from; null: the latest round's, else a starter. */
export function chooseStart(studio: Studio, family: NetworkFamily, modelId: string | null): void {
  const { [family]: _, ...others } = studio.store.getState().startFrom
  const startFrom = modelId === null ? others : { ...others, [family]: modelId }
  studio.store.setState({ startFrom, estimate: { status: 'none' } })
  void studio.writes.push(() => studio.storage.updateProject({ startFrom }))
}
