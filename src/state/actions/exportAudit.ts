import { auditCsv, auditLines } from '../../core/review/auditLog'
import type { Studio } from '../studio'

/** Hands the whole log over as a file, all that waits to be written included. */
export async function exportAudit(studio: Studio, format: 'csv' | 'jsonl'): Promise<void> {
  await studio.writes.settled()
  const entries = await studio.storage.auditLog()
  const text = format === 'csv' ? auditCsv(entries) : auditLines(entries)
  const type = format === 'csv' ? 'text/csv' : 'application/x-ndjson'
  studio.deliver(`audit-log.${format}`, new Blob([text], { type }))
}
