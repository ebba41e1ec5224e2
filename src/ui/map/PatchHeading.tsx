import { type RefObject, useImperativeHandle, useRef } from 'react'
import { Button, Dialog, DialogTrigger, Group, Popover, Toolbar } from 'react-aria-components'
import { isWarning, reasonFacts } from '../../core/raster/fileNote'
import type { PatchRecord } from '../../core/review/records'
import { isAuditing } from '../../state/accuracy/selectors'
import { selectedPatch } from '../../state/patches/selectors'
import { isEditedLabel } from '../../state/review/selectors'
import { VIEW_MODES, type ViewMode } from '../../state/view/slice'
import { MarkedPoint, PointFacts } from '../accuracy/AuditDock'
import { CommandButton } from '../controls/CommandButton'
import { Icon, type IconName } from '../controls/Icon'
import { Name } from '../controls/Name'
import { verdictText } from '../format'
import { useStudioState } from '../studioContext'

const SCALES: Readonly<Record<PatchRecord['scale'], string>> = {
  l4s: 'Landslide4Sense units',
  raw: 'raw DN',
  reflectance: 'reflectance',
  x1000: 'reflectance × 1000',
}

/** Which patch is on the stage, and how it is looked at. */
export function PatchHeading({ zoom }: { zoom: RefObject<ZoomHandle | null> }) {
  const hasCamera = useStudioState(state => state.view.mode !== 'sheet')
  const auditing = useStudioState(isAuditing)
  return (
    <div className="map-heading">
      {auditing ? <PointFacts /> : <PatchFacts />}
      <ViewModes />
      {/* Kept where it is hidden: the view writes into it whatever React does. */}
      <ZoomControl handle={zoom} hidden={!hasCamera} />
    </div>
  )
}

function PatchFacts() {
  const patch = useStudioState(selectedPatch)
  const verdict = useStudioState(state => (patch ? state.review.verdicts[patch.id] : undefined))
  const edited = useStudioState(state => isEditedLabel(state, patch))
  if (!patch) return <div className="map-heading-facts" />
  return (
    <div className="map-heading-facts">
      <CommandButton command="previous-patch" icon="previous" iconOnly look="quiet" />
      <CommandButton command="next-patch" icon="next" iconOnly look="quiet" />
      <strong>
        <Name>{patch.name}</Name>
      </strong>
      <MarkedPoint />
      <FileNotes patch={patch} />
      <span className="map-heading-size tabular">
        {patch.width} × {patch.height}
      </span>
      <span>{patch.georeference?.crs ?? 'no CRS'}</span>
      <span className="map-heading-scale">{SCALES[patch.scale]}</span>
      {patch.hasLabel && !verdict && (
        <span className="map-heading-note">{edited ? 'label, edited' : 'label, not reviewed'}</span>
      )}
      {verdict && <span className="map-heading-note">{verdictText(verdict).toLowerCase()}</span>}
    </div>
  )
}

/** What was noted of the patch's file: a mark that opens it, a warning only where something is to be decided. */
function FileNotes({ patch }: { patch: PatchRecord }) {
  const notes = patch.problems
  if (notes.length === 0) return null
  const warned = notes.some(isWarning)
  return (
    <DialogTrigger>
      <Button
        className={`button button-quiet button-icon${warned ? ' file-warned' : ''}`}
        aria-label={warned ? 'Warnings on this file' : 'Notes on this file'}
      >
        <Icon name={warned ? 'warning' : 'information'} />
      </Button>
      <Popover className="popover file-notes" placement="bottom start">
        <Dialog aria-label="Notes on this file">
          <p className="file-notes-path">
            <code>{patch.path}</code>
          </p>
          <ul>
            {[...notes]
              .sort((a, b) => Number(isWarning(b)) - Number(isWarning(a)))
              .map(note => (
                <li key={note.message} className={isWarning(note) ? 'file-warned' : undefined}>
                  <Icon name={isWarning(note) ? 'warning' : 'information'} />
                  <p>
                    {note.message}
                    {reasonFacts(note.reason).fix && <strong> {reasonFacts(note.reason).fix}</strong>}
                  </p>
                </li>
              ))}
          </ul>
          <CommandButton command="import-report" look="plain" />
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}

const ICONS: Readonly<Record<ViewMode, IconName>> = {
  single: 'single',
  swipe: 'swipe',
  'side-by-side': 'sides',
  sheet: 'sheet',
  map: 'map',
}

/** What the stage shows. */
function ViewModes() {
  const mode = useStudioState(state => state.view.mode)
  return (
    <Toolbar className="view-modes" aria-label="View">
      {VIEW_MODES.map(({ id }) => (
        <CommandButton
          key={id}
          command={`mode-${id}`}
          icon={ICONS[id]}
          iconOnly
          look="quiet"
          pressed={mode === id}
        />
      ))}
    </Toolbar>
  )
}

export interface ZoomHandle {
  /** Screen pixels that one raster pixel takes. */
  show(scale: number): void
}

/** Zoom out, how far it is zoomed, zoom in and fit; the figure is written straight to the page as the view moves. */
function ZoomControl({ handle, hidden }: { handle: RefObject<ZoomHandle | null>; hidden: boolean }) {
  const text = useRef<HTMLSpanElement>(null)
  useImperativeHandle(handle, () => ({
    show(scale) {
      const shown = percent(scale)
      if (text.current && text.current.textContent !== shown) text.current.textContent = shown
    },
  }))
  return (
    <Group className="zoom-control" aria-label="Zoom" hidden={hidden}>
      <CommandButton command="zoom-out" icon="zoom-out" iconOnly look="quiet" />
      <span ref={text} className="zoom-level tabular" title="Screen pixels for each pixel of the image" />
      <CommandButton command="zoom-in" icon="zoom-in" iconOnly look="quiet" />
      <CommandButton command="fit" icon="fit" iconOnly look="quiet" />
    </Group>
  )
}

function percent(scale: number): string {
  const value = scale * 100
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} %`
}
