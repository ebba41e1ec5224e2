import { useState } from 'react'
import { Button, Disclosure, DisclosurePanel, Input, Label, TextField } from 'react-aria-components'
import { acceptCheckpoint, dropCheckpoint } from '../../state/models/actions'
import { answerOf, type BandAnswer, firstBandChoice } from '../../state/models/checkpointBands'
import type { PendingCheckpoint } from '../../state/models/slice'
import type { KeyGroup, ModelProposal } from '../../worker/protocolModels'
import { DisclosureHeading } from '../controls/SidePanel'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatParameters, networkTitle } from '../format'
import { JobProgress } from '../map/JobStrip'
import { useStudio, useStudioState } from '../studioContext'
import { BandQuestion } from './BandQuestion'

/** Its bands are those of a patch: there is nothing to ask. */
const SAME_BANDS: BandAnswer = { status: 'ready', bandNames: null, message: '' }

/** A bare checkpoint that was dropped: what it is, what of it fits, and a name for the model it becomes. */
export function CheckpointDialog() {
  const pending = useStudioState(state => state.models.checkpoints[0])
  const waiting = useStudioState(state => state.models.checkpoints.length - 1)
  return pending ? <Checkpoint key={pending.proposal.path} pending={pending} waiting={waiting} /> : null
}

export function Checkpoint({ pending, waiting }: { pending: PendingCheckpoint; waiting: number }) {
  const studio = useStudio()
  const { proposal, error } = pending
  const job = useStudioState(state => state.shell.jobs.model)
  const [title, setTitle] = useState(proposal.title)
  const { checkpoint: bandCount, model: ourCount } = proposal.bands
  const [bands, setBands] = useState(() => firstBandChoice(bandCount))
  const answer = bandCount === ourCount ? SAME_BANDS : answerOf(bands, bandCount)
  const drop = () => dropCheckpoint(studio)
  return (
    <StudioDialog title="Add a model" wide onClose={drop}>
      <div className="stack">
        <CheckpointFacts proposal={proposal} />
        {bandCount !== ourCount && (
          <BandQuestion
            count={bandCount}
            choice={bands}
            answer={answer}
            isDisabled={job !== undefined}
            onChange={setBands}
          />
        )}
        <TextField
          className="text-field"
          value={title}
          onChange={setTitle}
          maxLength={80}
          isDisabled={job !== undefined}
        >
          <Label className="field-label">Name</Label>
          <Input className="text-input" />
        </TextField>
        <KeyGroups groups={proposal.groups} loaded={proposal.loaded} wanted={proposal.wanted} />
        {error && (
          <p className="dialog-error" role="alert">
            {error}
          </p>
        )}
        <div className="dialog-foot">
          {job ? (
            <JobProgress job={job} />
          ) : (
            <span className="dim">{waiting > 0 && `${waiting} more after this one`}</span>
          )}
          <span className="spacer" />
          <Button className="button button-plain" onPress={job ? () => studio.jobs.cancel('model') : drop}>
            {job ? 'Cancel' : 'Skip'}
          </Button>
          <Button
            className="button button-primary"
            isDisabled={title.trim() === '' || answer.status !== 'ready'}
            isPending={job !== undefined}
            onPress={() => {
              if (answer.status === 'ready') void acceptCheckpoint(studio, title, answer.bandNames)
            }}
          >
            Add model
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}

/** What was recognised, and in plain words what has to be known before it is used. */
function CheckpointFacts({ proposal }: { proposal: ModelProposal }) {
  const { bands, classes, peer, parameters, path } = proposal
  return (
    <>
      <dl className="facts">
        <dt>File</dt>
        <dd>
          <code>{path}</code>
        </dd>
        <dt>Network</dt>
        <dd>
          {networkTitle(proposal)}, {formatParameters(parameters)} parameters
        </dd>
        <dt>Key names</dt>
        <dd>{peer}</dd>
        <dt>Bands</dt>
        <dd>
          {bands.checkpoint === bands.model ? bands.model : `${bands.checkpoint}; a patch has ${bands.model}`}
        </dd>
        <dt>Classes</dt>
        <dd>{classes.checkpoint ?? 'none (encoder only)'}</dd>
      </dl>
      <ul className="note notes">
        {remarks(proposal).map(remark => (
          <li key={remark}>{remark}</li>
        ))}
      </ul>
    </>
  )
}

function remarks({ classes, encoderOnly, canPredict }: ModelProposal): string[] {
  const lines: string[] = []
  if (encoderOnly) {
    lines.push(
      'The file has an encoder only. The decoder is untrained: train it in a round before predicting.',
    )
  } else if (classes.checkpoint !== null && classes.checkpoint !== classes.model) {
    lines.push(
      `Its head has ${classes.checkpoint} classes instead of two, so a new, untrained head is used: train it in a round ` +
        'before predicting.',
    )
  } else if (!canPredict) {
    lines.push(
      'Some parameters do not fit (see below) and are untrained: train it in a round before predicting.',
    )
  }
  if (canPredict) lines.push('All parameters loaded: ready to predict.')
  lines.push('It stays on this machine. Its golden outputs are computed now.')
  return lines
}

const TITLES: Readonly<Record<KeyGroup['kind'], string>> = {
  missing: 'Missing',
  unexpected: 'Unexpected',
  'mis-shaped': 'Wrong shape',
  unusable: 'Unusable',
  ignored: 'Ignored',
}

interface KeyGroupsProps {
  groups: readonly KeyGroup[]
  loaded: number
  wanted: number
}

/** The table of keys that did not simply load, folded by kind. */
function KeyGroups({ groups, loaded, wanted }: KeyGroupsProps) {
  return (
    <div className="key-groups">
      <p className="hint">
        {loaded} of {wanted} parameters loaded from the file.
      </p>
      {groups.map(({ kind, count, rows }) => (
        <Disclosure key={kind} className="disclosure">
          <DisclosureHeading level={3}>
            {TITLES[kind]}
            <span className="dim tabular">{count}</span>
          </DisclosureHeading>
          <DisclosurePanel>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keys. */}
            <section className="key-table" tabIndex={0} aria-label={`${TITLES[kind]} keys`}>
              <table>
                <thead className="visually-hidden">
                  <tr>
                    <th scope="col">Key</th>
                    <th scope="col">Remark</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ name, detail }) => (
                    <tr key={name}>
                      <th scope="row">
                        <code>{name}</code>
                      </th>
                      <td>{detail}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
            {rows.length < count && <p className="hint">The first {rows.length} are shown.</p>}
          </DisclosurePanel>
        </Disclosure>
      ))}
    </div>
  )
}
