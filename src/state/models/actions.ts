import { toAppError } from '../../core/foundation/appError'
import type { RefusedFile } from '../../core/patches/importPatches'
import type { NetworkFamily } from '../../core/rounds/networks'
import type { DroppedModel, ModelApi } from '../../worker/protocolModels'
import { forgetEstimate } from '../rounds/settings'
import { measureStorage } from '../session/openProject'
import { closeDialog, openDialog } from '../shell/actions'
import type { JobOptions } from '../shell/jobs'
import { notify, notifyError } from '../shell/notices'
import type { Studio } from '../studio'
import { refreshModels, takePrediction, withEngine } from './predict'
import { predictingModels } from './selectors'
import { type ModelsSlice, modelsPreferences, type PendingCheckpoint } from './slice'

/** Puts a model into the ensemble or takes it out; what is on disk follows at once, maps with the next prediction. */
export function choosePredicting(studio: Studio, modelId: string, chosen: boolean): void {
  const state = studio.store.getState()
  const before = predictingModels(state).map(model => model.id)
  const after = new Set(chosen ? [...before, modelId] : before.filter(id => id !== modelId))
  // In the order of the list, so that the same choice is always the same.
  const ids = state.models.list.filter(model => after.has(model.id)).map(model => model.id)
  const usual = predictingModels({ models: { ...state.models, ensemble: null } }).map(model => model.id)
  setEnsemble(studio, ids.join() === usual.join() ? null : ids)
}

/** Back to the latest round's models, before the first round to the starters. */
export function returnToLatestModels(studio: Studio): void {
  if (studio.store.getState().models.ensemble !== null) setEnsemble(studio, null)
}

/** Sets what predicts and what the next round starts from; whoever calls it has it written to disk. */
export function setChosenModels(
  { store }: Pick<Studio, 'store'>,
  chosen: Partial<Pick<ModelsSlice, 'ensemble' | 'startFrom'>>,
): void {
  store.change({ models: chosen })
}

function setEnsemble(studio: Studio, ensemble: string[] | null): void {
  setChosenModels(studio, { ensemble })
  void studio.writes.push(() => studio.storage.updateProject({ ensemble }))
}

/** The model that the next round of its family starts from; null: the latest round's, else a starter. */
export function chooseStart(studio: Studio, family: NetworkFamily, modelId: string | null): void {
  const { [family]: _, ...others } = studio.store.getState().models.startFrom
  const startFrom = modelId === null ? others : { ...others, [family]: modelId }
  setChosenModels(studio, { startFrom })
  forgetEstimate(studio)
  void studio.writes.push(() => studio.storage.updateProject({ startFrom }))
}

/**
 * Takes dropped models: whole folders go straight into the project, bare checkpoints wait in `checkpoints` for a name
 * and a yes.
 *
 * @returns titles of those added, and those refused with the reason; both empty where the work was cancelled.
 */
export async function importModels(
  studio: Studio,
  models: readonly DroppedModel[],
): Promise<{ added: string[]; refused: RefusedFile[] }> {
  const added: string[] = []
  const refused: RefusedFile[] = []
  const pending: PendingCheckpoint[] = []
  if (models.length === 0) return { added, refused }
  const work = async (options: JobOptions) => {
    for (const model of models) {
      try {
        if (model.kind === 'checkpoint') {
          const proposal = await studio.engine.call('recogniseModel', { model }, options)
          pending.push({ model, proposal, error: null })
          continue
        }
        const result = await studio.engine.call('addModel', { model }, options)
        if (result.added) added.push(result.title)
        else notify(studio.store, 'information', `${result.title} is already in the project.`)
      } catch (thrown) {
        const { code, message } = toAppError(thrown, 'model-invalid')
        if (code === 'aborted') throw thrown
        refused.push({ path: model.path, code, message })
      }
    }
  }
  await studio.jobs.run('model', work, {
    again: () => importModels(studio, models),
    work: 'model-import',
  })
  // All at once: closing the first one's dialog must not stop the recognition of the next.
  if (pending.length > 0) {
    studio.store.change(({ models }) => ({ models: { checkpoints: [...models.checkpoints, ...pending] } }))
    openDialog(studio, 'checkpoint')
  }
  await showAdded(studio, added)
  return { added, refused }
}

/**
 * Makes a model of the checkpoint on screen. What went wrong is said in its dialog, and the file stays to try again.
 *
 * @param bandNames of its first layer, in its order; null: they are ours already, or unknown.
 */
export async function acceptCheckpoint(
  studio: Studio,
  title: string,
  bandNames: readonly string[] | null = null,
): Promise<void> {
  const [pending] = studio.store.getState().models.checkpoints
  if (!pending) return
  setError(studio, null)
  const add = async (options: JobOptions) => {
    try {
      const request = { model: pending.model, title, ...(bandNames && { bandNames }) }
      return await studio.engine.call('addModel', request, options)
    } catch (thrown) {
      const error = toAppError(thrown, 'model-invalid')
      if (error.code === 'aborted') throw thrown
      setError(studio, error.message)
      return null
    }
  }
  const result = await studio.jobs.run('model', add, {
    again: () => acceptCheckpoint(studio, title, bandNames),
    work: 'model-import',
  })
  if (!result) return
  dropCheckpoint(studio)
  if (result.added) await showAdded(studio, [result.title])
  else notify(studio.store, 'information', `These weights are already in the project as ${result.title}.`)
}

