import { CommandButton } from '../controls/CommandButton'
import { NumberField } from '../controls/NumberField'
import { useStudio, useStudioState } from '../studioContext'

/** Small landslides, holes and ragged edges: first outlined, then applied as one step. */
export function CleanUpFields() {
  const studio = useStudio()
  const area = useStudioState(state => state.cleanUpArea)
  const radius = useStudioState(state => state.cleanUpRadius)
  const shown = useStudioState(state => {
    const { cleanUp } = state
    return cleanUp?.patchId === state.selectedId &&
      cleanUp?.revision === (state.maskRevision[cleanUp.patchId] ?? 0)
      ? cleanUp
      : null
  })
  return (
    <div className="stack-tight">
      <div className="clean-up-sizes">
        <NumberField
          label="Smaller than, pixels"
          value={area}
          minValue={1}
          maxValue={100_000}
          onChange={value => studio.store.setState({ cleanUpArea: value })}
        />
        <NumberField
          label="Majority radius"
          value={radius}
          minValue={1}
          maxValue={10}
          onChange={value => studio.store.setState({ cleanUpRadius: value })}
        />
      </div>
      <div className="clean-up-buttons">
        <CommandButton command="clean-up-minimum-area">Small landslides</CommandButton>
        <CommandButton command="clean-up-holes">Holes</CommandButton>
        <CommandButton command="clean-up-majority">Majority</CommandButton>
      </div>
      {shown && (
        <div className="clean-up-preview" role="status">
          <span>
            {shown.pixels === 0 ? 'Nothing would change.' : `${shown.pixels} pixels would change (outlined).`}
          </span>
          <div className="button-row">
            {shown.pixels > 0 && (
              <CommandButton command="clean-up-apply" look="primary">
                Apply
              </CommandButton>
            )}
            <CommandButton command="clean-up-cancel" look="quiet">
              {shown.pixels > 0 ? 'Leave' : 'Close'}
            </CommandButton>
          </div>
        </div>
      )}
    </div>
  )
}
