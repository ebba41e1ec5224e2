import { Checkbox, CheckboxGroup, Label } from 'react-aria-components'
import { chooseFamilies } from '../../state/actions/chooseModels'
import { chosenStarts } from '../../state/modelSelectors'
import { ALL_FAMILIES, FAMILY_TITLES } from '../../state/slices/roundsSlice'
import { useStudio, useStudioState } from '../studioContext'

/** Which networks the next round trains, and from what each goes on. */
export function FamilyChoice() {
  const studio = useStudio()
  const settings = useStudioState(state => state.settings)
  const models = useStudioState(state => state.models)
  const startFrom = useStudioState(state => state.startFrom)
  const starts = chosenStarts({ settings, models, startFrom })
  return (
    <CheckboxGroup
      className="checkbox-group family-choice"
      value={settings.families}
      onChange={chosen => chooseFamilies(studio, chosen)}
    >
      <Label className="field-label">Next round trains</Label>
      {ALL_FAMILIES.map(family => {
        const start = models.find(model => model.id === starts[family])
        return (
          <Checkbox key={family} value={family} className="checkbox">
            <span className="checkbox-box" aria-hidden="true" />
            <span>{FAMILY_TITLES[family]}</span>
            {start && <span className="dim family-start">from {start.title}</span>}
          </Checkbox>
        )
      })}
    </CheckboxGroup>
  )
}
