import { useEffect } from 'react'
import { bindKeys } from '../state/commands/bindKeys'
import { DropTarget } from '../ui/DropTarget'
import { CheatSheet } from '../ui/dialogs/CheatSheet'
import { ExportDialog } from '../ui/dialogs/ExportDialog'
import { EditPanel } from '../ui/edit/EditPanel'
import { LayersPanel } from '../ui/layers/LayersPanel'
import { MapPanel } from '../ui/map/MapPanel'
import { CheckpointDialog } from '../ui/models/CheckpointDialog'
import { ModelCardDialog } from '../ui/models/ModelCardDialog'
import { ModelsPanel } from '../ui/models/ModelsPanel'
import { RemoveModelDialog } from '../ui/models/RemoveModelDialog'
import { Notices } from '../ui/Notices'
import { OpenFailure } from '../ui/OpenFailure'
import { PatchesPanel } from '../ui/patches/PatchesPanel'
import { CompareRoundsDialog } from '../ui/rounds/CompareRoundsDialog'
import { DiscardRoundDialog } from '../ui/rounds/DiscardRoundDialog'
import { RoundsPanel } from '../ui/rounds/RoundsPanel'
import { StopRoundDialog } from '../ui/rounds/StopRoundDialog'
import { BandStatisticsDialog } from '../ui/statistics/BandStatisticsDialog'
import { useStudio, useStudioState } from '../ui/studioContext'
import { TopBar } from '../ui/topBar/TopBar'

export function App() {
  const studio = useStudio()
  const dialog = useStudioState(state => state.dialog)
  const failed = useStudioState(state => state.openError)
  useEffect(() => bindKeys(window, studio), [studio])
  if (failed) return <OpenFailure message={failed} />
  return (
    <div className="studio">
      <TopBar />
      <main className="workspace">
        <PatchesPanel />
        <MapPanel />
        <div className="side-column">
          <LayersPanel />
          <EditPanel />
          <ModelsPanel />
          <RoundsPanel />
        </div>
      </main>
      <DropTarget />
      <Notices />
      {dialog === 'export' && <ExportDialog />}
      {dialog === 'checkpoint' && <CheckpointDialog />}
      {dialog === 'model-card' && <ModelCardDialog />}
      {dialog === 'remove-model' && <RemoveModelDialog />}
      {dialog === 'stop-round' && <StopRoundDialog />}
      {dialog === 'discard-round' && <DiscardRoundDialog />}
      {dialog === 'band-statistics' && <BandStatisticsDialog />}
      {dialog === 'compare-rounds' && <CompareRoundsDialog />}
      {dialog === 'cheat-sheet' && <CheatSheet />}
    </div>
  )
}
