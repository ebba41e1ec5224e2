import {
  Button,
  Checkbox,
  Disclosure,
  DisclosurePanel,
  Heading,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
} from 'react-aria-components'
import { FAMILY_TITLES } from '../../core/rounds/networks'
import {
  checkModel,
  choosePredicting,
  chooseStart,
  exportModel,
  loadFacts,
  openModelDialog,
} from '../../state/models/actions'
import { predicts } from '../../state/models/selectors'
import type { ModelCheck, ModelSummary } from '../../worker/protocolModels'
import { Icon } from '../controls/Icon'
import { Name } from '../controls/Name'
import { backendTitle, describeModel, formatScore, formatTime } from '../format'
import { JobProgress } from '../map/JobStrip'
import { useStudio, useStudioState } from '../studioContext'

/** One model: its place in the ensemble, what it is in a line, and everything else unfolded. */
export function ModelRow({ model }: { model: ModelSummary }) {
  const studio = useStudio()
  const chosen = useStudioState(state => predicts(model, state.models.ensemble))
  return (
    <li className="model-row">
      <Checkbox
        className="checkbox"
        aria-label={`Predict with ${model.title}`}
        isSelected={chosen}
        isDisabled={!model.canPredict}
        onChange={selected => choosePredicting(studio, model.id, selected)}
      >
        <span className="checkbox-box" aria-hidden="true" />
      </Checkbox>
      <Disclosure
        className="disclosure"
        onExpandedChange={expanded => expanded && void loadFacts(studio, model.id)}
      >
        <Heading level={3}>
          <Button slot="trigger" className="disclosure-trigger model-trigger">
            <span className="model-title">
              <Name>{model.title}</Name>
            </span>
            <span className="model-score tabular" title="Landslide F1 on held-out patches">
              {model.heldOutF1 !== null && `F1 ${formatScore(model.heldOutF1)}`}
            </span>
            <span className="model-line dim">{describeModel(model)}</span>
            {!model.canPredict && <span className="model-line model-untrained">Needs training</span>}
            <Icon name="chevron" />
          </Button>
        </Heading>
        <DisclosurePanel className="model-details">
          <ModelDetails model={model} />
        </DisclosurePanel>
      </Disclosure>
    </li>
  )
}

/** What the manifest says of a model, and what can be done with it. */
function ModelDetails({ model }: { model: ModelSummary }) {
  const studio = useStudio()
  const facts = useStudioState(state => state.models.facts[model.id])
  const starts = useStudioState(state => state.models.startFrom[model.family] === model.id)
  if (!facts) return <p className="hint">Loading…</p>
  const { manifest, notes } = facts
  return (
    <div className="stack">
      {!model.canPredict && (
        <p className="hint">
          Some of its weights are untrained, so its masks would be noise. Train it by starting a round from
          it.
        </p>
      )}
      <ModelCheckLine model={model} />
      <Checkbox
        className="checkbox"
        isSelected={starts}
        onChange={chosen => chooseStart(studio, model.family, chosen ? model.id : null)}
      >
        <span className="checkbox-box" aria-hidden="true" />
        Start the next {FAMILY_TITLES[model.family]} round from this model
      </Checkbox>
      <div className="button-row model-actions">
        <ModelDownload model={model} />
        {facts.card !== null && (
          <Button
            className="button button-quiet"
            onPress={() => openModelDialog(studio, 'model-card', model.id)}
          >
            <Icon name="card" />
            Card
          </Button>
        )}
        {model.origin === 'imported' && (
          <Button
            className="button button-quiet"
            aria-label={`Remove ${model.title}`}
            onPress={() => openModelDialog(studio, 'remove-model', model.id)}
          >
            <Icon name="remove" />
            Remove
          </Button>
        )}
      </div>
      <dl className="facts model-facts">
        <Fact name="Trained on" items={manifest.training.data} />
        <Fact name="Notes" items={notes.length > 0 ? notes : manifest.training.notes} />
        <Fact name="Limitations" items={manifest.limits} />
        <Fact name="Parameters" items={[manifest.parameters.toLocaleString('en')]} />
        <Fact name="Created" items={manifest.training.at ? [formatTime(manifest.training.at)] : []} />
        <Fact
          name="Licence"
          // Notes are those of a bare checkpoint: nothing in it names a licence.
          items={[notes.length > 0 ? 'Unknown: see the source of the weights.' : manifest.license]}
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

/** Runs the golden outputs, and says how far this machine's numbers are from those of where the model was saved. */
function ModelCheckLine({ model }: { model: ModelSummary }) {
  const studio = useStudio()
  const check = useStudioState(state => state.models.checks[model.id])
  const job = useStudioState(state =>
    state.models.checkingId === model.id ? state.shell.jobs.check : undefined,
  )
  const busy = useStudioState(state => state.shell.jobs.check !== undefined)
  const ready = useStudioState(state => state.models.engine.status !== 'failed')
  if (!model.hasGolden) return <p className="hint">No golden outputs to check against.</p>
  return (
    <div className="model-check">
      {job ? (
        <>
          <JobProgress job={job} />
          <Button className="button button-plain" onPress={() => studio.jobs.cancel('check')}>
            <Icon name="close" />
            Cancel
          </Button>
        </>
      ) : (
        <>
          <Button
            className="button button-plain"
            aria-label={`Check ${model.title}`}
            isDisabled={busy || !ready}
            onPress={() => void checkModel(studio, model.id)}
          >
            <Icon name="check" />
            Check
          </Button>
          <span className={`hint${check && !check.passed ? ' model-check-failed' : ''}`} role="status">
            {check ? checkText(check) : 'Compares its outputs here with its golden outputs.'}
          </span>
        </>
      )}
    </div>
  )
}

function checkText({ largest, tolerance, passed, backend, adapter }: ModelCheck): string {
  const verdict = passed ? 'Agrees' : 'Differs: do not rely on it on this machine'
  return `${verdict}. Largest difference ${largest.toExponential(1)}, allowed ${tolerance.toExponential(0)}, on ${backendTitle(backend)} (${adapter}).`
}

const FORMATS = [
  {
    id: 'folder',
    title: 'Model folder (.zip)',
    detail: 'For Scarp: manifest, weights, golden outputs, card',
  },
  {
    id: 'target',
    title: 'PyTorch weights, target',
    detail: 'Original key names, target statistics',
  },
  {
    id: 'source',
    title: 'PyTorch weights, source',
    detail: 'Original key names, source statistics',
  },
] as const

function ModelDownload({ model }: { model: ModelSummary }) {
  const studio = useStudio()
  const busy = useStudioState(state => state.shell.jobs.export !== undefined)
  return (
    <MenuTrigger>
      <Button className="button button-quiet" aria-label={`Download ${model.title}`} isDisabled={busy}>
        <Icon name="download" />
        Download
      </Button>
      <Popover className="popover" placement="bottom start" offset={4}>
        <Menu className="menu" aria-label="Download as">
          {FORMATS.map(({ id, title, detail }) => (
            <MenuItem
              key={id}
              className="menu-item"
              textValue={title}
              onAction={() => void exportModel(studio, model.id, id)}
            >
              <span>{title}</span>
              <span className="dim">{detail}</span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
