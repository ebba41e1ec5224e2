import { useEffect, useMemo, useState } from 'react'
import { Button, GridList, GridListItem, ListLayout, Virtualizer } from 'react-aria-components'
import { toAppError } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import type { AuditEntry } from '../../core/review/auditLog'
import { exportAudit } from '../../state/review/audit'
import { notifyError } from '../../state/shell/notices'
import { Icon } from '../controls/Icon'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatTime } from '../format'
import { useStudio } from '../studioContext'

/** Of one line, as in review.css, pixels; a long event takes more. */
const LAYOUT = { estimatedRowSize: 26 }

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
  const save = (format: 'csv' | 'jsonl') =>
    exportAudit(studio, format).catch((thrown: unknown) =>
      notifyError(studio.store, thrown, 'storage-failed'),
    )
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
        {entries !== null && entries.length > 0 && <LogList entries={entries} />}
        <div className="dialog-foot">
          <span className="dim tabular">{entries && plural(entries.length, 'entry', 'entries')}</span>
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

/** Latest first; of thousands of rows only those in sight are in the page. */
function LogList({ entries }: { entries: readonly AuditEntry[] }) {
  const studio = useStudio()
  const rows = useMemo(() => {
    const names = new Map(studio.store.getState().patches.list.map(patch => [patch.id, patch.name]))
    return entries
      .map((entry, index) => ({
        entry,
        id: index + 1,
        patch: entry.patchId && (names.get(entry.patchId) ?? entry.patchId),
      }))
      .reverse()
  }, [studio, entries])
  return (
    <div className="audit-log">
      <div className="audit-row audit-head" aria-hidden="true">
        <span>Time</span>
        <span>Event</span>
        <span>Patch</span>
        <span>Threshold</span>
        <span>Mask</span>
      </div>
      <Virtualizer layout={ListLayout} layoutOptions={LAYOUT}>
        <GridList className="audit-list" aria-label="Log entries" items={rows}>
          {({ entry, patch }) => (
            <GridListItem
              className="audit-row"
              textValue={[entry.detail, patch, entry.reviewer].filter(Boolean).join(', ')}
            >
              <LogCells entry={entry} patch={patch} />
            </GridListItem>
          )}
        </GridList>
      </Virtualizer>
    </div>
  )
}

/** A component of its own, so that the time of day is written out for rows in sight alone: that is slow. */
function LogCells({ entry, patch }: { entry: AuditEntry; patch: string | null }) {
  return (
    <>
      <span className="tabular dim">{formatTime(entry.at, { dateStyle: 'short', timeStyle: 'medium' })}</span>
      <span>
        {entry.detail}
        {entry.reviewer && <span className="dim"> · {entry.reviewer}</span>}
      </span>
      <span>{patch}</span>
      <span className="tabular">
        <span className="visually-hidden">Threshold </span>
        {entry.threshold.toFixed(2)}
      </span>
      <span className="audit-hash" title={entry.maskHash ?? undefined}>
        {entry.maskHash && <span className="visually-hidden">Mask </span>}
        {entry.maskHash?.slice(0, 8)}
      </span>
    </>
  )
}
