import { toAppError } from '../../core/foundation/appError'
import { BROWSER_PRESETS, COMMON_PRESET, FAMILIES } from '../../core/rounds/networks'
import type { RoundConfig } from '../../core/rounds/roundConfig'
import { chosenStarts } from '../models/selectors'
import { soundFields } from '../preferences'
import type { Studio } from '../studio'
import { type RoundSettings, SETTING_SCHEMAS } from './slice'

/** What of the settings moves the memory that training takes. */
const WEIGHING: readonly (keyof RoundSettings)[] = [
  'families',
  'presets',
  'cropSize',
  'scale',
  'emaDecay',
  'microBatch',
  'accumulate',
  'batchByMemory',
  'memoryBudget',
]

/** Sets what is sound of a change; an estimate of memory that it moves is forgotten. */
export function changeSettings(studio: Studio, change: Partial<RoundSettings>): void {
  const sound = soundFields(SETTING_SCHEMAS, change)
  const { settings } = studio.store.getState().rounds
  studio.store.change({ rounds: { settings: { ...settings, ...sound } } })
  if (WEIGHING.some(name => name in sound)) forgetEstimate(studio)
}

/** The next round would take another amount of memory than was estimated. */
export function forgetEstimate({ store }: Pick<Studio, 'store'>): void {
  store.change({ rounds: { estimate: { status: 'none' } } })
}

/** The defaults are made for hundreds of steps: a short round would end in its warm-up, scored once. */
const WARMUP_SHARE = 0.1

const LONGEST_WARMUP = 20

const EVALUATIONS = 5

export function roundConfig({
  presets,
  pseudoLabelHigh: high,
  scale,
  batchByMemory,
  checkpointing,
  memoryBudget: _,
  ...settings
}: RoundSettings): Partial<RoundConfig> {
  const sizes = settings.families.map(family => {
    const sizes: readonly string[] = BROWSER_PRESETS[family]
    const wanted = presets[family]
    return [family, wanted && sizes.includes(wanted) ? wanted : COMMON_PRESET] as const
  })
  return {
    ...settings,
    ...(scale > 0 && { scale }),
    ...(batchByMemory && checkpointing && { checkpointing }),
    families: [...settings.families],
    preset: COMMON_PRESET,
    presets: Object.fromEntries(sizes),
    // As far from certain on either side; the difference is rounded, since 1 - 0.7 is not 0.3.
    pseudoLabel: { high, low: Math.round((1 - high) * 100) / 100, binary: false },
    warmupSteps: Math.min(LONGEST_WARMUP, Math.floor(settings.steps * WARMUP_SHARE)),
    evaluateEvery: Math.max(1, Math.ceil(settings.steps / EVALUATIONS)),
  }
}

/**
 * Asks the engine what the next round would take, and takes over the batch that it chose where it was to choose.
 *
 * @returns false where it does not fit or could not be said; the panel tells why.
 */
export async function estimateMemory(studio: Studio): Promise<boolean> {
  const state = studio.store.getState()
  const {
    rounds: { settings },
  } = state
  studio.store.change({ rounds: { estimate: { status: 'running' } } })
  try {
    const need = await studio.engine.call('estimateRound', {
      config: roundConfig(settings),
      startFrom: chosenStarts(state),
      parentRoundId: state.rounds.baseId,
      budgetBytes: settings.batchByMemory ? settings.memoryBudget * 2 ** 20 : null,
    })
    // Settings that changed meanwhile want an estimate of their own.
    if (studio.store.getState().rounds.estimate.status !== 'running') return false
    const { microBatch, accumulate, checkpointing } = need
    studio.store.change(current => ({
      rounds: {
        settings: settings.batchByMemory
          ? { ...current.rounds.settings, microBatch, accumulate, checkpointing }
          : current.rounds.settings,
        estimate: { status: 'known', need },
      },
    }))
    return true
  } catch (thrown) {
    studio.store.change({ rounds: { estimate: { status: 'failed', message: toAppError(thrown).message } } })
    return false
  }
}

/** Which families the next round trains. */
export function chooseFamilies(studio: Studio, chosen: readonly string[]): void {
  changeSettings(studio, { families: FAMILIES.filter(family => chosen.includes(family)) })
}
