import { useState } from 'react'
import { Button, Input, Label, TextField } from 'react-aria-components'
import { acceptCheckpoint, dropCheckpoint } from '../../state/actions/importModels'
import type { PendingCheckpoint } from '../../state/slices/modelsSlice'
import { StudioDialog } from '../dialogs/StudioDialog'
import { JobProgress } from '../map/JobStrip'
import { useStudio, useStudioState } from '../studioContext'
import { CheckpointFacts } from './CheckpointFacts'
import { KeyGroups } from './KeyGroups'

/** A bare checkpoint that was dropped: what it is, what of it fits, and a name for the model it becomes. */
export function CheckpointDialog() {
  const pending = useStudioState(state => state.checkpoints[0])
  const waiting = useStudioState(state => state.checkpoints.length - 1)
  return pending ? <Checkpoint key={pending.proposal.path} pending={pending} waiting={waiting} /> : null
}

function Checkpoint({ pending, waiting }: { pending: PendingCheckpoint; waiting: number }) {
  const studio = useStudio()
  const { proposal, error } = pending
  const job = useStudioState(state => state.jobs.model)
  const [title, setTitle] = useState(proposal.title)
  const drop = () => dropCheckpoint(studio)
  return (
    <StudioDialog title="Add a model" wide onClose={drop}>
      <div className="stack">
        <CheckpointFacts proposal={proposal} />
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
            {job ? 'Cancel' : 'Leave it'}
          </Button>
          <Button
            className="button button-primary"
            isDisabled={title.trim() === ''}
            isPending={job !== undefined}
            onPress={() => void acceptCheckpoint(studio, title)}
          >
            Add model
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}
