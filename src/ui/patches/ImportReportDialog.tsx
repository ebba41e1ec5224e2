import { useMemo, useState } from 'react'
import { Button, Disclosure, DisclosurePanel } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import { offerImportedMasks } from '../../state/patches/attachMasks'
import { importAgain } from '../../state/patches/files'
import {
  type ImportReport,
  importReport,
  type ReportFile,
  type ReportGroup,
  reportHeadline,
} from '../../state/patches/importReport'
import { closeDialog, openDialog } from '../../state/shell/actions'
import { selectPatch } from '../../state/view/actions'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { DisclosureHeading } from '../controls/SidePanel'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

/** What the last import added, what asks for a decision and what was refused, each reason once with its fix. */
export function ImportReportDialog() {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches.list)
  const outcome = useStudioState(state => state.patches.importOutcome)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const report = useMemo(() => importReport(studio.store.getState()), [studio, patches, outcome])
  return (
    <StudioDialog title="Import report" wide>
      <div className="stack report">
        <p className="report-headline">
          {outcome ? reportHeadline(report) : `${plural(patches.length, 'patch', 'patches')} in this project`}
        </p>
        <Added report={report} />
        <Groups title="Needs you" groups={report.needs} look="needs" />
        <Groups title="Refused" groups={report.refused} look="refused" />
        <div className="dialog-foot">
          {!outcome && <span className="dim">Refused files are listed until a reload.</span>}
          <span className="spacer" />
          <CommandButton command="open-files" icon="files">
            Add files…
          </CommandButton>
          <Button className="button button-primary" autoFocus onPress={() => closeDialog(studio)}>
            Close
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}

function Added({ report: { added, notes } }: { report: ImportReport }) {
  const { patches, toLearn, heldOut, toMap, models } = added
  if (patches + models.length + notes.length === 0) return null
  const uses = [
    toLearn > 0 && `${toLearn} labelled to learn from`,
    heldOut > 0 && `${heldOut} labelled held out for scores`,
    toMap > 0 && `${toMap} to map`,
  ].filter(use => use !== false)
  return (
    <section className="report-part" aria-label="Added">
      <h3>
        Added <span className="dim tabular">{patches + models.length}</span>
      </h3>
      {uses.length > 0 && <p>{uses.join(', ')}.</p>}
      {models.length > 0 && (
        <p>
          {models.length === 1 ? 'Model' : 'Models'}: {models.join(', ')}.
        </p>
      )}
      {notes.length > 0 && (
        <Disclosure className="disclosure">
          <DisclosureHeading level={4}>
            {notes.map(({ title, count }) => `${title} (${count})`).join(', ')}
          </DisclosureHeading>
          <DisclosurePanel>
            {notes.map(group => (
              <Group key={group.id} group={group} look="notes" />
            ))}
          </DisclosurePanel>
        </Disclosure>
      )}
    </section>
  )
}

type Look = 'notes' | 'needs' | 'refused'

function Groups({ title, groups, look }: { title: string; groups: readonly ReportGroup[]; look: Look }) {
  if (groups.length === 0) return null
  const count = groups.reduce((sum, group) => sum + group.count, 0)
  return (
    <section className={`report-part report-${look}`} aria-label={title}>
      <h3>
        {title} <span className="dim tabular">{count}</span>
      </h3>
      {groups.map(group => (
        <Group key={group.id} group={group} look={look} />
      ))}
    </section>
  )
}

const ICONS = { notes: 'information', needs: 'warning', refused: 'reject' } as const

/** Sentences of one reason that are shown before "Show all": files of one drop as a rule share theirs. */
const SENTENCES = 4

function Group({ group: { title, count, fix, action, entries }, look }: { group: ReportGroup; look: Look }) {
  const studio = useStudio()
  const canReread = useStudioState(state => (state.patches.importOutcome?.images.length ?? 0) > 0)
  const canAttach = useStudioState(state => (state.patches.importOutcome?.masks?.length ?? 0) > 0)
  const [all, setAll] = useState(false)
  const shown = all ? entries : entries.slice(0, SENTENCES)
  return (
    <div className="report-group">
      <Icon name={ICONS[look]} />
      <div className="report-reason">
        <h4>
          {title} <span className="dim">{plural(count, 'file')}</span>
        </h4>
        {action === 'value-scale' && canReread && (
          <Button className="button button-plain" onPress={() => openDialog(studio, 'value-scale')}>
            Choose value scale…
          </Button>
        )}
        {action === 'attach-masks' && canAttach && (
          <Button className="button button-plain" onPress={() => void offerImportedMasks(studio)}>
            Attach masks…
          </Button>
        )}
        {action === 'retry' && (
          <Button className="button button-plain" onPress={() => void importAgain(studio, pathsOf(entries))}>
            Try again
          </Button>
        )}
      </div>
      {fix && <p className="report-fix">{fix}</p>}
      <ul>
        {shown.map(({ message, files }) => (
          <li key={message}>
            <p>{message}</p>
            <Files files={files} />
          </li>
        ))}
      </ul>
      {shown.length < entries.length && (
        <Button className="button button-quiet report-more" onPress={() => setAll(true)}>
          Show all {entries.length}
        </Button>
      )}
    </div>
  )
}

const pathsOf = (entries: ReportGroup['entries']) =>
  entries.flatMap(({ files }) => files.map(file => file.path))

const NAMES = 5

/** The files a sentence is said of; one that gave a patch leads to it. */
function Files({ files }: { files: readonly ReportFile[] }) {
  const studio = useStudio()
  const [all, setAll] = useState(false)
  const shown = all ? files : files.slice(0, NAMES)
  return (
    <p className="report-files">
      {shown.map(({ path, patchId }) =>
        patchId === null ? (
          <code key={path}>{path}</code>
        ) : (
          <Button
            key={path}
            className="report-file"
            onPress={() => {
              closeDialog(studio)
              void selectPatch(studio, patchId)
            }}
          >
            {path}
          </Button>
        ),
      )}
      {shown.length < files.length && (
        <Button className="button button-quiet report-more" onPress={() => setAll(true)}>
          and {files.length - shown.length} more
        </Button>
      )}
    </p>
  )
}
