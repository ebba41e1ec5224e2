import { useEffect } from 'react'
import { bindKeys } from '../state/commands/bindKeys'
import { Column } from '../ui/Column'
import { DropTarget } from '../ui/DropTarget'
import { EditPanel } from '../ui/edit/EditPanel'
import { LandslidesPanel } from '../ui/landslides/LandslidesPanel'
import { LayersPanel } from '../ui/layers/LayersPanel'
import { MapPanel } from '../ui/map/MapPanel'
import { ModelsPanel } from '../ui/models/ModelsPanel'
import { Notices } from '../ui/Notices'
import { OpenFailure } from '../ui/OpenFailure'
import { PatchesPanel } from '../ui/patches/PatchesPanel'
import { RoundsPanel } from '../ui/rounds/RoundsPanel'
import { SessionStrips } from '../ui/session/SessionStrips'
import { useStudio, useStudioState } from '../ui/studioContext'
import { TopBar } from '../ui/topBar/TopBar'
import { Tour } from '../ui/tour/Tour'
import { TourOffer } from '../ui/tour/TourOffer'
import { UpdateOffer } from '../ui/UpdateOffer'
import { Dialogs } from './Dialogs'
import { returnFocus } from './returnFocus'
import { watchWidth } from './watchWidth'

export function App() {
  const studio = useStudio()
  const failed = useStudioState(state => state.openError)
  useEffect(() => bindKeys(window, studio), [studio])
  useEffect(() => watchWidth(window, studio), [studio])
  useEffect(() => returnFocus(document, studio), [studio])
  if (failed) return <OpenFailure message={failed} />
  return (
    <div className="studio">
      <a className="skip-link" href="#map">
        Skip to the map
      </a>
      <TopBar />
      <SessionStrips />
      <Tour />
      <UpdateOffer />
      <TourOffer />
      <main className="workspace">
        <Column id="patches">
          <PatchesPanel />
        </Column>
        <div id="map" className="column column-map" tabIndex={-1}>
          <MapPanel />
          <Notices />
        </div>
        <Column id="panels">
          <div className="side-column">
            <LayersPanel />
            <EditPanel />
            <LandslidesPanel />
            <ModelsPanel />
            <RoundsPanel />
          </div>
        </Column>
      </main>
      <DropTarget />
      <Dialogs />
    </div>
  )
}
