import { Button, Checkbox } from 'react-aria-components'
import { chooseStart } from '../../state/actions/chooseModels'
import { FAMILY_TITLES } from '../../state/slices/roundsSlice'
import type { ModelSummary } from '../../worker/protocol'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'
import { ModelCheckLine } from './ModelCheckLine'
import { ModelDownload } from './ModelDownload'

/** What the manifest says of a model, and what can be done with it. */
export function ModelDetails({ model }: { model: ModelSummary }) {
  const studio = useStudio()
  const facts = useStudioState(state => state.facts[model.id])
  const starts = useStudioState(state => state.startFrom[model.family] === model.id)
  const openDialog = (dialog: 'model-card' | 'remove-model') =>
    studio.store.setState({ dialog, dialogModelId: model.id })
  if (!facts) return <p className="hint">Reading its manifest…</p>
  const { manifest, notes } = facts
  return (
    <div className="stack">
      {!model.canPredict && (
        <p className="hint">
          Part of its weights is fresh, so its masks would be noise. Start a round from it; the round’s model
          predicts.
        </p>
      )}
      <ModelCheckLine model={model} />
      <Checkbox
        className="checkbox"
        isSelected={starts}
        onChange={chosen => chooseStart(studio, model.family, chosen ? model.id : null)}
      >
        <span className="checkbox-box" aria-hidden="true" />
        Start the next round of {FAMILY_TITLES[model.family]} here
      </Checkbox>
      <div className="button-row model-actions">
        <ModelDownload model={model} />
        {facts.card !== null && (
          <Button className="button button-quiet" onPress={() => openDialog('model-card')}>
            <Icon name="card" />
            Card
          </Button>
        )}
        {model.origin === 'imported' && (
          <Button
            className="button button-quiet"
            aria-label={`Remove ${model.title}`}
            onPress={() => openDialog('remove-model')}
          >
            <Icon name="remove" />
            Remove
          </Button>
        )}
      </div>
      <dl className="facts model-facts">
        <Fact name="Learned from" items={manifest.training.data} />
        <Fact name="Notes" items={notes.length > 0 ? notes : manifest.training.notes} />
        <Fact name="Not good for" items={manifest.limits} />
        <Fact name="Parameters" items={[manifest.parameters.toLocaleString('en')]} />
        <Fact name="Made" items={manifest.training.at ? [madeAt(manifest.training.at)] : []} />
        <Fact
          name="Licence"
          // Notes are those of a bare checkpoint: nothing in it names a licence.
          items={[notes.length > 0 ? 'That of the weights’ source; not known here.' : manifest.license]}
        />
        <Fact name="Weights" items={[`SHA-256 ${manifest.weights.sha256.slice(0, 16)}…`]} />
      </dl>
    </div>
  )
}

function Fact({ name, items }: { name: string; items: readonly string[] }) {
  if (items.length === 0) return null
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {items.map(item => (
          <p key={item}>{item}</p>
        ))}
      </dd>
    </>
  )
}

function madeAt(iso: string): string {
  const date = new Date(iso)
  return Number.isNaN(date.getTime())
    ? iso
    : date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}
