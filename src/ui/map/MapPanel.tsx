import { useDeferredValue, useRef, useState } from 'react'
import { Button, Toolbar } from 'react-aria-components'
import { isAuditing } from '../../state/accuracy/selectors'
import type { Tool } from '../../state/edit/slice'
import { readAgain } from '../../state/view/actions'
import { hasTwoPanes } from '../../state/view/slice'
import { AuditDock } from '../accuracy/AuditDock'
import { CommandButton } from '../controls/CommandButton'
import { ReviewPanel, WhyLine } from '../review/ReviewPanel'
import { EmptyState } from '../shell/FileImport'
import { useStudio, useStudioState } from '../studioContext'
import { ContactSheet } from './ContactSheet'
import { GeoMap } from './GeoMap'
import { JobStrip } from './JobStrip'
import { LazyView, PatchCanvas } from './LazyView'
import { Legend } from './Legend'
import { PaneChips, SwipeDivider } from './Panes'
import { PatchHeading, type ZoomHandle } from './PatchHeading'
import { StatusLine, type StatusLineHandle } from './StatusLine'

export function MapPanel() {
  const studio = useStudio()
  const status = useRef<StatusLineHandle>(null)
  const zoom = useRef<ZoomHandle>(null)
  const chosen = useStudioState(state => state.view.mode)
  // Deferred: what a first patch brings onto the stage is rendered in slices.
  const empty = useDeferredValue(useStudioState(state => state.patches.list.length === 0))
  const loading = useStudioState(state => state.view.loading || state.session.phase === 'opening')
  const loadError = useStudioState(state => state.view.loadError)
  const importing = useStudioState(state => state.shell.jobs.import !== undefined)
  const mode = empty ? 'single' : chosen
  const onePatch = mode !== 'sheet' && mode !== 'map'
  const auditing = useStudioState(isAuditing)
  const [drawn, setDrawn] = useState(false)
  // A drawing context costs a second where no GPU helps: none is made before there is something to draw.
  if (!empty && onePatch && !drawn) setDrawn(true)
  return (
    <section className="map-panel" aria-label="Map" aria-busy={loading}>
      {!empty && <PatchHeading zoom={zoom} />}
      <div className="map-body">
        {!empty && mode !== 'sheet' && !auditing && <ToolRail />}
        <div className="map-stage">
          {drawn && (
            <LazyView>
              <PatchCanvas status={status} zoom={zoom} hidden={!onePatch} />
            </LazyView>
          )}
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
              <Button className="button button-plain" onPress={() => void readAgain(studio)}>
                Try again
              </Button>
            </div>
          )}
          {onePatch && <Legend />}
        </div>
      </div>
      {!empty && (auditing ? <AuditDock /> : <ReviewPanel />)}
      {!empty &&
        (onePatch ? (
          <StatusLine handle={status} aside={!auditing && <WhyLine />} />
        ) : (
          <div className="status-row">
            <WhyLine />
          </div>
        ))}
    </section>
  )
}

const TOOLS: readonly Tool[] = ['pan', 'brush', 'erase', 'polygon', 'lasso', 'fill', 'pick']

/** The tools beside the image, one column; arrow keys go from one to the next. */
function ToolRail() {
  const tool = useStudioState(state => state.edit.tool)
  return (
    <Toolbar className="tool-rail" orientation="vertical" aria-label="Tools">
      {TOOLS.map(id => (
        <CommandButton key={id} command={id} icon={id} iconOnly look="quiet" pressed={tool === id} />
      ))}
    </Toolbar>
  )
}
