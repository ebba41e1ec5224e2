import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { FAMILY_TITLES, presetsFor, type RoundSettings as Settings } from '../../state/slices/roundsSlice'
import { Icon } from '../controls/Icon'
import { NumberField } from '../controls/NumberField'
import { Select } from '../controls/Select'
import { useStudio, useStudioState } from '../studioContext'

/** What of the method an analyst may turn, folded away until wanted. */
export function RoundSettings() {
  const studio = useStudio()
  const settings = useStudioState(state => state.settings)
  const set = (change: Partial<Settings>) =>
    studio.store.setState(state => ({ settings: { ...state.settings, ...change } }))
  return (
    <Disclosure className="disclosure">
      <Heading level={3}>
        <Button slot="trigger" className="disclosure-trigger">
          <Icon name="chevron" />
          Learning settings
        </Button>
      </Heading>
      <DisclosurePanel className="disclosure-panel">
        <div className="stack">
          <p className="hint">
            Trains {settings.families.map(family => FAMILY_TITLES[family]).join(', ') || 'no network'}, as
            chosen in Models.
          </p>
          <Select
            label="Network size"
            value={settings.preset}
            options={presetsFor(settings.families).map(id => ({ id, title: id }))}
            onChange={preset => set({ preset })}
          />
          {settings.families.length > 1 && (
            <p className="hint">Published sizes are offered where one network is chosen.</p>
          )}
          <div className="field-pair">
            <NumberField
              label="Learning rate"
              value={settings.learningRate}
              minValue={0.00001}
              maxValue={0.1}
              step={0.00001}
              format={{ maximumSignificantDigits: 3 }}
              onChange={learningRate => set({ learningRate })}
            />
            <NumberField
              label="Patches a pass"
              value={settings.microBatch}
              minValue={1}
              maxValue={32}
              onChange={microBatch => set({ microBatch })}
            />
          </div>
          <div className="field-pair">
            <NumberField
              label="Passes a step"
              value={settings.accumulate}
              minValue={1}
              maxValue={32}
              onChange={accumulate => set({ accumulate })}
            />
            <NumberField
              label="Seed"
              value={settings.seed}
              minValue={0}
              maxValue={4294967295}
              format={{ useGrouping: false }}
              onChange={seed => set({ seed })}
            />
          </div>
        </div>
      </DisclosurePanel>
    </Disclosure>
  )
}
