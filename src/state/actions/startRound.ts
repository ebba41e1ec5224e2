import type { RoundConfig } from '../../core/refinement/round'
import type { EngineEvent } from '../../worker/protocol'
import { chosenStarts } from '../modelSelectors'
import { notify } from '../notify'
import { roundObstacle } from '../selectors'
import type { LiveNetwork, RoundSettings } from '../slices/roundsSlice'
import type { Studio } from '../studio'
import { returnToLatestModels } from './chooseModels'
import { measureStorage } from './openProject'
import { takePrediction } from './runEnsemble'
import { refreshSelected } from './selectPatch'
import { storeUnfrozenMasks } from './setThreshold'
import { refreshModels } from './startEngine'

/** Trains one round from labels, verdicts and pseudo-labels; its curves run live. */
export async function startRound(studio: Studio): Promise<void> {
  if (roundObstacle(studio.store.getState()) !== null) return
  const { settings } = studio.store.getState()
  studio.store.setState({ live: {} })
  await studio.jobs.run('round', async options => {
    await storeUnfrozenMasks(studio)
    const record = await studio.engine.call(
      'startRound',
      { config: roundConfig(settings), startFrom: chosenStarts(studio.store.getState()) },
      { ...options, onEvent: event => takeRoundEvent(studio, event) },
    )
    studio.store.setState(state => ({
      rounds: [...state.rounds.filter(round => round.id !== record.id), record],
    }))
    await refreshModels(studio)
    // The maps are now the round's: from here on its networks predict, until others are chosen.
    returnToLatestModels(studio)
    // The record says which networks mapped each patch.
    studio.store.setState({
      patches: [...(await studio.storage.patches())].sort((a, b) => a.order - b.order),
    })
    await refreshSelected(studio)
    notify(studio.store, 'information', `Round ${record.index} is done: masks you have not touched are new.`)
  })
  await measureStorage(studio)
}

/** The defaults are made for hundreds of steps: a short round would end in its warm-up, scored once. */
const WARMUP_SHARE = 0.1
const LONGEST_WARMUP = 20
const EVALUATIONS = 5

function roundConfig(settings: RoundSettings): Partial<RoundConfig> {
  return {
    ...settings,
    families: [...settings.families],
    warmupSteps: Math.min(LONGEST_WARMUP, Math.floor(settings.steps * WARMUP_SHARE)),
    evaluateEvery: Math.max(1, Math.ceil(settings.steps / EVALUATIONS)),
  }
}

function takeRoundEvent(studio: Studio, event: EngineEvent): void {
  if (event.kind !== 'loss' && event.kind !== 'held-out') {
    takePrediction(studio, event, [])
    return
  }
  studio.store.setState(state => {
    const before: LiveNetwork = state.live?.[event.family] ?? { step: 0, steps: 0, losses: [], heldOut: [] }
    const after: LiveNetwork =
      event.kind === 'loss'
        ? {
            ...before,
            step: event.step,
            steps: event.steps,
            losses: [...before.losses, [event.step, event.loss]],
          }
        : { ...before, heldOut: [...before.heldOut, [event.step, event.metrics.f1]] }
    return { live: { ...state.live, [event.family]: after } }
  })
}
