import { Disclosure, DisclosurePanel, ToggleButton } from 'react-aria-components'
import type { PlacedGroup, Placement } from '../../../map/geo/placement'
import { selectPatch } from '../../../state/actions/selectPatch'
import type { PatchRecord } from '../../../storage/projectStore'
import { DisclosureHeading } from '../../controls/DisclosureHeading'
import { useStudio, useStudioState } from '../../studioContext'

/** A list longer than this is not read; the queue beside it holds them all. */
const MOST_SHOWN = 100

/** What lies on the map, and what does not and why: the same as the picture says, for keys and screen readers. */
export function PlaceList({
  group,
  unplaced,
}: {
  group: PlacedGroup | null
  unplaced: Placement['unplaced']
}) {
  const count = unplaced.reduce((sum, { patches }) => sum + patches.length, 0)
  return (
    <section className="place-list" aria-label="Places">
      {group && (
        <>
          <h3>
            {group.system.title}
            <span className="dim">{plural(group.placed.length, 'raster')}</span>
          </h3>
          <Names patches={group.placed.map(({ patch }) => patch)} />
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
                <Names patches={patches} />
              </div>
            ))}
          </DisclosurePanel>
        </Disclosure>
      )}
    </section>
  )
}

function Names({ patches }: { patches: readonly PatchRecord[] }) {
  const studio = useStudio()
  const selectedId = useStudioState(state => state.selectedId)
  return (
    <ul>
      {patches.slice(0, MOST_SHOWN).map(patch => (
        <li key={patch.id}>
          <ToggleButton
            className="place-name"
            isSelected={patch.id === selectedId}
            onChange={() => void selectPatch(studio, patch.id)}
          >
            {patch.name}
          </ToggleButton>
        </li>
      ))}
      {patches.length > MOST_SHOWN && <li className="dim">and {patches.length - MOST_SHOWN} more</li>}
    </ul>
  )
}

const plural = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`
