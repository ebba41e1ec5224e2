import { useEffect, useState } from 'react'
import { Button } from 'react-aria-components'
import { toAppError } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import type { AuditEntry } from '../../core/review/auditLog'
import { exportAudit } from '../../state/review/audit'
import { notify } from '../../state/shell/notices'
import { Icon } from '../controls/Icon'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatTime } from '../format'
import { useStudio } from '../studioContext'

/** Rows on screen; the files hold all. */
export const SHOWN = 300

export function AuditLogDialog() {
  const studio = useStudio()
  const [entries, setEntries] = useState<AuditEntry[] | null>(null)
  const [error, setError] = useState<string | null>(null)
  useEffect(() => {
    let current = true
    // What waits for room on the disk is not in the log yet; the rest can still be read.
    const read = () => studio.storage.auditLog()
    const stored = studio.writes.settled().then(read, read)
    stored.then(
      all => current && setEntries(all),
      (thrown: unknown) => current && setError(toAppError(thrown, 'storage-failed').message),
    )
    return () => {
      current = false
    }
  }, [studio])
  const names = new Map(studio.store.getState().patches.list.map(patch => [patch.id, patch.name]))
  const save = (format: 'csv' | 'jsonl') =>
    exportAudit(studio, format).catch((thrown: unknown) =>
      notify(studio.store, 'error', toAppError(thrown, 'storage-failed').message),
    )
  const latest = (entries ?? [])
    .map((entry, index) => ({ entry, number: index + 1 }))
    .slice(-SHOWN)
    .reverse()
  return (
    <StudioDialog title="Audit log" wide>
      <div className="stack">
        {error && (
          <p className="dialog-error" role="alert">
            {error}
          </p>
        )}
        {entries?.length === 0 && (
          <p className="note">Nothing yet. Verdicts, rounds, imports and exports are logged here.</p>
        )}
        {latest.length > 0 && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
          <section className="audit-scroll" aria-label="Log entries" tabIndex={0}>
            <table className="audit-table">
              <thead>
                <tr>
                  <th scope="col">Time</th>
                  <th scope="col">Event</th>
                  <th scope="col">Patch</th>
                  <th scope="col">Threshold</th>
                  <th scope="col">Mask</th>
                </tr>
              </thead>
              <tbody>
                {latest.map(({ entry, number }) => (
                  <tr key={number}>
                    <td className="tabular dim">
                      {formatTime(entry.at, { dateStyle: 'short', timeStyle: 'medium' })}
                    </td>
                    <td>{entry.detail}</td>
                    <td>{entry.patchId && (names.get(entry.patchId) ?? entry.patchId)}</td>
                    <td className="tabular">{entry.threshold.toFixed(2)}</td>
                    <td className="audit-hash" title={entry.maskHash ?? undefined}>
                      {entry.maskHash?.slice(0, 8)}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
        <div className="dialog-foot">
          <span className="dim tabular">{entries && countText(entries.length)}</span>
          <span className="spacer" />
          <Button
            className="button button-plain"
            isDisabled={!entries?.length}
            onPress={() => void save('jsonl')}
          >
            <Icon name="download" />
            JSON Lines
          </Button>
          <Button
            className="button button-primary"
            isDisabled={!entries?.length}
            onPress={() => void save('csv')}
          >
            <Icon name="download" />
            CSV
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}

export function countText(count: number): string {
  const all = plural(count, 'entry', 'entries')
  return count > SHOWN ? `${all}, the latest ${SHOWN} shown` : all
}
