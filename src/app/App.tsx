import { type ComponentType, lazy, Suspense } from 'react'
import { isAuditing } from '../state/accuracy/selectors'
import type { DialogId } from '../state/shell/slice'
import { AuditPoints } from '../ui/accuracy/AuditPoints'
import { EstimatePanel } from '../ui/accuracy/Estimate'
import { Column } from '../ui/controls/SidePanel'
import { CommandPalette } from '../ui/dialogs/CommandPalette'
import { EditPanel } from '../ui/edit/EditPanel'
import { LandslidesPanel } from '../ui/landslides/LandslidesPanel'
import { LayersPanel } from '../ui/layers/LayersPanel'
import { MapPanel } from '../ui/map/MapPanel'
import { ModelsPanel } from '../ui/models/ModelsPanel'
import { PatchesPanel } from '../ui/patches/PatchesPanel'
import { RoundOffer } from '../ui/rounds/RoundStatus'
import { RoundsPanel } from '../ui/rounds/RoundsPanel'
import { SessionStrips } from '../ui/session/SessionStrips'
import { DialogFailure, ErrorBoundary, failureText } from '../ui/shell/ErrorBoundary'
import { DropTarget } from '../ui/shell/FileImport'
import { Notices, UpdateOffer } from '../ui/shell/Notices'
import { TopBar } from '../ui/shell/TopBar'
import { Tour, TourOffer } from '../ui/shell/Tour'
import { useStudioState } from '../ui/studioContext'

export function App() {
  // What shows or changes the map makes room for what does not.
  const auditing = useStudioState(isAuditing)
  return (
    <div className="studio">
      <a className="skip-link" href="#map">
        Skip to the map
      </a>
      <TopBar />
      <SessionStrips />
      <RoundOffer />
      <Tour />
      <UpdateOffer />
      <TourOffer />
      <main className="workspace">
        <Column id="patches">{auditing ? <AuditPoints /> : <PatchesPanel />}</Column>
        <div id="map" className="column column-map" tabIndex={-1}>
          <MapPanel />
          <Notices />
        </div>
        <Column id="panels">
          <div className="side-column">
            {auditing && <EstimatePanel />}
            <LayersPanel />
            {!auditing && (
              <>
                <EditPanel />
                <LandslidesPanel />
                <ModelsPanel />
                <RoundsPanel />
              </>
            )}
          </div>
        </Column>
      </main>
      <TableUnderStage />
      <DropTarget />
      <Dialogs />
    </div>
  )
}

const FILES: (() => Promise<unknown>)[] = []

const load = <Name extends string>(name: Name, from: () => Promise<Record<Name, ComponentType>>) => {
  FILES.push(from)
  return lazy(async () => ({ default: (await from())[name] }))
}

/** Fetches the dialogs once the first patch is on screen: none of them needs the network when it is opened. */
export async function loadDialogs(): Promise<void> {
  await Promise.allSettled(FILES.map(from => from()))
}

/** Files of their own: they are not needed to see the first patch. */
const COMPONENTS: Readonly<Record<DialogId, ComponentType>> = {
  export: load('ExportDialog', () => import('../ui/dialogs/ExportDialog')),
  'cheat-sheet': load('CheatSheet', () => import('../ui/dialogs/CheatSheet')),
  // At once: people type into it before a file could arrive.
  palette: CommandPalette,
  checkpoint: load('CheckpointDialog', () => import('../ui/models/CheckpointDialog')),
  'model-card': load('ModelCardDialog', () => import('../ui/models/ModelDialogs')),
  'remove-model': load('RemoveModelDialog', () => import('../ui/models/ModelDialogs')),
  'stop-round': load('StopRoundDialog', () => import('../ui/rounds/RoundDialogs')),
  'large-fill': load('LargeFillDialog', () => import('../ui/edit/LargeFillDialog')),
  'discard-round': load('DiscardRoundDialog', () => import('../ui/rounds/RoundDialogs')),
  'bulk-accept': load('BulkAcceptDialog', () => import('../ui/review/BulkAcceptDialog')),
  reviewer: load('ReviewerDialog', () => import('../ui/review/ReviewerDialog')),
  audits: load('AuditsDialog', () => import('../ui/accuracy/AuditsDialog')),
  'audit-summary': load('AuditSummaryDialog', () => import('../ui/accuracy/AuditSummary')),
  'delete-audit': load('DeleteAuditDialog', () => import('../ui/accuracy/AuditDialogs')),
  'rename-audit': load('RenameAuditDialog', () => import('../ui/accuracy/AuditDialogs')),
  'second-reviewer': load('SecondReviewerDialog', () => import('../ui/accuracy/AuditDialogs')),
  'audit-log': load('AuditLogDialog', () => import('../ui/review/AuditLogDialog')),
  'band-statistics': load('BandStatisticsDialog', () => import('../ui/statistics/BandStatisticsDialog')),
  'take-over': load('TakeOverDialog', () => import('../ui/session/TakeOverDialog')),
  storage: load('StorageDialog', () => import('../ui/session/StorageDialog')),
  'open-archive': load('OpenArchiveDialog', () => import('../ui/session/ProjectDialogs')),
  'new-project': load('NewProjectDialog', () => import('../ui/session/ProjectDialogs')),
  projects: load('ProjectsDialog', () => import('../ui/session/ProjectsDialog')),
  'delete-project': load('DeleteProjectDialog', () => import('../ui/session/ProjectDialogs')),
  'rename-project': load('RenameProjectDialog', () => import('../ui/session/ProjectDialogs')),
  'rename-patch': load('RenamePatchDialog', () => import('../ui/patches/RenamePatchDialog')),
  'attach-masks': load('AttachMasksDialog', () => import('../ui/patches/AttachMasksDialog')),
  'replace-file': load('ReplaceFileDialog', () => import('../ui/patches/ReplaceFileDialog')),
  'use-polygons': load('UsePolygonsDialog', () => import('../ui/patches/UsePolygonsDialog')),
  'value-scale': load('ValueScaleDialog', () => import('../ui/patches/ValueScaleDialog')),
  'import-report': load('ImportReportDialog', () => import('../ui/patches/ImportReportDialog')),
  'add-scene': load('AddSceneDialog', () => import('../ui/scenes/AddSceneDialog')),
  'scene-details': load('SceneDetailsDialog', () => import('../ui/scenes/SceneDialogs')),
  'remove-scene': load('RemoveSceneDialog', () => import('../ui/scenes/SceneDialogs')),
  'check-machine': load('MachineDialog', () => import('../ui/dialogs/MachineDialog')),
  'compare-rounds': load('CompareRoundsDialog', () => import('../ui/rounds/CompareRoundsDialog')),
}

const LandslidesTable = load('LandslidesTable', () => import('../ui/landslides/LandslidesTable'))

function TableUnderStage() {
  const open = useStudioState(
    state => state.inventory.open && state.patches.list.length > 0 && !isAuditing(state),
  )
  if (!open) return null
  return (
    <ErrorBoundary
      fallback={error => (
        <p className="strip" role="alert">
          {failureText(error)}
        </p>
      )}
    >
      <Suspense fallback={null}>
        <LandslidesTable />
      </Suspense>
    </ErrorBoundary>
  )
}

function Dialogs() {
  const dialog = useStudioState(state => state.shell.dialog)
  const Shown = dialog === null ? undefined : COMPONENTS[dialog]
  return (
    <ErrorBoundary key={dialog} fallback={error => <DialogFailure error={error} />}>
      <Suspense fallback={null}>{Shown && <Shown />}</Suspense>
    </ErrorBoundary>
  )
}
