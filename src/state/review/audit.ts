import { type AuditEntry, type AuditKind, auditCsv, auditLines } from '../../core/review/auditLog'
import { predictingModels } from '../models/selectors'
import { roundInUse } from '../rounds/selectors'
import type { Studio } from '../studio'

/** What is said of one thing that was done; what is left out is as it is now. */
export type AuditNews = Partial<AuditEntry> & { kind: AuditKind; detail: string }

/**
 * Writes to the log, behind all that was asked to be written before: an action keeps what it does first, so that the
 * log never tells of something that is not on disk.
 *
 * A read-only tab logs nothing; nor is a job logged that ends because another project replaces this one: the log is that
 * project's already.
 */
export function recordAudit(studio: Studio, ...news: AuditNews[]): void {
  const state = studio.store.getState()
  const { access, reopening } = state.session
  if (news.length === 0 || access === 'read-only' || reopening) return
  const now = {
    at: studio.now().toISOString(),
    patchId: null,
    verdict: null,
    verdictId: null,
    supersedes: null,
    threshold: state.review.threshold,
    roundId: roundInUse(state)?.id ?? null,
    modelIds: predictingModels(state).map(model => model.id),
    maskHash: null,
    reviewer: state.review.reviewer || null,
  }
  const entries = news.map(one => ({ ...now, ...one }))
  void studio.writes.push(() => studio.storage.appendAudit(entries))
}

/** Hands the whole log over as a file, all that waits to be written included. */
export async function exportAudit(studio: Studio, format: 'csv' | 'jsonl'): Promise<void> {
  await studio.writes.settled()
  const entries = await studio.storage.auditLog()
  const text = format === 'csv' ? auditCsv(entries) : auditLines(entries)
  const type = format === 'csv' ? 'text/csv' : 'application/x-ndjson'
  studio.deliver(`audit-log.${format}`, new Blob([text], { type }))
}
