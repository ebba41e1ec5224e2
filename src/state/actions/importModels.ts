import { toAppError } from '../../core/foundation/appError'
import type { DroppedModel } from '../../worker/modelProtocol'
import type { RefusedFile } from '../../worker/protocol'
import { notify } from '../notify'
import type { PendingCheckpoint } from '../slices/modelsSlice'
import type { Studio } from '../studio'
import { measureStorage } from './openProject'
import { refreshModels } from './startEngine'

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
  await studio.jobs.run('model', async options => {
    for (const model of models) {
      try {
        if (model.kind === 'checkpoint') {
          const proposal = await studio.engine.call('recogniseModel', { model }, options)
          pending.push({ model, proposal, error: null })
          continue
        }
        const result = await studio.engine.call('addModel', { model }, options)
        if (result.added) added.push(result.title)
        else notify(studio.store, 'information', `${result.title} is already here: nothing was added.`)
      } catch (thrown) {
        const { code, message } = toAppError(thrown, 'model-invalid')
        if (code === 'aborted') throw thrown
        refused.push({ path: model.path, code, message })
      }
    }
  })
  // All at once: closing the first one's dialog must not stop the recognition of the next.
  if (pending.length > 0) {
    studio.store.setState(state => ({
      checkpoints: [...state.checkpoints, ...pending],
      dialog: 'checkpoint',
    }))
  }
  await showAdded(studio, added)
  return { added, refused }
}

/** Makes a model of the checkpoint on screen. What went wrong is said in its dialog, and the file stays to try again. */
export async function acceptCheckpoint(studio: Studio, title: string): Promise<void> {
  const [pending] = studio.store.getState().checkpoints
  if (!pending) return
  setError(studio, null)
  const result = await studio.jobs.run('model', async options => {
    try {
      return await studio.engine.call('addModel', { model: pending.model, title }, options)
    } catch (thrown) {
      const error = toAppError(thrown, 'model-invalid')
      if (error.code === 'aborted') throw thrown
      setError(studio, error.message)
      return null
    }
  })
  if (!result) return
  dropCheckpoint(studio)
  if (result.added) await showAdded(studio, [result.title])
  else notify(studio.store, 'information', `These weights are already here as ${result.title}.`)
}

/** Goes on without it; the next one that waits comes on screen. */
export function dropCheckpoint(studio: Studio): void {
  studio.jobs.cancel('model')
  studio.store.setState(({ checkpoints: [, ...rest] }) => ({
    checkpoints: rest,
    dialog: rest.length > 0 ? 'checkpoint' : null,
  }))
}

function setError(studio: Studio, error: string | null): void {
  studio.store.setState(({ checkpoints: [first, ...rest] }) => ({
    checkpoints: first ? [{ ...first, error }, ...rest] : [],
  }))
}

async function showAdded(studio: Studio, titles: readonly string[]): Promise<void> {
  if (titles.length === 0) return
  await refreshModels(studio)
  studio.store.setState({ modelsOpen: true })
  const [first] = titles
  const alone = titles.length === 1
  const model = studio.store.getState().models.find(({ title }) => title === first)
  const next = alone && model && !model.canPredict ? 'start a round from it' : 'choose there what predicts'
  const what = alone ? `${first} is` : `${titles.length} models are`
  notify(studio.store, 'information', `${what} in the list of models: ${next}.`)
  await measureStorage(studio)
}
