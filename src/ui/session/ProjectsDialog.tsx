import { Button } from 'react-aria-components'
import { askToDelete, projectContent, switchProject } from '../../state/session/projects'
import type { ProjectSummary } from '../../state/session/slice'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { StudioDialog } from '../dialogs/StudioDialog'
import { formatTime } from '../format'
import { useStudio, useStudioState } from '../studioContext'

/** The projects of this browser, and what can be done with the one that is open. */
export function ProjectsDialog() {
  const projects = useStudioState(state => state.session.projects)
  return (
    <StudioDialog title="Projects">
      <div className="stack">
        {projects === null ? (
          <p className="note">Reading the projects…</p>
        ) : (
          <ul className="project-list">
            {projects.map(project => (
              <ProjectRow key={project.id} project={project} />
            ))}
          </ul>
        )}
        <div className="dialog-foot">
          <CommandButton command="rename-project" />
          <CommandButton command="duplicate-project" />
          <span className="spacer" />
          <CommandButton command="new-project" look="primary" />
        </div>
      </div>
    </StudioDialog>
  )
}

function ProjectRow({ project }: { project: ProjectSummary }) {
  const studio = useStudio()
  const busy = useStudioState(({ shell: { jobs } }) => Object.keys(jobs).length > 0)
  const open = project.id === studio.projectId
  const { name, openedAt, problem } = project
  return (
    <li className="project-row">
      <div className="project-facts">
        <strong>{name}</strong>
        <span className="dim">
          {problem ?? projectContent(project)}
          {!open && openedAt && `, opened ${formatTime(openedAt)}`}
        </span>
      </div>
      {open ? (
        <span className="chip">Open</span>
      ) : (
        <Button
          className="button button-plain"
          aria-label={`Open ${name}`}
          isDisabled={busy}
          onPress={() => void switchProject(studio, project.id)}
        >
          Open
        </Button>
      )}
      <Button
        className="button button-quiet button-icon"
        aria-label={`Delete ${name}`}
        isDisabled={busy}
        onPress={() => void askToDelete(studio, project.id)}
      >
        <Icon name="remove" />
      </Button>
    </li>
  )
}
