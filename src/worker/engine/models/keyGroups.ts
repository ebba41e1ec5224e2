import type { CheckpointReport } from '../../../core/models/checkpoint/checkpointReport'
import type { KeyGroup, KeyRow } from '../../modelProtocol'

/** Rows of one group that cross to the window: a hostile file may hold a million keys. */
const MOST_ROWS = 200

/** What of a checkpoint did not simply load, by kind, for a table; kinds without rows are left out. */
export function keyGroups(report: CheckpointReport): KeyGroup[] {
  const rows: Record<KeyGroup['kind'], KeyRow[]> = {
    missing: report.missing.map(name => ({ name, detail: 'begins with fresh weights' })),
    unexpected: report.unexpected.map(name => ({ name, detail: 'has no place in the network' })),
    'mis-shaped': report.misshaped.map(({ name, expected, found }) => ({
      name,
      detail: `[${found.join(', ')}] where [${expected.join(', ')}] belongs`,
    })),
    unusable: report.unusable.map(({ name, reason }) => ({ name, detail: reason })),
    ignored: report.ignored.map(({ key, reason }) => ({ name: key, detail: reason })),
  }
  return (Object.keys(rows) as KeyGroup['kind'][])
    .filter(kind => rows[kind].length > 0)
    .map(kind => ({ kind, count: rows[kind].length, rows: rows[kind].slice(0, MOST_ROWS) }))
}
