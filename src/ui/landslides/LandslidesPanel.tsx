import { useEffect, useMemo, useRef } from 'react'
import { ListBox, ListBoxItem, ListLayout, Text, Virtualizer } from 'react-aria-components'
import type { Landslide, LandslideOrder } from '../../core/masks/landslideAttributes'
import { pixelSizeOf } from '../../core/raster/pixelSize'
import { selectedPatch } from '../../state/patches/selectors'
import {
  findLandslides,
  listedLandslides,
  selectLandslide,
  setLandslideOrder,
} from '../../state/review/landslides'
import { CommandButton } from '../controls/CommandButton'
import { Segmented } from '../controls/Fields'
import { SidePanel } from '../controls/SidePanel'
import { useStudio, useStudioState } from '../studioContext'
import { cellsText, describeLandslide, type LandslideColumn, landslideColumns } from './landslideUnits'

const TITLE = 'Landslides'

/** A threshold that is being moved makes a mask a frame; the list waits until it rests. */
const REST_MS = 150

const ORDERS: readonly { id: LandslideOrder; title: string }[] = [
  { id: 'area', title: 'Largest' },
  { id: 'uncertainty', title: 'Least sure' },
  { id: 'position', title: 'Position' },
]

/** Landslides of the mask on screen, one line each, to be gone through one by one. */
export function LandslidesPanel() {
  const studio = useStudio()
  useLandslides()
  const order = useStudioState(state => state.review.landslideOrder)
  const landslides = useStudioState(state => state.review.landslides)
  const error = useStudioState(state => state.review.landslidesError)
  const patch = useStudioState(selectedPatch)
  const selectedId = patch?.id ?? null
  const tableOpen = useStudioState(state => state.inventory.open)
  // The list keeps the rows of a list that stays the same array.
  const list = useMemo(
    () => listedLandslides({ review: { landslides, landslideOrder: order }, view: { selectedId } }),
    [landslides, order, selectedId],
  )
  const known = patch && pixelSizeOf(patch.georeference, patch.width, patch.height)
  return (
    <SidePanel
      title={TITLE}
      className="landslides-panel"
      aside={<span className="dim tabular">{list.length > 0 ? list.length : ''}</span>}
    >
      <CommandButton command="landslides-table" look="quiet" pressed={tableOpen} />
      {error && (
        <p className="hint" role="alert">
          {error}
        </p>
      )}
      {list.length === 0 ? (
        <p className="hint">
          {patch ? 'No landslide on this mask.' : 'Choose a patch to see its landslides.'}
        </p>
      ) : (
        <>
          <Segmented
            label="Order of landslides"
            value={order}
            options={ORDERS}
            onChange={chosen => setLandslideOrder(studio, chosen)}
          />
          <LandslideList landslides={list} order={order} />
          <div className="button-row landslide-actions">
            <CommandButton command="previous-landslide" icon="previous" iconOnly look="quiet" />
            <CommandButton command="next-landslide" icon="accept" look="quiet">
              Keep
            </CommandButton>
            <CommandButton command="remove-landslide" icon="erase" look="quiet">
              Remove
            </CommandButton>
            <CommandButton command="unsure-landslide" icon="unsure" look="quiet">
              Unsure
            </CommandButton>
          </div>
          {known && known.size === null && <p className="hint">{known.reason}</p>}
        </>
      )}
    </SidePanel>
  )
}

/** Finds them again whenever the mask on screen changes, while the panel is unfolded. */
function useLandslides(): void {
  const studio = useStudio()
  const folded = useStudioState(state => state.shell.foldedPanels.includes(TITLE))
  const selectedId = useStudioState(state => state.view.selectedId)
  const loading = useStudioState(state => state.view.loading)
  const maskRevision = useStudioState(state => state.review.maskRevision[state.view.selectedId ?? ''])
  const probabilityRevision = useStudioState(
    state => state.review.probabilityRevision[state.view.selectedId ?? ''],
  )
  // Masks of the cells beside may change by themselves.
  const besideStale = useStudioState(({ review: { landslides, maskRevision } }) =>
    Object.entries(landslides?.beside ?? {})
      .flatMap(([id, listed]) => (listed === (maskRevision[id] ?? 0) ? [] : `${id}/${maskRevision[id]}`))
      .join(),
  )
  const threshold = useStudioState(state => (selectedPatch(state)?.cell ? state.review.threshold : null))
  // biome-ignore lint/correctness/useExhaustiveDependencies: the revisions say when to look again.
  useEffect(() => {
    if (folded || loading || selectedId === null) return
    const timer = setTimeout(() => void findLandslides(studio), REST_MS)
    return () => clearTimeout(timer)
  }, [studio, folded, loading, selectedId, maskRevision, probabilityRevision, besideStale, threshold])
}

interface LandslideListProps {
  /** In order. */
  landslides: readonly Landslide[]
  order: LandslideOrder
}

/** As in landslides.css, pixels. */
const ROW_HEIGHT = 24
const LAYOUT = { rowSize: ROW_HEIGHT }

/** A speckled mask has thousands: only the rows in sight are in the page. */
function LandslideList({ landslides, order }: LandslideListProps) {
  const studio = useStudio()
  const selected = useStudioState(state => state.review.selectedLandslide)
  const scroller = useRef<HTMLDivElement>(null)
  const columns = useMemo(() => landslideColumns(landslides, order), [landslides, order])
  const at = landslides.findIndex(({ number }) => number === selected)
  // What a key or a removal selects may be out of sight, where it has no element to scroll to.
  useEffect(() => {
    const element = scroller.current
    if (!element || at < 0) return
    const top = at * ROW_HEIGHT
    if (top < element.scrollTop) element.scrollTop = top
    else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + ROW_HEIGHT - element.clientHeight
    }
  }, [at])
  return (
    <div className="landslides tabular">
      <div className="landslide-line landslide-head dim" aria-hidden="true">
        <span />
        {columns.map(({ id, title, detail }) => (
          <span key={id} title={detail}>
            {title}
          </span>
        ))}
      </div>
      <Virtualizer layout={ListLayout} layoutOptions={LAYOUT}>
        <ListBox
          ref={scroller}
          className="landslide-list"
          aria-label="Landslides of this mask"
          selectionMode="single"
          selectedKeys={selected === null ? [] : [selected]}
          onSelectionChange={keys => {
            const [number] = keys === 'all' ? [] : [...keys]
            selectLandslide(studio, typeof number === 'number' ? number : null)
          }}
          items={landslides}
          dependencies={[columns]}
        >
          {landslide => (
            <ListBoxItem
              id={landslide.number}
              className="landslide-line"
              textValue={`Landslide ${landslide.number}`}
            >
              <LandslideCells landslide={landslide} columns={columns} />
            </ListBoxItem>
          )}
        </ListBox>
      </Virtualizer>
    </div>
  )
}

interface LandslideCellsProps {
  landslide: Landslide
  columns: readonly LandslideColumn[]
}

/** A component of its own, so that only rows in sight are put into words. */
function LandslideCells({ landslide, columns }: LandslideCellsProps) {
  return (
    <>
      <span className="dim" aria-hidden="true" title={cellsText(landslide) || undefined}>
        {landslide.number}
        {landslide.cells && '+'}
      </span>
      {columns.map(column => (
        <span key={column.id} aria-hidden="true">
          {column.value(landslide)}
        </span>
      ))}
      <Text slot="label" className="visually-hidden">
        {describeLandslide(landslide, columns)}
      </Text>
    </>
  )
}
