import { useState } from 'react'
import { Button, Label, Radio, RadioGroup } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import { type AttachedAs, attachMasks } from '../../state/patches/attachMasks'
import { patchesById, removalObstacle } from '../../state/patches/selectors'
import { closeDialog } from '../../state/shell/actions'
import { Icon } from '../controls/Icon'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatShare } from '../format'
import { useStudio, useStudioState } from '../studioContext'

const NAMES = 6

/** Asks what the masks are: nothing is chosen before, since the two teach, score and export differently. */
export function AttachMasksDialog() {
  const studio = useStudio()
  const waiting = useStudioState(state => state.patches.waitingMasks)
  const obstacle = useStudioState(removalObstacle)
  const patches = useStudioState(state => state.patches.list)
  const [as, setAs] = useState<AttachedAs | null>(null)
  const known = patchesById({ patches: { list: patches } as never })
  const labelled = waiting.filter(({ patchId }) => known.get(patchId)?.hasLabel).length
  const noLabel = labelled === waiting.length ? 'This patch has a label already.' : obstacle
  return (
    <StudioDialog title={waiting.length === 1 ? 'Attach mask' : `Attach ${waiting.length} masks`}>
      <div className="stack">
        <ul className="attach-list">
          {waiting.slice(0, NAMES).map(({ path, patchId, share, notes }) => (
            <li key={patchId}>
              <code>{path}</code> to {known.get(patchId)?.name}
              <span className="dim tabular"> {formatShare(share)} landslide</span>
              {notes.map(({ reason, message }) => (
                <span key={reason} className="attach-note">
                  <Icon name={reason === 'mask-position' ? 'warning' : 'information'} /> {message}
                </span>
              ))}
            </li>
          ))}
          {waiting.length > NAMES && <li className="dim">and {waiting.length - NAMES} more</li>}
        </ul>
        <RadioGroup className="radio-cards" value={as ?? ''} onChange={value => setAs(value as AttachedAs)}>
          <Label className="field-label">Attach as</Label>
          <Radio value="label" className="radio-card" aria-label="Label" isDisabled={noLabel !== null}>
            <strong>Label</strong>
            <span className="dim">
              {noLabel ??
                'Ground truth from elsewhere. The patch becomes a source: rounds learn from it, it is not reviewed.'}
            </span>
          </Radio>
          <Radio value="correction" className="radio-card" aria-label="Correction">
            <strong>Correction</strong>
            <span className="dim">Your own mapping, as if painted and accepted here.</span>
          </Radio>
        </RadioGroup>
        {as === 'label' && labelled > 0 && (
          <p className="note">{plural(labelled, 'patch', 'patches')} with a label left out.</p>
        )}
        <div className="dialog-foot">
          <span className="dim">Undo takes it back.</span>
          <span className="spacer" />
          <Button className="button button-plain" onPress={() => closeDialog(studio)}>
            Cancel
          </Button>
          <Button
            className="button button-primary"
            isDisabled={as === null}
            onPress={() => as && void attachMasks(studio, as)}
          >
            Attach
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}
