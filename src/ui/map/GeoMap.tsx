import type { RefObject } from 'react'
import {
  Disclosure,
  DisclosurePanel,
  ListBox,
  ListBoxItem,
  ListLayout,
  Virtualizer,
} from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import type { PatchRecord } from '../../core/review/records'
import { chooseGroup, type PlacedGroup, type Placement, placementOf } from '../../map/geo/placement'
import { selectPatch, setMapSystem } from '../../state/view/actions'
import { Select } from '../controls/Fields'
import { Name } from '../controls/Name'
import { DisclosureHeading } from '../controls/SidePanel'
import { useStudio, useStudioState } from '../studioContext'
import { GeoCanvas, LazyView } from './LazyView'
import type { ZoomHandle } from './PatchHeading'

/** Rasters at their place on the ground, one coordinate system at a time; nothing is fetched to lie under them. */
export function GeoMap({ zoom }: { zoom: RefObject<ZoomHandle | null> }) {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches.list)
  const selectedId = useStudioState(state => state.view.selectedId)
  const mapCrs = useStudioState(state => state.view.mapCrs)
  const placement = placementOf(patches)
  const group = chooseGroup(placement, mapCrs, selectedId)
  const empty = placement.groups.length === 0
  return (
    <div className="geo-map">
      {empty ? (
        <div className="geo-empty">
          <strong>None of these patches has a location.</strong>
          <p>Add a GeoTIFF with a coordinate system to see it here.</p>
        </div>
      ) : (
        <LazyView>
          <GeoCanvas zoom={zoom} />
        </LazyView>
      )}
      <div className="geo-side">
        {group && placement.groups.length > 1 && (
          <Select
            label="Coordinate system"
            value={group.system.key}
            options={placement.groups.map(({ system, placed }) => ({
              id: system.key,
              title: `${system.title} (${placed.length})`,
            }))}
            onChange={key => setMapSystem(studio, key)}
          />
        )}
        <PlaceList group={group} unplaced={placement.unplaced} />
      </div>
    </div>
  )
}

const ROW_HEIGHT = 24
const LAYOUT = { rowHeight: ROW_HEIGHT }
/** Rows after which a list scrolls by itself. */
const MOST_ROWS = 16

/** What lies on the map, and what does not and why: the same as the picture says, for keys and screen readers. */
function PlaceList({ group, unplaced }: { group: PlacedGroup | null; unplaced: Placement['unplaced'] }) {
  const count = unplaced.reduce((sum, { patches }) => sum + patches.length, 0)
  return (
    <section className="place-list" aria-label="Places">
      {group && (
        <>
          <h3>
            {group.system.title}
            <span className="dim">{plural(group.placed.length, 'raster')}</span>
          </h3>
          <Names label={group.system.title} patches={group.placed.map(({ patch }) => patch)} />
        </>
      )}
      {count > 0 && (
        <Disclosure className="disclosure" defaultExpanded={!group}>
          <DisclosureHeading level={3}>
            Not placed
            <span className="dim">{count}</span>
          </DisclosureHeading>
          <DisclosurePanel>
            {unplaced.map(({ reason, patches }) => (
              <div key={reason} className="place-reason">
                <p>
                  {plural(patches.length, 'patch', 'patches')}: {reason}
                </p>
                <Names label={reason} patches={patches} />
              </div>
            ))}
          </DisclosurePanel>
        </Disclosure>
      )}
    </section>
  )
}

/** All of them, a screenful of rows. */
function Names({ label, patches }: { label: string; patches: readonly PatchRecord[] }) {
  const studio = useStudio()
  const selectedId = useStudioState(state => state.view.selectedId)
  return (
    <Virtualizer layout={ListLayout} layoutOptions={LAYOUT}>
      <ListBox
        className="place-names"
        aria-label={label}
        style={{ height: Math.min(MOST_ROWS, patches.length) * ROW_HEIGHT }}
        items={patches}
        selectionMode="single"
        selectionBehavior="replace"
        selectedKeys={selectedId === null ? [] : [selectedId]}
        onSelectionChange={keys => {
          const [id] = keys === 'all' ? [] : keys
          if (id !== undefined) void selectPatch(studio, String(id))
        }}
      >
        {patch => (
          <ListBoxItem className="place-name" textValue={patch.name}>
            <Name title={patch.name}>{patch.name}</Name>
          </ListBoxItem>
        )}
      </ListBox>
    </Virtualizer>
  )
}
