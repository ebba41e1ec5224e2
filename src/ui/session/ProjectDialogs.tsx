import { Button } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import { acceptArchive, declineArchive, renameProject } from '../../state/session/projectActions'
import { createProject, deleteProject, projectContent } from '../../state/session/projects'
import { CommandButton } from '../controls/CommandButton'
import { NameDialog } from '../dialogs/NameDialog'
import { ConfirmDialog, StudioDialog } from '../dialogs/StudioDialog'
import { formatBytes } from '../format'
import { useStudio, useStudioState } from '../studioContext'

export function NewProjectDialog() {
  const studio = useStudio()
  return (
    <NameDialog
      title="New project"
      name="Untitled project"
      confirm="Create"
      onConfirm={name => void createProject(studio, name)}
    />
  )
}

/** What would be lost with the project, and the one way to keep it. */
export function DeleteProjectDialog() {
  const studio = useStudio()
  const id = useStudioState(state => state.session.projectToDelete)
  const project = useStudioState(state => state.session.projects?.find(other => other.id === id))
  if (!project) return null
  return (
    <ConfirmDialog
      title="Delete project"
      keep="Cancel"
      confirm="Delete project"
      danger
      onConfirm={() => void deleteProject(studio, project.id)}
      aside={id === studio.projectId && <CommandButton command="save-archive" look="plain" />}
    >
      <p className="note">
        <strong>“{project.name}” will be deleted from this browser</strong> ({projectContent(project)}), with
        its masks, verdicts, probabilities and models. This can’t be undone.
      </p>
    </ConfirmDialog>
  )
}

/** What an archive holds and what it would replace. */
export function OpenArchiveDialog() {
  const studio = useStudio()
  const archive = useStudioState(state => state.session.archive)
  const empty = useStudioState(state => state.patches.list.length === 0)
  if (!archive) return null
  const { name, patches, verdicts, steps, rounds, bytes } = archive.summary
  return (
    <StudioDialog
      title="Open project archive"
      role={empty ? 'dialog' : 'alertdialog'}
      onClose={() => declineArchive(studio)}
    >
      <div className="stack">
        <dl className="facts">
          <dt>Project</dt>
          <dd>{name}</dd>
          <dt>Holds</dt>
          <dd>
            {patches} patches, {verdicts} verdicts, {steps} steps, {rounds} rounds
          </dd>
          <dt>Size</dt>
          <dd>{formatBytes(bytes)}</dd>
        </dl>
        {!empty && <WhatIsLost />}
        <p className="hint">
          All files are checked first. If the archive is damaged, this project stays unchanged.
        </p>
        <div className="dialog-foot">
          <span className="spacer" />
          <Button className="button button-plain" autoFocus onPress={() => declineArchive(studio)}>
            Cancel
          </Button>
          {!empty && (
            <Button className="button button-plain" onPress={() => void acceptArchive(studio, false)}>
              Replace project
            </Button>
          )}
          <Button className="button button-primary" onPress={() => void acceptArchive(studio, !empty)}>
            {empty ? 'Open' : 'Open as new project'}
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}

/** What the present project holds and would lose, by count. */
function WhatIsLost() {
  const name = useStudioState(state => state.session.project?.name ?? '')
  const patches = useStudioState(state => state.patches.list.length)
  const verdicts = useStudioState(state => Object.keys(state.review.verdicts).length)
  const strokes = useStudioState(state => state.review.history.filter(step => step.kind === 'stroke').length)
  const rounds = useStudioState(state => state.rounds.list.length)
  const parts = [
    plural(patches, 'patch', 'patches'),
    plural(verdicts, 'verdict'),
    plural(strokes, 'stroke'),
    plural(rounds, 'round'),
  ]
  return (
    <p className="note">
      <strong>Replacing deletes “{name}” from this browser:</strong> {parts.join(', ')}, and all masks,
      probabilities and models. Opening as a new project keeps it.
    </p>
  )
}

export function RenameProjectDialog() {
  const studio = useStudio()
  const name = useStudioState(state => state.session.project?.name ?? '')
  return (
    <NameDialog
      title="Rename project"
      name={name}
      confirm="Rename"
      onConfirm={to => renameProject(studio, to)}
    />
  )
}
