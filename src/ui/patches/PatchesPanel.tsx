import { useDeferredValue, useEffect, useMemo, useRef } from 'react'
import type { VerdictKind } from '../../core/review/verdict'
import { setFilter } from '../../state/patches/actions'
import { chosenPatches, matchesFilter, searchedPatches } from '../../state/patches/selectors'
import { NO_SEARCH, type PatchFilter } from '../../state/patches/slice'
import { reviewProgress } from '../../state/review/selectors'
import { CommandButton } from '../controls/CommandButton'
import { Segmented } from '../controls/Fields'
import { Icon, VERDICT_LOOK } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'
import { PatchList } from './PatchList'
import { QueueBar, QueueFilters } from './QueueBar'

const FILTERS: readonly { id: PatchFilter; title: string }[] = [
  { id: 'all', title: 'All' },
  { id: 'source', title: 'Source' },
  { id: 'target', title: 'Target' },
  { id: 'unreviewed', title: 'To do' },
]

export function PatchesPanel() {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches.list)
  // Deferred: what a first patch brings into the panel is rendered in slices.
  const empty = useDeferredValue(patches.length === 0)
  const filter = useStudioState(state => state.patches.filter)
  const verdicts = useStudioState(state => state.review.verdicts)
  const queue = useStudioState(state => state.patches.queue)
  const search = useStudioState(state => state.patches.search)
  const filtersOpen = useStudioState(state => state.patches.filtersOpen)
  const sample = useStudioState(state => `${state.patches.auditSeed}/${state.patches.auditSize}`)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const lists = useMemo(() => {
    const state = studio.store.getState()
    const found = searchedPatches(state)
    return Object.fromEntries(
      FILTERS.map(({ id }) => [id, found.filter(patch => matchesFilter(state, patch, id))]),
    )
  }, [studio, patches, verdicts, queue, search, sample])
  const selecting = useStudioState(state => chosenPatches(state).length > 0)
  const shown = (!empty && lists[filter]) || []
  const narrowed = search !== NO_SEARCH
  // Unfolding the filters means to type; a panel that comes back with them, as in a wider window, takes nobody's focus.
  const field = useRef<HTMLInputElement>(null)
  const unfolded = useRef(filtersOpen)
  useEffect(() => {
    if (filtersOpen && !unfolded.current) field.current?.focus()
    unfolded.current = filtersOpen
  }, [filtersOpen])
  return (
    <section className="panel patches-panel" aria-label="Patches">
      <ReviewProgressBar />
      <div className="panel-pad queue-head">
        <Segmented
          label="Show"
          value={filter}
          onChange={id => setFilter(studio, id)}
          options={FILTERS.map(option => ({ ...option, detail: String(lists[option.id]?.length ?? 0) }))}
        />
        {!empty && (selecting ? <SelectionBar /> : <QueueBar />)}
        {filtersOpen && !empty && <QueueFilters field={field} />}
      </div>
      {shown.length > 0 ? (
        <PatchList patches={shown} />
      ) : (
        <div className="panel-empty dim">
          <p>{emptyText(empty, filter, narrowed)}</p>
          {narrowed && <CommandButton command="show-all-patches" />}
        </div>
      )}
    </section>
  )
}

/** What can be done with the selected patches. It takes the queue's place: rows that moved would be missed by the next click. */
function SelectionBar() {
  const count = useStudioState(state => chosenPatches(state).length)
  const heldOut = useStudioState(state => chosenPatches(state).every(patch => patch.heldOut))
  return (
    <section className="queue-bar selection-bar" aria-label="Selection">
      <CommandButton command="deselect-all" icon="close" iconOnly look="quiet" />
      <span className="tabular">{count} selected</span>
      <span className="spacer" />
      <CommandButton command="accepted-selected" icon="accept" iconOnly look="quiet" />
      <CommandButton command="rejected-selected" icon="reject" iconOnly look="quiet" />
      <CommandButton command="unsure-selected" icon="unsure" iconOnly look="quiet" />
      <CommandButton command="hold-out" icon="lock" iconOnly look="quiet" pressed={heldOut} />
    </section>
  )
}

function emptyText(empty: boolean, filter: PatchFilter, narrowed: boolean): string {
  if (empty) return 'Patches appear here as they are imported.'
  if (narrowed) return 'No patches match the filters.'
  if (filter === 'unreviewed') return 'Every target patch has a verdict.'
  return `No ${filter} patches. ${filter === 'source' ? 'Add labelled patches to train on.' : 'Add unlabelled patches to map.'}`
}

const KINDS = Object.keys(VERDICT_LOOK) as VerdictKind[]

/** The panel's head: how much is reviewed, in patches, pixels and verdicts. */
function ReviewProgressBar() {
  const patches = useStudioState(state => state.patches.list)
  const verdicts = useStudioState(state => state.review.verdicts)
  const progress = useMemo(
    () => reviewProgress({ patches: { list: patches }, review: { verdicts } }),
    [patches, verdicts],
  )
  const { total, reviewed, byKind, pixelShare } = progress
  const given = KINDS.filter(kind => byKind[kind] > 0)
  const counts = given.map(kind => `${byKind[kind]} ${VERDICT_LOOK[kind].title.toLowerCase()}`).join(', ')
  return (
    <>
      <div className="panel-head">
        <h2>Patches</h2>
        <span className="dim tabular">{total > 0 && `${reviewed} of ${total} reviewed`}</span>
      </div>
      {total > 0 && (
        <div className="progress-block">
          <div
            className="verdict-bar"
            role="img"
            aria-label={`${reviewed} of ${total} patches reviewed${counts && `: ${counts}`}`}
          >
            {given.map(kind => (
              <span
                key={kind}
                className={`verdict-part part-${kind}`}
                style={{ width: `${(100 * byKind[kind]) / total}%` }}
              />
            ))}
          </div>
          {reviewed > 0 && (
            <p className="verdict-counts" aria-hidden="true">
              {given.map(kind => (
                <span key={kind} title={VERDICT_LOOK[kind].title}>
                  <Icon name={VERDICT_LOOK[kind].icon} />
                  {byKind[kind]}
                </span>
              ))}
              <span className="spacer" />
              <span>{Math.round(100 * pixelShare)} % of pixels</span>
            </p>
          )}
        </div>
      )}
    </>
  )
}
