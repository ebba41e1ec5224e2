import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import { sizeColumn } from '../../core/inventory/tableRows'
import { filterInventory, toggleArea } from '../../state/inventory/actions'
import type { ShownRows } from '../../state/inventory/heldTable'
import { useStudio, useStudioState } from '../studioContext'

/** How many landslides are of which size, on a logarithmic axis; a bar keeps its sizes, another one adds its own. */
export function AreaHistogram({ shown }: { shown: ShownRows }) {
  const studio = useStudio()
  const areas = useStudioState(state => state.inventory.filter.areas)
  const { bins, table } = shown
  const unit = sizeColumn(table) === 'area_m2' ? 'm²' : 'px'
  const most = Math.max(1, ...bins.map(({ count }) => count))
  return (
    <figure className="area-histogram">
      <figcaption>
        By area <span className="dim">{unit}</span>
      </figcaption>
      <ToggleButtonGroup
        className="area-bars"
        aria-label="Keep landslides of these areas"
        selectionMode="multiple"
        selectedKeys={areas.map(String)}
        onSelectionChange={keys => {
          const chosen = bins.map(({ from }) => from).filter(from => keys.has(String(from)))
          const changed = bins.find(({ from }) => chosen.includes(from) !== areas.includes(from))
          if (changed) toggleArea(studio, changed.from)
        }}
      >
        {bins.map(({ from, to, count }) => (
          <ToggleButton
            key={from}
            id={String(from)}
            className={`area-bar${areas.length > 0 && !areas.includes(from) ? ' area-bar-out' : ''}`}
            aria-label={`${rangeText(from, to)} ${unit === 'm²' ? 'square metres' : 'pixels'}: ${plural(count, 'landslide')}`}
          >
            <span className="area-count" aria-hidden="true">
              {count > 0 ? count.toLocaleString('en', { notation: 'compact' }) : ''}
            </span>
            <span className="area-fill" style={{ height: `${(100 * count) / most}%` }} aria-hidden="true" />
            <span className="area-edge" aria-hidden="true">
              {edgeText(from)}
            </span>
          </ToggleButton>
        ))}
      </ToggleButtonGroup>
      {areas.length > 0 && (
        <button type="button" className="area-clear" onClick={() => filterInventory(studio, { areas: [] })}>
          All areas
        </button>
      )}
    </figure>
  )
}

function rangeText(from: number, to: number): string {
  const text = (value: number) => value.toLocaleString('en')
  return Number.isFinite(to) ? `${text(from)} to ${text(to)}` : `${text(from)} and more`
}

/** "200", "5k", "1M". */
function edgeText(value: number): string {
  if (value >= 1e9) return `${value / 1e9}G`
  if (value >= 1e6) return `${value / 1e6}M`
  return value >= 1000 ? `${value / 1000}k` : String(value)
}
