import { Button } from 'react-aria-components'
import { freeCheckpoints, freePredictions, freeRemoved } from '../../state/session/projectActions'
import type { StorageUse } from '../../state/session/slice'
import { CommandButton } from '../controls/CommandButton'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatBytes } from '../format'
import { useStudio, useStudioState } from '../studioContext'

export const KINDS: Readonly<Record<StorageUse['kind'], string>> = {
  pixels: 'Images and labels',
  masks: 'Masks',
  ensemble: 'Ensemble probabilities',
  networks: 'Network probabilities',
  models: 'Trained and imported models',
  checkpoints: 'Unfinished round',
  removed: 'Removed patches',
}

/** How much of the browser's storage the project uses, whether the browser keeps it, and how to free space. */
export function StorageDialog() {
  const studio = useStudio()
  const storage = useStudioState(state => state.session.storage)
  const use = useStudioState(state => state.session.storageUse)
  const persisted = useStudioState(state => state.session.persisted)
  const owner = useStudioState(state => state.session.access === 'owner')
  const busy = useStudioState(({ shell: { jobs } }) => Object.keys(jobs).length > 0)
  const bytesOf = (kind: StorageUse['kind']) => use?.find(entry => entry.kind === kind)?.bytes ?? 0
  const share = storage && storage.quota > 0 ? Math.min(1, storage.usage / storage.quota) : 0
  return (
    <StudioDialog title="Storage">
      <div className="stack">
        {storage && (
          <div>
            <p className="tabular">
              {formatBytes(storage.usage)} of {formatBytes(storage.quota)} used.
            </p>
            <meter className="storage-meter" aria-label="Storage used" value={share} high={0.9} max={1} />
          </div>
        )}
        <p className="note">{keptText(persisted)}</p>
        <table className="storage-table tabular">
          <caption className="visually-hidden">What takes the space</caption>
          <tbody>
            {Object.entries(KINDS).map(([kind, title]) => (
              <tr key={kind}>
                <th scope="row">{title}</th>
                <td>{use ? formatBytes(bytesOf(kind as StorageUse['kind'])) : '…'}</td>
                <td>
                  {kind === 'networks' && (
                    <Button
                      className="button button-plain"
                      isDisabled={!owner || busy || bytesOf('networks') === 0}
                      onPress={() => void freePredictions(studio)}
                    >
                      Remove old
                    </Button>
                  )}
                  {kind === 'checkpoints' && (
                    <Button
                      className="button button-plain"
                      isDisabled={!owner || busy || bytesOf('checkpoints') === 0}
                      onPress={() => void freeCheckpoints(studio)}
                    >
                      Discard round
                    </Button>
                  )}
                  {kind === 'removed' && (
                    <Button
                      className="button button-plain"
                      isDisabled={!owner || busy || bytesOf('removed') === 0}
                      onPress={() => void freeRemoved(studio)}
                    >
                      Delete for good
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        <p className="hint">
          “Remove old” keeps the predictions of the selected models. To see an earlier round’s map again, run
          its models. Removed patches can be brought back with Undo until they are deleted for good. Remove
          imported models in Models. Verdicts, strokes and masks are kept.
        </p>
        <div className="dialog-foot">
          <CommandButton command="retry-saving" />
          <span className="spacer" />
          <CommandButton command="save-archive" look="primary" />
        </div>
      </div>
    </StudioDialog>
  )
}

export function keptText(persisted: boolean | null): string {
  if (persisted === null) return 'The browser has not yet said whether it will keep the project.'
  return persisted
    ? 'The browser will keep the project even when the disk is nearly full.'
    : 'The browser may delete the project when the disk is nearly full. It keeps sites that are used often, ' +
        'bookmarked or installed. Save a project archive from time to time.'
}
