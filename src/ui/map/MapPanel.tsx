import { useRef } from 'react'
import { ToolRail } from '../edit/ToolRail'
import { ReviewPanel } from '../review/ReviewPanel'
import { useStudioState } from '../studioContext'
import { EmptyState } from './EmptyState'
import { ImportOutcome } from './ImportOutcome'
import { JobStrip } from './JobStrip'
import { Legend } from './Legend'
import { PatchCanvas } from './PatchCanvas'
import { PatchHeading } from './PatchHeading'
import { StatusLine, type StatusLineHandle } from './StatusLine'

export function MapPanel() {
  const status = useRef<StatusLineHandle>(null)
  const empty = useStudioState(state => state.patches.length === 0)
  const loading = useStudioState(state => state.loading || state.phase === 'opening')
  const loadError = useStudioState(state => state.loadError)
  const importing = useStudioState(state => state.jobs.import !== undefined)
  return (
    <section className="map-panel" aria-label="Map" aria-busy={loading}>
      {!empty && <PatchHeading />}
      <div className="map-body">
        {!empty && <ToolRail />}
        <div className="map-stage">
          <PatchCanvas status={status} />
          <JobStrip />
          {empty && !loading && !importing && <EmptyState />}
          {loading && <div className="map-loading" aria-hidden="true" />}
          {loadError && (
            <div className="map-error" role="alert">
              <strong>This patch could not be read.</strong>
              <p>{loadError}</p>
            </div>
          )}
          <Legend />
          <ImportOutcome />
        </div>
      </div>
      {!empty && <ReviewPanel />}
      {!empty && <StatusLine handle={status} />}
    </section>
  )
}
