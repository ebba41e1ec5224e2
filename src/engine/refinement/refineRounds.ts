import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { parseManifest } from '../../core/rounds/modelManifest'
import type { NetworkFamily } from '../../core/rounds/networks'
import { changedShare, type RoundNetworkRecord, type RoundRecord } from '../../core/rounds/round'
import type { ModelFiles, RoundContext, RoundInput, RoundResult } from './roundInput'
import { runRound } from './runRound'

/**
 * What each network of a round starts from: its family's latest model, else a starter, else (absent) its seeded
 * initialisation. Models of another size than `config.presets` names for them are passed over.
 *
 * @param read the files of a model by its id.
 */
export async function parentsOf(
  { families, presets }: Pick<RoundInput['config'], 'families' | 'presets'>,
  latest: RoundTurn['latest'],
  starters: RoundInput['parents'],
  read: (modelId: string) => Promise<ModelFiles>,
): Promise<RoundInput['parents']> {
  const parents: RoundInput['parents'] = {}
  for (const family of families) {
    const fits = (preset: string) => presets?.[family] === undefined || presets[family] === preset
    const model = latest[family]
    const starter = starters[family]
    if (model && fits(model.preset)) parents[family] = await read(model.modelId)
    else if (starter && fits(presetOfModel(starter))) parents[family] = starter
  }
  return parents
}

function presetOfModel({ id, files }: ModelFiles): string {
  const manifest = files['manifest.json']
  if (!manifest) throw new AppError('model-invalid', `Model "${id}" has no manifest.json. Fetch it again.`)
  return parseManifest(manifest).preset
}

/** What a round needs to know of those before it. */
export interface RoundTurn {
  /** 1 for the first. */
  index: number
  parentRoundId: string | null
  /** Each family's latest model; a family that no round has trained yet is absent. */
  latest: Partial<Record<NetworkFamily, RoundNetworkRecord>>
}

export interface RefinementPlan {
  /** Rounds at most, those already on record counted in. */
  rounds: number
  /** Rounds that an earlier run finished, oldest first. */
  done?: readonly RoundRecord[]
  /** Makes a round's input when its turn comes; its networks may be any, for its parents see `parentsOf`. */
  input(turn: RoundTurn): Promise<RoundInput>
  /** Called after each round; where it was the last, its record's notes say why. The place to make it durable. */
  onRound?: (result: RoundResult) => Promise<void>
}

export interface Refinement {
  /** Every round, those of earlier runs included. */
  rounds: RoundRecord[]
  /** `rounds`: as many as were asked for; `settled`: the labels hardly changed any more. */
  stopped: 'rounds' | 'settled'
  /** Why it stopped, for a person. */
  reason: string
}

/**
 * Progressive label refinement: round after round, until there are as many as asked for or until the share of the
 * target's pixels that changed sides falls below the round's `stopWhenChangedBelow`.
 *
 * @throws AppError `bad-argument` unless at least one round is asked for, and as `runRound`.
 */
export async function refineRounds(plan: RefinementPlan, context: RoundContext = {}): Promise<Refinement> {
  if (!(plan.rounds >= 1)) throw new AppError('bad-argument', 'Ask for at least one round.')
  const rounds = [...(plan.done ?? [])]
  for (;;) {
    const stop = stopReason(rounds, plan.rounds)
    if (stop) return { rounds, ...stop }
    throwIfAborted(context.signal)
    const result = await runRound(await plan.input(turnAfter(rounds)), context)
    rounds.push(result.record)
    const last = stopReason(rounds, plan.rounds)
    if (last) result.record.notes.push(last.reason)
    await plan.onRound?.(result)
  }
}

function stopReason(rounds: readonly RoundRecord[], most: number): Omit<Refinement, 'rounds'> | null {
  const last = rounds.at(-1)
  if (!last) return null
  const share = changedShare(last.target?.changedPixels)
  const below = last.config.stopWhenChangedBelow ?? 0
  if (share !== null && share < below) {
    const reason = `Stopped after round ${last.index}: ${percent(share)} of the target's pixels changed sides, less than ${percent(below)}.`
    return { stopped: 'settled', reason }
  }
  if (last.index < most) return null
  return { stopped: 'rounds', reason: `Stopped after round ${last.index}: ${most} were asked for.` }
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`
}

function turnAfter(rounds: readonly RoundRecord[]): RoundTurn {
  const before = rounds.at(-1)
  const latest: RoundTurn['latest'] = {}
  for (const { networks } of rounds) for (const network of networks) latest[network.family] = network
  return { index: (before?.index ?? 0) + 1, parentRoundId: before?.id ?? null, latest }
}
