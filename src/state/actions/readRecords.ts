import { verdictsInForce } from '../../core/review/verdictsInForce'
import { maskSaver } from '../maskSaver'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { historyEntry } from './historyEntry'

type Records = Pick<
  StudioState,
  | 'project'
  | 'threshold'
  | 'ensemble'
  | 'startFrom'
  | 'baseRoundId'
  | 'patches'
  | 'history'
  | 'verdicts'
  | 'rounds'
  | 'unfinished'
>

/** All records as they lie on disk, in the form of the state; strokes go into the cache. */
export async function readRecords(studio: Studio): Promise<Records> {
  const { storage, pixels } = studio
  const [project, patches, records, rounds, unfinished] = await Promise.all([
    storage.project(),
    storage.patches(),
    storage.history(),
    storage.rounds(),
    storage.unfinishedRound(),
  ])
  const ordered = withoutDropped([...records].sort((a, b) => a.sequence - b.sequence))
  maskSaver(studio).reset()
  pixels.strokes.clear()
  for (const record of ordered) if (record.diff) pixels.strokes.set(record.sequence, record.diff)
  const history = ordered.map(historyEntry)
  return {
    project,
    threshold: project.threshold,
    ensemble: project.ensemble ?? null,
    startFrom: project.startFrom ?? {},
    baseRoundId: project.baseRoundId ?? null,
    patches: [...patches].sort((a, b) => a.order - b.order),
    history,
    verdicts: verdictsInForce(history),
    rounds: [...rounds].sort((a, b) => a.index - b.index),
    unfinished,
  }
}

/** A crash may leave steps that were undone and could not be redone any more: a later step took their place. */
function withoutDropped<Step extends { undone: boolean }>(steps: Step[]): Step[] {
  const last = steps.findLastIndex(step => !step.undone)
  return steps.filter((step, index) => !step.undone || index > last)
}
