import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { startEngine } from '../../state/models/predict'
import type { ModelsSlice } from '../../state/models/slice'
import { showStorage } from '../../state/session/projectActions'
import { showProjects } from '../../state/session/projects'
import { CommandButton } from '../controls/CommandButton'
import { engineTitle, formatBytes } from '../format'
import { RoundStatus } from '../rounds/RoundStatus'
import { useStudio, useStudioState } from '../studioContext'
import { FileInputs } from './FileImport'
import { MenuBar } from './MenuBar'

export function TopBar() {
  const name = useStudioState(state => state.session.project?.name ?? '')
  const empty = useStudioState(state => state.patches.list.length === 0)
  return (
    <header className="top-bar">
      <svg className="mark" viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
        <path className="mark-ridge" d="M2 19 9 5l4 6 3-3 6 11z" />
        <path className="mark-scarp" d="M9 5c2 4 1 7 3.500 9.500S15 18 15 19H8.500C8.500 14 7.500 10 9 5z" />
      </svg>
      <h1>Scarp</h1>
      <FileInputs />
      <MenuBar />
      <ProjectButton name={name} />
      {!empty && <SaveState />}
      <span className="spacer" />
      <RoundStatus />
      <EngineBadge />
      <CommandButton command="palette" icon="search" iconOnly look="quiet" />
      <CommandButton command="cheat-sheet" icon="keyboard" iconOnly look="quiet" />
      <ColumnButton id="patches" />
      <ColumnButton id="panels" />
      <CommandButton command="export" icon="export" />
    </header>
  )
}

/** The open project; opens the list of all. */
function ProjectButton({ name }: { name: string }) {
  const studio = useStudio()
  return (
    <Button
      className="button button-quiet project-name"
      aria-label={`Project: ${name}`}
      onPress={() => void showProjects(studio)}
    >
      {name}
    </Button>
  )
}

/** Drawn as where the column is; on while it is to be seen. */
function ColumnButton({ id }: { id: 'patches' | 'panels' }) {
  const shown = useStudioState(({ shell: { narrow, drawer, hiddenColumns } }) =>
    narrow ? drawer === id : !hiddenColumns.includes(id),
  )
  return (
    <CommandButton command={`toggle-${id}`} icon={`${id}-column`} iconOnly look="quiet" pressed={shown} />
  )
}

/** Whether everything done so far is on disk, and how much room there is; opens what there is to know of it. */
function SaveState() {
  const studio = useStudio()
  const pending = useStudioState(state => state.session.pendingWrites)
  const refused = useStudioState(state => state.session.saveError)
  const unsaved = useStudioState(state => state.session.unsaved)
  const storage = useStudioState(state => state.session.storage)
  const readOnly = useStudioState(state => state.session.access === 'read-only')
  const share = storage && storage.quota > 0 ? Math.min(1, storage.usage / storage.quota) : 0
  const used = storage ? `${formatBytes(storage.usage)} of ${formatBytes(storage.quota)} used` : ''
  const failed = unsaved !== null || refused !== null
  const text = unsaved
    ? `${unsaved.changes} not saved`
    : refused
      ? `Not saved: ${refused}`
      : pending > 0
        ? 'Saving…'
        : readOnly
          ? 'Read-only'
          : 'Saved on this machine'
  return (
    <Button
      className={`save-state${failed ? ' save-failed' : ''}`}
      aria-description={used}
      onPress={() => void showStorage(studio)}
    >
      <svg className="gauge" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <circle className="gauge-track" cx="8" cy="8" r="6" pathLength="1" />
        <circle
          className={`gauge-fill${share > 0.9 ? ' gauge-near' : ''}`}
          cx="8"
          cy="8"
          r="6"
          pathLength="1"
          strokeDasharray={`${Math.max(share, 0.02)} 1`}
        />
      </svg>
      <span>{text}</span>
    </Button>
  )
}

type Engine = ModelsSlice['engine']

/** Which backend computes, as the engine itself last said, on what, and why; or what to do where none started. */
function EngineBadge() {
  const engine = useStudioState(state => state.models.engine)
  const title = badgeTitle(engine)
  const adapter = engine.status === 'ready' ? engine.info.adapter : null
  return (
    <DialogTrigger>
      <Button
        className={`engine-badge engine-${engine.status}`}
        aria-label={`Engine: ${adapter ? `${title}, ${adapter}` : title}`}
      >
        <span className="engine-dot" aria-hidden="true" />
        <span className="engine-name">{title}</span>
        {adapter && <span className="engine-adapter">{shortAdapter(adapter)}</span>}
      </Button>
      <Popover className="popover engine-popover" placement="bottom end" offset={6}>
        <Dialog aria-label="Engine" className="popover-dialog">
          <EngineDetails engine={engine} />
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

function badgeTitle(engine: Engine): string {
  if (engine.status === 'starting') return 'Engine starting'
  if (engine.status === 'failed' && engine.code === 'gpu-lost') return 'GPU lost'
  if (engine.status === 'failed' && engine.code === 'worker-stopped') return 'Engine stopped'
  return engine.status === 'failed' ? 'Engine unavailable' : engineTitle(engine.info)
}

/** Drivers repeat their version in brackets; the popover shows the whole of it. */
function shortAdapter(adapter: string): string {
  const short = adapter.replace(/\s*\(.*$/, '')
  return short.length > 28 ? `${short.slice(0, 27)}…` : short
}

function EngineDetails({ engine }: { engine: Engine }) {
  const studio = useStudio()
  if (engine.status === 'starting') return <p>Loading TensorFlow.js.</p>
  if (engine.status === 'failed') {
    return (
      <>
        <h3>No engine</h3>
        <p>{engine.message}</p>
        <p className="dim">
          Viewing, editing, review and export work without it. Prediction and training need a current Chrome
          or Edge with WebGPU (see chrome://gpu).
        </p>
        <Button className="button button-plain" onPress={() => void startEngine(studio)}>
          Try again
        </Button>
      </>
    )
  }
  const { info } = engine
  return (
    <>
      <h3>{engineTitle(info)}</h3>
      <dl className="facts">
        <dt>Adapter</dt>
        <dd>{info.adapter}</dd>
        <dt>Why</dt>
        <dd>{info.reason}</dd>
        <dt>Training</dt>
        <dd>{info.canTrain ? 'available' : 'needs WebGPU'}</dd>
        {info.limits && (
          <>
            <dt>Largest buffer</dt>
            <dd>{Math.round(info.limits.maxBufferSize / 2 ** 20)} MiB</dd>
          </>
        )}
      </dl>
    </>
  )
}
