import { AppError, toAppError } from '../../core/foundation/appError'
import { joinDescriptions } from '../../core/patches/targetStatistics'
import { describeLeftOut, leftOutPatches, type PatchRecord } from '../../core/review/records'
import type { EngineEvent } from '../../worker/protocol'
import { recordAudit } from '../review/audit'
import { followModels } from '../review/threshold'
import type { JobOptions } from '../shell/jobs'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { refreshSelected } from '../view/actions'
import { canPredict, notPredicted, predictable, predictingModels } from './selectors'

/** Starts TensorFlow.js in its worker; without it everything but prediction and training still works. */
export async function startEngine(studio: Studio): Promise<void> {
  studio.store.change({ models: { engine: { status: 'starting' } } })
  try {
    const info = await studio.engine.call('start', { prefer: 'auto' })
    studio.store.change({ models: { engine: { status: 'ready', info } } })
    await refreshModels(studio)
  } catch (thrown) {
    engineFailed(studio, toAppError(thrown, 'gpu-unavailable'))
  }
}

/** Does what needs the engine, which is started again first where it failed; says so where it still does not run. */
export async function withEngine(studio: Studio, work: () => unknown): Promise<void> {
  if (studio.store.getState().models.engine.status !== 'ready') await startEngine(studio)
  const { engine } = studio.store.getState().models
  if (engine.status === 'failed') notify(studio.store, 'error', engine.message)
  else await work()
}

export function engineFailed({ store }: Pick<Studio, 'store'>, { code, message }: AppError): void {
  store.change({ models: { engine: { status: 'failed', code, message } } })
}

export async function refreshModels(studio: Studio): Promise<void> {
  const { models, damaged } = await studio.engine.call('models', {})
  studio.store.change({ models: { list: models, damaged: damaged, listed: true } })
}

/** Runs the chosen networks on the target and the held-out patches. */
export function runEnsemble(studio: Studio): Promise<void> {
  return predict(studio, predictable(studio.store.getState()))
}

/** Runs the chosen networks on these patches, the one on screen first. */
export async function predict(studio: Studio, patches: readonly PatchRecord[]): Promise<void> {
  const state = studio.store.getState()
  if (!canPredict(state) || patches.length === 0) return
  const patchIds = patches
    .map(patch => patch.id)
    .sort((a, b) => Number(b === state.view.selectedId) - Number(a === state.view.selectedId))
  const work = async (options: JobOptions) => {
    try {
      await predictPatches(studio, patchIds, options)
    } finally {
      studio.predictions.flush()
      const models = new Set(
        studio.store.getState().patches.list.flatMap(({ predictedBy }) => predictedBy ?? []),
      )
      const detail = `Prediction ended; maps by ${[...models].join(', ') || 'no model'}`
      recordAudit(studio, { kind: 'prediction', detail })
    }
  }
  await studio.jobs.run('predict', work, {
    again: () => withEngine(studio, () => predict(studio, patches)),
    work: 'prediction',
    patchIds,
  })
}

/** Patches that the interrupted prediction had not come to; all of its patches where the same models had mapped them before. */
export function leftToPredict(state: StudioState): PatchRecord[] {
  const interrupted = state.shell.interrupted.find(
    ({ work }) => work === 'prediction' || work === 'round-restore',
  )
  const wanted = new Set(interrupted?.patchIds)
  const patches = state.patches.list.filter(({ id }) => wanted.has(id))
  const rest = new Set(notPredicted(state).map(({ id }) => id))
  const left = patches.filter(({ id }) => rest.has(id))
  return left.length > 0 ? left : patches
}

async function predictPatches(studio: Studio, patchIds: string[], options: JobOptions): Promise<void> {
  await refreshModels(studio)
  const modelIds = predictingModels(studio.store.getState()).map(model => model.id)
  const heard = new Set<string>()
  const onEvent = (event: EngineEvent) => {
    if (event.kind === 'predicted') heard.add(event.patchId)
    takePrediction(studio, event, modelIds)
  }
  const statistics = studio.store.getState().rounds.settings.targetStatistics
  const result = await studio.engine.call(
    'predict',
    { patchIds, modelIds, statistics },
    { ...options, onEvent },
  )
  studio.predictions.flush()
  followModels(studio, result.maskThreshold)
  const { patches, scenes } = studio.store.getState()
  const leftOut = leftOutPatches(patches.list, 'target', scenes.list)
  const said = [`Predicted. Normalised by: ${joinDescriptions(result.normalisation)}.`]
  if (leftOut.length > 0) said.push(describeLeftOut(leftOut))
  notify(studio.store, 'information', said.join(' '))
  const unheard = result.patchIds.filter(id => !heard.has(id))
  studio.predictions.show(new Map(unheard.map(id => [id, {}])), modelIds)
  await refreshSelected(studio)
}

/** Shows what computes, and a patch's new probabilities as soon as they are on disk. */
export function takePrediction(studio: Studio, event: EngineEvent, modelIds: readonly string[]): void {
  if (event.kind === 'engine')
    studio.store.change({ models: { engine: { status: 'ready', info: event.info } } })
  if (event.kind === 'predicted') {
    studio.predictions.add(event.patchId, event, modelIds)
    // At the first patch already: a run that is cancelled leaves maps of these models.
    if (event.maskThreshold !== undefined) followModels(studio, event.maskThreshold)
    if (studio.store.getState().view.selectedId === event.patchId) void refreshSelected(studio)
  }
  if (event.kind === 'device-lost') {
    engineFailed(studio, new AppError('gpu-lost', event.message))
  }
}
