import type { AuditEntry, AuditKind } from '../../core/review/auditLog'
import type { Verdict } from '../../core/review/verdict'
import { predictingModels } from '../modelSelectors'
import { roundInUse } from '../roundSelectors'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'

export type AuditNews = Partial<AuditEntry> & { kind: AuditKind; detail: string }

/** An entry with what is in force now for everything left out. */
export function auditEntry(state: StudioState, at: string, news: AuditNews): AuditEntry {
  return {
    at,
    patchId: null,
    verdict: null,
    verdictId: null,
    supersedes: null,
    threshold: state.threshold,
    roundId: roundInUse(state)?.id ?? null,
    modelIds: predictingModels(state).map(model => model.id),
    maskHash: null,
    ...news,
  }
}

/** What of a verdict the log repeats. */
export function auditOfVerdict(verdict: Verdict): Partial<Omit<AuditEntry, 'kind' | 'detail'>> {
  const { patchId, kind, id, threshold, roundId, modelIds, maskHash } = verdict
  return { patchId, verdict: kind, verdictId: id, threshold, roundId, modelIds, maskHash }
}

/** Writes to the log, behind all that was asked to be written before. */
export function recordAudit(studio: Studio, ...news: AuditNews[]): void {
  if (news.length === 0) return
  const state = studio.store.getState()
  const at = studio.now().toISOString()
  const entries = news.map(one => auditEntry(state, at, one))
  void studio.writes.push(() => studio.storage.appendAudit(entries))
}
