import { verdictsInForce } from '../../core/review/verdictsInForce'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { historyEntry } from './historyEntry'

type Records = Pick<
  StudioState,
  | 'project'
  | 'threshold'
  | 'ensemble'
  | 'startFrom'
  | 'patches'
  | 'history'
  | 'verdicts'
  | 'rounds'
  | 'unfinished'
>

/** All records as they lie on disk, in the form of the state; strokes go into the cache. */
export async function readRecords({ storage, pixels }: Studio): Promise<Records> {
  const [project, patches, records, rounds, unfinished] = await Promise.all([
    storage.project(),
    storage.patches(),
    storage.history(),
    storage.rounds(),
    storage.unfinishedRound(),
  ])
  const ordered = [...records].sort((a, b) => a.sequence - b.sequence)
  pixels.strokes.clear()
  for (const record of ordered) if (record.diff) pixels.strokes.set(record.sequence, record.diff)
  const history = ordered.map(historyEntry)
  return {
    project,
    threshold: project.threshold,
    ensemble: project.ensemble ?? null,
    startFrom: project.startFrom ?? {},
    patches: [...patches].sort((a, b) => a.order - b.order),
    history,
    verdicts: verdictsInForce(history),
    rounds: [...rounds].sort((a, b) => a.index - b.index),
    unfinished,
  }
}
