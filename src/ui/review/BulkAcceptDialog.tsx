import { useMemo, useState } from 'react'
import { Button } from 'react-aria-components'
import { isUnreviewed } from '../../state/review/selectors'
import { bulkAccept, confidentPatches } from '../../state/review/verdicts'
import { closeDialog } from '../../state/shell/actions'
import type { StudioState } from '../../state/studioState'
import { Slider } from '../controls/Fields'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatShare } from '../format'
import { useStudio, useStudioState } from '../studioContext'

/** Rows of the preview; the counts are of all. */
export const SHOWN = 200

export function BulkAcceptDialog() {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches.list)
  const verdicts = useStudioState(state => state.review.verdicts)
  const shares = useStudioState(state => state.review.shares)
  const threshold = useStudioState(state => state.review.threshold)
  const [least, setLeast] = useState(() => surestQuarter(studio.store.getState()))
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const { chosen, open, scored } = useMemo(() => {
    const state = studio.store.getState()
    const unreviewed = patches.filter(patch => isUnreviewed(state, patch))
    return {
      chosen: confidentPatches(state, least),
      open: unreviewed,
      scored: unreviewed.filter(patch => patch.scores).length,
    }
  }, [studio, patches, verdicts, least])
  const accept = () => {
    closeDialog(studio)
    void bulkAccept(
      studio,
      chosen.map(patch => patch.id),
    )
  }
  return (
    <StudioDialog title="Accept in bulk">
      <div className="stack">
        <p className="note">
          Accepts unreviewed patches as they are shown at threshold {threshold.toFixed(2)}. Confidence is the
          share of a patch's possible landslide pixels (0.30 and more) that the ensemble is sure of (0.70 and
          more). Networks can all be wrong with confidence, so audit a random sample too.
        </p>
        <Slider
          label="Confidence"
          value={least}
          minValue={0}
          maxValue={1}
          step={0.01}
          format={{ minimumFractionDigits: 2 }}
          onChange={setLeast}
        />
        <p role="status">
          <strong className="tabular">
            {chosen.length} of {open.length}
          </strong>{' '}
          unreviewed patches, {share(area(chosen), area(open))} of their pixels
          {scored < open.length && `; ${open.length - scored} have no prediction and are excluded`}.
        </p>
        {chosen.length > 0 && (
          <ul className="bulk-list" aria-label="Patches to accept">
            {chosen.slice(0, SHOWN).map(patch => {
              const landslide = shares[patch.id]
              return (
                <li key={patch.id}>
                  <span className="bulk-name">{patch.name}</span>
                  <span className="dim tabular">
                    {landslide === null || landslide === undefined
                      ? ''
                      : `${formatShare(landslide)} landslide`}
                  </span>
                  <span className="tabular">{patch.scores?.confidence.toFixed(2)}</span>
                </li>
              )
            })}
            {chosen.length > SHOWN && <li className="dim">and {chosen.length - SHOWN} more</li>}
          </ul>
        )}
        <div className="dialog-foot">
          <span className="dim">One undo reverts all of it.</span>
          <span className="spacer" />
          <Button className="button button-primary" isDisabled={chosen.length === 0} onPress={accept}>
            Accept {chosen.length}
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}

/** The confidence that a quarter of the unreviewed patches with a score have, down to two decimals. */
export function surestQuarter(state: StudioState): number {
  const sure = confidentPatches(state, 0).map(patch => patch.scores?.confidence ?? 0)
  return Math.floor(100 * (sure[Math.ceil(sure.length / 4) - 1] ?? 0.9)) / 100
}

export const area = (patches: readonly { width: number; height: number }[]) =>
  patches.reduce((sum, { width, height }) => sum + width * height, 0)

export const share = (part: number, whole: number) => `${whole > 0 ? Math.round((100 * part) / whole) : 0} %`
