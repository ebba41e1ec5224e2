import { toAppError } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import type { UnfinishedRound } from '../../core/review/records'
import { DEFAULT_MASK_THRESHOLD } from '../../core/rounds/probabilityTally'
import { type RoundRecord, roundEnsemble } from '../../core/rounds/round'
import { roundScoresAt, worseF1 } from '../../core/rounds/roundScores'
import type { EngineEvent } from '../../worker/protocol'
import type { CallOptions } from '../../worker/rpc/messages'
import { returnToLatestModels } from '../models/actions'
import { refreshModels, startEngine, takePrediction, withEngine } from '../models/predict'
import { chosenStarts, predictingModels } from '../models/selectors'
import { readPatches } from '../patches/actions'
import { type AuditNews, recordAudit } from '../review/audit'
import { storeUnfrozenMasks } from '../review/masks'
import { followModels } from '../review/threshold'
import { measureStorage } from '../session/openProject'
import { closeDialog, openDialog } from '../shell/actions'
import type { JobOptions } from '../shell/jobs'
import { notify, notifyError } from '../shell/notices'
import type { Studio } from '../studio'
import { refreshSelected } from '../view/actions'
import { forgetRestored } from './restoreRound'
import { resumeObstacle, roundObstacle } from './selectors'
import { estimateMemory, roundConfig } from './settings'
import type { LiveNetwork, RoundsSlice } from './slice'

/** Trains one round from labels, verdicts and pseudo-labels; its curves run live. */
export async function startRound(studio: Studio): Promise<void> {
  if (roundObstacle(studio.store.getState()) !== null) return
  const {
    rounds: {
      settings: { families, steps, seed },
    },
  } = studio.store.getState()
  const started = `Round started: ${families.join(', ')}, ${plural(steps, 'step')}, seed ${seed}`
  await runRound(studio, {}, started, async options => {
    if (studio.store.getState().rounds.settings.batchByMemory) await chooseBatch(studio)
    await storeUnfrozenMasks(studio)
    const state = studio.store.getState()
    const request = {
      config: roundConfig(state.rounds.settings),
      startFrom: chosenStarts(state),
      ensemble: predictingModels(state).map(({ id }) => id),
      parentRoundId: state.rounds.baseId,
    }
    return studio.engine.call('startRound', request, options)
  })
}

/** Resumes the round that was paused, or whose tab or device was lost, on what it began with. */
export async function resumeRound(studio: Studio): Promise<void> {
  const {
    rounds: { unfinished },
    models: { engine },
  } = studio.store.getState()
  if (!unfinished || resumeObstacle(studio.store.getState()) !== null) return
  if (engine.status === 'failed') await startEngine(studio)
  await runRound(studio, curvesOf(unfinished), 'Round resumed', options =>
    studio.engine.call('resumeRound', {}, options),
  )
}

/** Saves the running round before its next step and stops it there. */
export async function pauseRound(studio: Studio): Promise<void> {
  if (!studio.jobs.isRunning('round')) return
  closeDialog(studio, 'stop-round')
  studio.store.change({ rounds: { pausing: true } })
  try {
    await studio.engine.call('pauseRound', {})
  } catch (thrown) {
    studio.store.change({ rounds: { pausing: false } })
    notifyError(studio.store, thrown)
  }
}

/** Asks whether to cancel the round: Escape is pressed by habit, and even minutes of training are worth a question. */
export function stopRound(studio: Studio): void {
  if (studio.jobs.isRunning('round')) openDialog(studio, 'stop-round')
}

/** Closes the offer to resume the unfinished round, for this visit. */
export function closeRoundOffer(studio: Pick<Studio, 'store'>): void {
  studio.store.change({ rounds: { offerClosed: true } })
}

/** Clears the unfinished round away with all that it made. */
export async function discardRound(studio: Studio): Promise<void> {
  try {
    await studio.engine.call('discardRound', {})
    studio.store.change({ rounds: { unfinished: null, live: null } })
    notify(studio.store, 'information', 'Round discarded. Your verdicts are unchanged.')
    await measureStorage(studio)
  } catch (thrown) {
    notifyError(studio.store, thrown)
  }
}

