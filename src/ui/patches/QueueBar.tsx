import { memo, type RefObject, useMemo } from 'react'
import { Checkbox, Input, SearchField } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import type { Estimate } from '../../core/review/auditEstimate'
import type { QueueOrder } from '../../core/review/queueOrder'
import { drawAudit, orderQueue, searchQueue, showFilters } from '../../state/patches/actions'
import { queueIsStale } from '../../state/patches/selectors'
import { MAX_AUDIT_SIZE, type VerdictFilter } from '../../state/patches/slice'
import { auditProgress } from '../../state/review/selectors'
import { CommandButton } from '../controls/CommandButton'
import { NumberField, Select, Slider } from '../controls/Fields'
import { useStudio, useStudioState } from '../studioContext'

const ORDERS: readonly { id: QueueOrder; title: string }[] = [
  { id: 'file', title: 'File order' },
  { id: 'name', title: 'By name' },
  { id: 'disagreement', title: 'Most disagreement' },
  { id: 'entropy', title: 'Most entropy' },
  { id: 'random', title: 'Random audit' },
]

/** What comes next, and why. Verdicts change the panel around it, and nothing of it. */
export const QueueBar = memo(function QueueBar() {
  const studio = useStudio()
  const order = useStudioState(state => state.patches.order)
  const stale = useStudioState(queueIsStale)
  const autoAdvance = useStudioState(state => state.review.autoAdvance)
  const filtersOpen = useStudioState(state => state.patches.filtersOpen)
  return (
    <>
      <div className="queue-bar">
        <Select
          label="Order"
          hideLabel
          value={order}
          options={ORDERS}
          onChange={chosen => orderQueue(studio, chosen)}
        />
        {stale && (
          <CommandButton command="sort-again" icon="sort" iconOnly detail="scores or patches have changed" />
        )}
        <CommandButton command="bulk-accept" icon="accept-all" iconOnly look="quiet" />
        <CommandButton
          command="auto-advance"
          icon="advance"
          iconOnly
          look="quiet"
          pressed={autoAdvance}
          detail={autoAdvance ? 'on' : 'off'}
        />
        <CommandButton command="find-patch" icon="filter" iconOnly look="quiet" pressed={filtersOpen} />
      </div>
      {order === 'random' && <AuditLine />}
    </>
  )
})

/** What the reviewed part of the random sample says of the networks. */
function AuditLine() {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches.list)
  const verdicts = useStudioState(state => state.review.verdicts)
  const seed = useStudioState(state => state.patches.auditSeed)
  const wanted = useStudioState(state => state.patches.auditSize)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const audit = useMemo(
    () => auditProgress(studio.store.getState()),
    [studio, patches, verdicts, seed, wanted],
  )
  const { estimate } = audit
  return (
    <section className="audit-line" aria-label="Audit">
      <p>
        {audit.reviewed} of {audit.size} sampled patches reviewed
      </p>
      {estimate.patches === 0 ? (
        <p className="dim">Your corrections give an unbiased estimate of accuracy.</p>
      ) : (
        <>
          <p className="tabular">Precision {estimateText(estimate.precision)}</p>
          <p className="tabular">Recall {estimateText(estimate.recall)}</p>
          <p className="dim">
            You changed {changed(estimate.changed, estimate.pixels)} of{' '}
            {plural(estimate.patches, 'patch', 'patches')}
            {audit.withoutMask > 0 &&
              `; ${audit.withoutMask} rejected or unsure excluded, which may overstate accuracy`}
            .
          </p>
        </>
      )}
    </section>
  )
}

/** "0.81 (0.74–0.88)" */
export function estimateText(estimate: Estimate | null): string {
  if (!estimate) return '–'
  const { value, low, high } = estimate
  return `${value.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`
}

function changed(pixels: number, of: number): string {
  const percent = of > 0 ? (100 * pixels) / of : 0
  return `${pixels.toLocaleString('en')} px (${percent.toFixed(percent < 1 ? 2 : 1)} %)`
}

const VERDICTS: readonly { id: VerdictFilter; title: string }[] = [
  { id: 'any', title: 'Any' },
  { id: 'none', title: 'None' },
  { id: 'accepted', title: 'Accepted' },
  { id: 'corrected', title: 'Corrected' },
  { id: 'label-corrected', title: 'Label corrected' },
  { id: 'rejected', title: 'Rejected' },
  { id: 'unsure', title: 'Unsure' },
]

/** What the list is narrowed to. `field` is its first one, for whoever unfolds it to focus. */
export function QueueFilters({ field }: { field: RefObject<HTMLInputElement | null> }) {
  const studio = useStudio()
  const search = useStudioState(state => state.patches.search)
  const rounds = useStudioState(state => state.rounds.list)
  const size = useStudioState(state => state.patches.auditSize)
  const seed = useStudioState(state => state.patches.auditSeed)
  return (
    <fieldset className="queue-filters" aria-label="Filters">
      <SearchField
        aria-label="Name"
        className="queue-search"
        value={search.text}
        onChange={text => searchQueue(studio, { text })}
      >
        <Input
          ref={field}
          className="text-input"
          placeholder="Name"
          onKeyDown={event => {
            if (event.key === 'Escape' && search.text === '') showFilters(studio, false)
          }}
        />
      </SearchField>
      <Select
        label="Verdict"
        inline
        value={search.verdict}
        options={VERDICTS}
        onChange={verdict => searchQueue(studio, { verdict })}
      />
      <Select
        label="Judged in"
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
        label="Disagreement ≥"
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
        Audit sample only
      </Checkbox>
      <div className="audit-fields">
        <NumberField
          label={`Sample size (seed ${seed})`}
          value={size}
          minValue={1}
          maxValue={MAX_AUDIT_SIZE}
          onChange={value => drawAudit(studio, value, seed)}
        />
        <CommandButton command="draw-audit">Draw again</CommandButton>
      </div>
      <CommandButton command="show-all-patches" look="quiet" />
    </fieldset>
  )
}
