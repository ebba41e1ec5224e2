import { useId, useRef } from 'react'
import { Button, Checkbox, CheckboxGroup, Disclosure, DisclosurePanel, Label } from 'react-aria-components'
import { FAMILIES, FAMILY_TITLES } from '../../core/rounds/networks'
import { openModelDialog, openModels, returnToLatestModels } from '../../state/models/actions'
import { chosenStarts, emptyEnsemble, predicts } from '../../state/models/selectors'
import { importFiles } from '../../state/patches/files'
import { chooseFamilies } from '../../state/rounds/settings'
import type { ModelSummary } from '../../worker/protocolModels'
import { Icon } from '../controls/Icon'
import { DisclosureHeading } from '../controls/SidePanel'
import { useStudio, useStudioState } from '../studioContext'
import { ModelRow } from './ModelRow'

/** Every model that there is: which predict, which families the next round trains, what each is and where from. */
export function ModelsPanel() {
  const studio = useStudio()
  const open = useStudioState(state => state.models.open)
  const models = useStudioState(state => state.models.list)
  const ensemble = useStudioState(state => state.models.ensemble)
  const listed = useStudioState(state => state.models.listed)
  const obstacle = useStudioState(emptyEnsemble)
  const latestRound = Math.max(0, ...models.map(model => model.round ?? 0))
  const earlier = models.filter(model => model.round !== null && model.round < latestRound)
  const groups = [
    { title: `Round ${latestRound}`, members: models.filter(model => model.round === latestRound) },
    { title: 'Imported', members: models.filter(model => model.origin === 'imported') },
    { title: 'Starters', members: models.filter(model => model.origin === 'starter') },
  ].filter(({ members }) => members.length > 0)
  const chosen = models.filter(model => predicts(model, ensemble)).length
  return (
    <section className="panel models-panel" aria-label="Models">
      <Disclosure
        className="disclosure"
        isExpanded={open}
        onExpandedChange={unfolded => openModels(studio, unfolded)}
      >
        <div className="panel-head">
          <DisclosureHeading level={2}>Models</DisclosureHeading>
          <span className="dim">{listed ? `${chosen} of ${models.length} predict` : 'loading…'}</span>
        </div>
        <DisclosurePanel className="models-body">
          {obstacle && (
            <p className="hint" role="status">
              {obstacle}
            </p>
          )}
          {groups.map(({ title, members }) => (
            <ModelGroup key={title} title={title} models={members} />
          ))}
          {earlier.length > 0 && (
            <Disclosure className="disclosure">
              <DisclosureHeading level={3}>Earlier rounds ({earlier.length})</DisclosureHeading>
              <DisclosurePanel>
                <ModelGroup title="Earlier rounds" models={earlier} />
              </DisclosurePanel>
            </Disclosure>
          )}
          <DamagedModels />
          <div className="models-foot">
            <AddModelButton />
            {ensemble !== null && (
              <Button className="button button-quiet" onPress={() => returnToLatestModels(studio)}>
                Use latest models
              </Button>
            )}
          </div>
          <FamilyChoice />
        </DisclosurePanel>
      </Disclosure>
    </section>
  )
}

/** Models of one origin. */
function ModelGroup({ title, models }: { title: string; models: readonly ModelSummary[] }) {
  const heading = useId()
  return (
    <div>
      <p id={heading} className="model-group dim">
        {title}
      </p>
      <ul className="model-list" aria-labelledby={heading}>
        {models.map(model => (
          <ModelRow key={model.id} model={model} />
        ))}
      </ul>
    </div>
  )
}

/** Stored models that cannot be listed any more, each with the reason; imported ones can be cleared away. */
function DamagedModels() {
  const studio = useStudio()
  const damaged = useStudioState(state => state.models.damaged)
  if (damaged.length === 0) return null
  return (
    <ul className="damaged-models" aria-label="Damaged models">
      {damaged.map(({ id, message, origin }) => (
        <li key={id}>
          <Icon name="warning" />
          <span>
            <strong>{id}</strong> {message}
          </span>
          {origin === 'imported' && (
            <Button
              className="button button-quiet button-icon"
              aria-label={`Remove ${id}`}
              onPress={() => openModelDialog(studio, 'remove-model', id)}
            >
              <Icon name="remove" />
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}

/** The way in for those who do not drag: the same import as a drop. */
function AddModelButton() {
  const studio = useStudio()
  const input = useRef<HTMLInputElement>(null)
  const busy = useStudioState(
    state => state.shell.jobs.import !== undefined || state.shell.jobs.model !== undefined,
  )
  const ready = useStudioState(state => state.session.phase === 'ready')
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept=".safetensors,.zip,.json,.md"
        data-testid="model-input"
        onChange={event => {
          const files = [...(event.currentTarget.files ?? [])].map(file => ({ path: file.name, file }))
          event.currentTarget.value = ''
          void importFiles(studio, files)
        }}
      />
      <Button
        className="button button-plain"
        isDisabled={busy || !ready}
        onPress={() => input.current?.click()}
      >
        <Icon name="add" />
        Add model
      </Button>
    </>
  )
}

/** Which networks the next round trains, and what each starts from. */
function FamilyChoice() {
  const studio = useStudio()
  const settings = useStudioState(state => state.rounds.settings)
  const models = useStudioState(state => state.models.list)
  const startFrom = useStudioState(state => state.models.startFrom)
  const starts = chosenStarts({ rounds: { settings }, models: { list: models, startFrom } })
  return (
    <CheckboxGroup
      className="checkbox-group family-choice"
      value={settings.families}
      onChange={chosen => chooseFamilies(studio, chosen)}
    >
      <Label className="field-label">Next round trains</Label>
      {FAMILIES.map(family => {
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