/** @param started what the log says of its start */
async function runRound(
  studio: Studio,
  live: NonNullable<RoundsSlice['live']>,
  started: string,
  call: (options: CallOptions<EngineEvent>) => Promise<RoundRecord>,
): Promise<void> {
  studio.store.change({
    rounds: { live, saved: null, pace: null, pausing: false, unfinished: null, offerClosed: false },
  })
  const work = async (options: JobOptions) => {
    recordAudit(studio, { kind: 'round-started', detail: started })
    const onEvent = (event: EngineEvent) => takeRoundEvent(studio, event)
    const record = await call({ ...options, onEvent }).catch((thrown: unknown) => {
      const detail = 'Round ended before it was done: paused, cancelled or failed'
      recordAudit(studio, { kind: 'round-ended', detail })
      throw thrown
    })
    studio.predictions.flush()
    studio.store.change(state => ({
      rounds: { list: [...state.rounds.list.filter(round => round.id !== record.id), record] },
    }))
    recordAudit(studio, finishedNews(record))
    await refreshModels(studio)
    // The maps are now the round's: from here on its networks predict, until others are chosen.
    returnToLatestModels(studio)
    forgetRestored(studio)
    // The record says which networks mapped each patch.
    await readPatches(studio)
    followModels(studio, record.maskThreshold ?? DEFAULT_MASK_THRESHOLD)
    await refreshSelected(studio)
    notify(
      studio.store,
      'information',
      `Round ${record.index} is done. ${worseText(studio, record)}Masks you have not edited or reviewed are updated.`,
    )
  }
  // The unfinished round is on record, and offered by it.
  await studio.jobs.run('round', work, { again: () => runAgain(studio), work: null })
  closeDialog(studio, 'stop-round')
  studio.store.change({
    rounds: { pausing: false, pace: null, unfinished: await studio.storage.unfinishedRound() },
  })
  await measureStorage(studio)
}

/** A round that failed is resumed from what was saved of it, else begins again. */
function runAgain(studio: Studio): Promise<void> {
  const { unfinished } = studio.store.getState().rounds
  return withEngine(studio, () => (unfinished ? resumeRound(studio) : startRound(studio)))
}

/** Said where the round scores lower than what was there before it; at the threshold that its masks are cut at. */
function worseText(studio: Studio, record: RoundRecord): string {
  const worse = worseF1(record, studio.store.getState().review.threshold)
  if (!worse) return ''
  return `It scores lower than before: F1 ${worse.after.toFixed(3)}, was ${worse.before.toFixed(3)}. "Go back a round" undoes it. `
}

function finishedNews(record: RoundRecord): AuditNews {
  const { id, index, verdictIds, maskThreshold, config } = record
  const scored = roundScoresAt(record, maskThreshold ?? config.decisionThreshold)
  const f1 = scored?.metrics.f1 ?? null
  const score = f1 === null ? '' : `, held-out F1 ${f1.toFixed(3)} at ${scored?.threshold.toFixed(2)}`
  return {
    kind: 'round-finished',
    roundId: id,
    modelIds: roundEnsemble(record).map(({ modelId }) => modelId),
    detail: `Round ${index} finished, ${plural(verdictIds.length, 'verdict')}${score}`,
  }
}

/** @throws AppError `gpu-limit` where nothing fits the budget. */
async function chooseBatch(studio: Studio): Promise<void> {
  if (studio.store.getState().rounds.estimate.status === 'known' || (await estimateMemory(studio))) return
  const {
    rounds: { estimate },
  } = studio.store.getState()
  throw toAppError(
    new Error(estimate.status === 'failed' ? estimate.message : 'Start the round again.'),
    'gpu-limit',
  )
}

function curvesOf({ curves, saved, finished }: UnfinishedRound): NonNullable<RoundsSlice['live']> {
  const live: Partial<Record<string, LiveNetwork>> = {}
  for (const [family, { steps, losses, heldOut }] of Object.entries(curves)) {
    const done = finished.some(network => network.family === family)
    // What was drawn after the last save is trained, and drawn, again.
    const upTo = done ? steps : saved?.family === family ? saved.step : 0
    live[family] = {
      steps,
      step: upTo,
      losses: losses.filter(([step]) => step <= upTo),
      heldOut: heldOut.filter(([step]) => step <= upTo),
    }
  }
  return live
}

function takeRoundEvent(studio: Studio, event: EngineEvent): void {
  const { store } = studio
  if (event.kind === 'loss' || event.kind === 'held-out') addToCurve(studio, event)
  else if (event.kind === 'pace') {
    const { secondsPerStep, tensorBytes, gpuBytes } = event
    store.change({ rounds: { pace: { secondsPerStep, tensorBytes, gpuBytes } } })
  } else if (event.kind === 'saved') store.change({ rounds: { saved: event.progress } })
  else if (event.kind === 'not-saved') {
    notify(store, 'error', `Training continues, but its state could not be saved: ${event.message}`)
  } else takePrediction(studio, event, [])
}

function addToCurve(studio: Studio, event: Extract<EngineEvent, { kind: 'loss' | 'held-out' }>): void {
  studio.store.change(state => {
    const before: LiveNetwork = state.rounds.live?.[event.family] ?? {
      step: 0,
      steps: 0,
      losses: [],
      heldOut: [],
    }
    const after: LiveNetwork =
      event.kind === 'loss'
        ? {
            ...before,
            step: event.step,
            steps: event.steps,
            losses: [...before.losses, [event.step, event.loss]],
          }
        : { ...before, heldOut: [...before.heldOut, [event.step, event.metrics.f1]] }
    return { rounds: { live: { ...state.rounds.live, [event.family]: after } } }
  })
}
