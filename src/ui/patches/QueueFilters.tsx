import { useEffect, useRef } from 'react'
import { Checkbox, Input, SearchField } from 'react-aria-components'
import { drawAudit, searchQueue } from '../../state/actions/orderQueue'
import { MAX_AUDIT_SIZE, type VerdictFilter } from '../../state/slices/queueSlice'
import { CommandButton } from '../controls/CommandButton'
import { NumberField } from '../controls/NumberField'
import { Select } from '../controls/Select'
import { Slider } from '../controls/Slider'
import { useStudio, useStudioState } from '../studioContext'

const VERDICTS: readonly { id: VerdictFilter; title: string }[] = [
  { id: 'any', title: 'Any or none' },
  { id: 'none', title: 'None yet' },
  { id: 'accepted', title: 'Accepted' },
  { id: 'corrected', title: 'Corrected' },
  { id: 'rejected', title: 'Rejected' },
  { id: 'unsure', title: 'Unsure' },
]

/** What the list is narrowed to. */
export function QueueFilters() {
  const studio = useStudio()
  const search = useStudioState(state => state.queueSearch)
  const rounds = useStudioState(state => state.rounds)
  const size = useStudioState(state => state.auditSize)
  const seed = useStudioState(state => state.auditSeed)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  return (
    <fieldset className="queue-filters" aria-label="Filters">
      <SearchField
        aria-label="Name"
        className="queue-search"
        value={search.text}
        onChange={text => searchQueue(studio, { text })}
        onKeyDown={event => {
          if (event.key === 'Escape' && search.text === '') studio.store.setState({ filtersOpen: false })
        }}
      >
        <Input ref={field} className="text-input" placeholder="Part of a name" />
      </SearchField>
      <Select
        label="Verdict"
        inline
        value={search.verdict}
        options={VERDICTS}
        onChange={verdict => searchQueue(studio, { verdict })}
      />
      <Select
        label="Judged maps"
        inline
        value={search.round}
        options={[
          { id: 'any', title: 'Any' },
          { id: 'starters', title: 'Before round 1' },
          ...rounds.map(({ id, index }) => ({ id, title: `Round ${index}` })),
        ]}
        onChange={round => searchQueue(studio, { round })}
      />
      <Slider
        label="Differ by ≥"
        value={search.disagreement}
        minValue={0}
        maxValue={1}
        step={0.01}
        format={{ minimumFractionDigits: 2 }}
        onChange={disagreement => searchQueue(studio, { disagreement })}
      />
      <Checkbox
        className="checkbox"
        isSelected={search.audit}
        onChange={audit => searchQueue(studio, { audit })}
      >
        <span className="checkbox-box" aria-hidden="true" />
        Only the audit sample
      </Checkbox>
      <div className="audit-fields">
        <NumberField
          label={`Sample size (seed ${seed})`}
          value={size}
          minValue={1}
          maxValue={MAX_AUDIT_SIZE}
          onChange={value => drawAudit(studio, value, seed)}
        />
        <CommandButton command="draw-audit">Draw anew</CommandButton>
      </div>
      <CommandButton command="show-all-patches" look="quiet" />
    </fieldset>
  )
}
