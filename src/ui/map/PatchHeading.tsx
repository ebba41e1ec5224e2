import type { RefObject } from 'react'
import { selectedPatch } from '../../state/selectors'
import type { PatchRecord } from '../../storage/projectStore'
import { CommandButton } from '../controls/CommandButton'
import { VERDICT_LOOK } from '../patches/verdictLook'
import { useStudioState } from '../studioContext'
import { ViewModes } from './ViewModes'
import { ZoomControl, type ZoomHandle } from './ZoomControl'

const SCALES: Readonly<Record<PatchRecord['scale'], string>> = {
  l4s: 'Landslide4Sense units',
  raw: 'raw DN',
  reflectance: 'reflectance',
  x1000: 'reflectance × 1000',
}

/** Which patch is on the stage, and how it is looked at. */
export function PatchHeading({ zoom }: { zoom: RefObject<ZoomHandle | null> }) {
  const hasCamera = useStudioState(state => state.viewMode !== 'sheet')
  return (
    <div className="map-heading">
      <PatchFacts />
      <ViewModes />
      {/* Kept where it is hidden: the view writes into it whatever React does. */}
      <ZoomControl handle={zoom} hidden={!hasCamera} />
    </div>
  )
}

function PatchFacts() {
  const patch = useStudioState(selectedPatch)
  const verdict = useStudioState(state => (patch ? state.verdicts[patch.id] : undefined))
  if (!patch) return <div className="map-heading-facts" />
  return (
    <div className="map-heading-facts">
      <CommandButton command="previous-patch" icon="previous" iconOnly look="quiet" />
      <CommandButton command="next-patch" icon="next" iconOnly look="quiet" />
      <strong>{patch.name}</strong>
      <span className="tabular">
        {patch.width} × {patch.height}
      </span>
      <span>{patch.georeference?.crs ?? 'no CRS'}</span>
      <span className="map-heading-scale">{SCALES[patch.scale]}</span>
      {patch.hasLabel && <span className="map-heading-note">reference label, not reviewed</span>}
      {verdict && (
        <span className="map-heading-note">
          {VERDICT_LOOK[verdict.kind].title.toLowerCase()} at {verdict.threshold.toFixed(2)}
        </span>
      )}
    </div>
  )
}