/** Skips it; the next one that waits comes on screen. */
export function dropCheckpoint(studio: Studio): void {
  studio.jobs.cancel('model')
  const [, ...rest] = studio.store.getState().models.checkpoints
  if (rest.length === 0) closeDialog(studio, 'checkpoint')
  studio.store.change({ models: { checkpoints: rest } })
}

function setError(studio: Studio, error: string | null): void {
  studio.store.change(
    ({
      models: {
        checkpoints: [first, ...rest],
      },
    }) => ({ models: { checkpoints: first ? [{ ...first, error }, ...rest] : [] } }),
  )
}

async function showAdded(studio: Studio, titles: readonly string[]): Promise<void> {
  if (titles.length === 0) return
  await refreshModels(studio)
  openModels(studio, true)
  const [first] = titles
  const alone = titles.length === 1
  const model = studio.store.getState().models.list.find(({ title }) => title === first)
  const what = alone ? first : `${titles.length} models`
  const next =
    alone && model && !model.canPredict ? 'Start a round from it' : 'Select in Models what predicts'
  notify(studio.store, 'information', `Added ${what}. ${next}.`)
  await measureStorage(studio)
}

/** Unfolds the list of models, or folds it. */
export function openModels(studio: Pick<Studio, 'store'>, open: boolean): void {
  studio.store.change({ models: modelsPreferences.sound({ open }) })
}

/** Opens the card or the removal of a model. */
export function openModelDialog(
  studio: Pick<Studio, 'store'>,
  dialog: 'model-card' | 'remove-model',
  modelId: string,
): void {
  studio.store.change({ models: { dialogId: modelId } })
  openDialog(studio, dialog)
}

/** Card and facts of a model, read once. */
export async function loadFacts(studio: Studio, modelId: string): Promise<void> {
  if (studio.store.getState().models.facts[modelId]) return
  try {
    const facts = await studio.engine.call('modelFacts', { modelId })
    studio.store.change(state => ({ models: { facts: { ...state.models.facts, [modelId]: facts } } }))
  } catch (thrown) {
    studio.jobs.report('model-facts', toAppError(thrown), () => loadFacts(studio, modelId))
  }
}

/** Compares a model with its golden outputs on the engine that runs here. */
export async function checkModel(studio: Studio, modelId: string): Promise<void> {
  if (studio.jobs.isRunning('check')) return
  studio.store.change({ models: { checkingId: modelId } })
  const compare = (options: JobOptions) =>
    studio.engine.call(
      'checkModel',
      { modelId },
      { ...options, onEvent: event => takePrediction(studio, event, []) },
    )
  const check = await studio.jobs.run('check', compare, {
    again: () => withEngine(studio, () => checkModel(studio, modelId)),
    work: null,
  })
  studio.store.change({ models: { checkingId: null } })
  if (check)
    studio.store.change(state => ({ models: { checks: { ...state.models.checks, [modelId]: check } } }))
}

export async function exportModel(
  studio: Studio,
  modelId: string,
  format: ModelApi['exportModel']['request']['format'],
): Promise<void> {
  const work = async (options: JobOptions) => {
    const { fileName, blob } = await studio.engine.call('exportModel', { modelId, format }, options)
    studio.deliver(fileName, blob)
    notify(studio.store, 'information', `${fileName} downloaded.`)
  }
  await studio.jobs.run('export', work, {
    again: () => exportModel(studio, modelId, format),
    work: 'model-export',
  })
}

/** Removes an imported model with its choices; maps that it made stay until the next prediction. */
export async function removeModel(studio: Studio, modelId: string): Promise<void> {
  try {
    await studio.engine.call('removeModel', { modelId })
    const state = studio.store.getState()
    const ensemble = state.models.ensemble?.filter(id => id !== modelId) ?? null
    const startFrom = Object.fromEntries(
      Object.entries(state.models.startFrom).filter(([, id]) => id !== modelId),
    )
    const { [modelId]: _facts, ...facts } = state.models.facts
    const { [modelId]: _check, ...checks } = state.models.checks
    // The last one chosen is gone: back to what predicts where nothing is chosen.
    const chosen = ensemble && ensemble.length === 0 && state.models.ensemble?.length ? null : ensemble
    studio.store.change({ models: { ensemble: chosen, startFrom, facts, checks } })
    void studio.writes.push(() => studio.storage.updateProject({ ensemble: chosen, startFrom }))
    await refreshModels(studio)
    await measureStorage(studio)
  } catch (thrown) {
    notifyError(studio.store, thrown)
  }
}
