import { Input, SearchField } from 'react-aria-components'
import { LANDSLIDE_FIELDS, type LandslideFields } from '../../core/inventory/fields'
import { NOT_REJECTED, NOT_REVIEWED } from '../../core/inventory/tableRows'
import { filterInventory } from '../../state/inventory/actions'
import type { ShownRows } from '../../state/inventory/heldTable'
import { CommandButton } from '../controls/CommandButton'
import { NumberField, Select } from '../controls/Fields'
import { useStudio, useStudioState } from '../studioContext'
import { capital, drawnColumn } from './tableColumns'

const ANY = 'any'

const CONFIDENCES = [
  { id: ANY, title: 'Any confidence' },
  { id: 'high', title: 'High' },
  { id: 'medium', title: 'Medium' },
  { id: 'low', title: 'Low' },
] as const

const NONE = 'none'

/** What a limit may be set on; the unit is said, since the number is typed. */
const NUMBERS = LANDSLIDE_FIELDS.filter(({ type }) => type !== 'text').map(({ name, title, unit }) => ({
  id: name,
  title: unit ? `${title}, ${unit}` : title,
}))

const LIMITS: readonly { id: keyof LandslideFields | typeof NONE; title: string }[] = [
  { id: NONE, title: 'No limit' },
  ...NUMBERS,
]

const COMPARISONS = [
  { id: 'least', title: '≥' },
  { id: 'most', title: '≤' },
] as const

/** What the rows are narrowed to. */
export function TableFilters({ shown }: { shown: ShownRows }) {
  const studio = useStudio()
  const filter = useStudioState(state => state.inventory.filter)
  const { text, verdict, confidence, limit } = filter
  const verdicts = shown.table.texts.verdict!.values.filter(value => value !== null)
  return (
    <fieldset className="inventory-filters" aria-label="Filter landslides">
      <SearchField
        aria-label="Id, scene or patch"
        className="inventory-search"
        value={text}
        onChange={value => filterInventory(studio, { text: value })}
      >
        <Input className="text-input" placeholder="Id, scene or patch" />
      </SearchField>
      <Select
        label="Verdict"
        hideLabel
        value={verdict ?? ANY}
        options={[
          { id: NOT_REJECTED, title: 'Not rejected' },
          { id: ANY, title: 'Any verdict' },
          { id: NOT_REVIEWED, title: 'Not reviewed' },
          ...verdicts.map(value => ({ id: value, title: capital(value) })),
        ]}
        onChange={value => filterInventory(studio, { verdict: value === ANY ? null : value })}
      />
      <Select
        label="Confidence"
        hideLabel
        value={(confidence ?? ANY) as (typeof CONFIDENCES)[number]['id']}
        options={CONFIDENCES}
        onChange={value => filterInventory(studio, { confidence: value === ANY ? null : value })}
      />
      <Select
        label="Limit on"
        hideLabel
        value={limit?.column ?? NONE}
        options={LIMITS}
        onChange={column =>
          filterInventory(studio, {
            limit:
              column === NONE ? null : { column, atLeast: limit?.atLeast ?? true, value: limit?.value ?? 0 },
          })
        }
      />
      {limit && (
        <>
          <Select
            label="At least or at most"
            hideLabel
            value={limit.atLeast ? 'least' : 'most'}
            options={COMPARISONS}
            onChange={chosen => filterInventory(studio, { limit: { ...limit, atLeast: chosen === 'least' } })}
          />
          <NumberField
            label={drawnColumn(limit.column).title}
            hideLabel
            value={limit.value}
            minValue={-1e9}
            maxValue={1e12}
            onChange={value => filterInventory(studio, { limit: { ...limit, value } })}
          />
        </>
      )}
      <CommandButton command="clear-landslide-filter" look="quiet">
        Clear filter
      </CommandButton>
    </fieldset>
  )
}
