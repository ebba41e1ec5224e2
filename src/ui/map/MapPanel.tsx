import { useRef } from 'react'
import { hasTwoPanes } from '../../state/slices/viewModeSlice'
import { ToolRail } from '../edit/ToolRail'
import { ReviewPanel } from '../review/ReviewPanel'
import { useStudioState } from '../studioContext'
import { EmptyState } from './EmptyState'
import { GeoMap } from './geo/GeoMap'
import { ImportOutcome } from './ImportOutcome'
import { JobStrip } from './JobStrip'
import { Legend } from './Legend'
import { PatchCanvas } from './PatchCanvas'
import { PatchHeading } from './PatchHeading'
import { PaneChips } from './panes/PaneChips'
import { SwipeDivider } from './panes/SwipeDivider'
import { StatusLine, type StatusLineHandle } from './StatusLine'
import { ContactSheet } from './sheet/ContactSheet'
import type { ZoomHandle } from './ZoomControl'

export function MapPanel() {
  const status = useRef<StatusLineHandle>(null)
  const zoom = useRef<ZoomHandle>(null)
  const chosen = useStudioState(state => state.viewMode)
  const empty = useStudioState(state => state.patches.length === 0)
  const loading = useStudioState(state => state.loading || state.phase === 'opening')
  const loadError = useStudioState(state => state.loadError)
  const importing = useStudioState(state => state.jobs.import !== undefined)
  const mode = empty ? 'single' : chosen
  const onePatch = mode !== 'sheet' && mode !== 'map'
  return (
    <section className="map-panel" aria-label="Map" aria-busy={loading}>
      {!empty && <PatchHeading zoom={zoom} />}
      <div className="map-body">
        {!empty && onePatch && <ToolRail />}
        <div className="map-stage">
          <PatchCanvas status={status} zoom={zoom} hidden={!onePatch} />
          {mode === 'side-by-side' && <div className="pane-gap" />}
          {mode === 'swipe' && <SwipeDivider />}
          {hasTwoPanes(mode) && <PaneChips />}
          {mode === 'sheet' && <ContactSheet />}
          {mode === 'map' && <GeoMap zoom={zoom} />}
          <JobStrip />
          {empty && !loading && !importing && <EmptyState />}
          {loading && <div className="map-loading" aria-hidden="true" />}
          {loadError && onePatch && (
            <div className="map-error" role="alert">
              <strong>This patch could not be read.</strong>
              <p>{loadError}</p>
            </div>
          )}
          {onePatch && <Legend />}
          <ImportOutcome />
        </div>
      </div>
      {!empty && <ReviewPanel />}
      {!empty && onePatch && <StatusLine handle={status} />}
    </section>
  )
}
