import { useMemo } from 'react'
import { matchesFilter, searchedPatches } from '../../state/queueSelectors'
import { NO_SEARCH } from '../../state/slices/queueSlice'
import type { PatchFilter } from '../../state/slices/viewSlice'
import { CommandButton } from '../controls/CommandButton'
import { Segmented } from '../controls/Segmented'
import { useStudio, useStudioState } from '../studioContext'
import { PatchList } from './PatchList'
import { QueueBar } from './QueueBar'
import { QueueFilters } from './QueueFilters'
import { ReviewProgressBar } from './ReviewProgressBar'

const FILTERS: readonly { id: PatchFilter; title: string }[] = [
  { id: 'all', title: 'All' },
  { id: 'source', title: 'Source' },
  { id: 'target', title: 'Target' },
  { id: 'unreviewed', title: 'To do' },
]

export function PatchesPanel() {
  const studio = useStudio()
  const patches = useStudioState(state => state.patches)
  const filter = useStudioState(state => state.filter)
  const verdicts = useStudioState(state => state.verdicts)
  const queue = useStudioState(state => state.queue)
  const search = useStudioState(state => state.queueSearch)
  const filtersOpen = useStudioState(state => state.filtersOpen)
  const sample = useStudioState(state => `${state.auditSeed}/${state.auditSize}`)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const lists = useMemo(() => {
    const state = studio.store.getState()
    const found = searchedPatches(state)
    return Object.fromEntries(
      FILTERS.map(({ id }) => [id, found.filter(patch => matchesFilter(state, patch, id))]),
    )
  }, [studio, patches, verdicts, queue, search, sample])
  const shown = lists[filter] ?? []
  const narrowed = search !== NO_SEARCH
  return (
    <section className="panel patches-panel" aria-label="Patches">
      <ReviewProgressBar />
      <div className="panel-pad queue-head">
        <Segmented
          label="Show"
          value={filter}
          onChange={id => studio.store.setState({ filter: id })}
          options={FILTERS.map(option => ({ ...option, detail: String(lists[option.id]?.length ?? 0) }))}
        />
        {patches.length > 0 && <QueueBar />}
        {filtersOpen && patches.length > 0 && <QueueFilters />}
      </div>
      {shown.length > 0 ? (
        <PatchList patches={shown} />
      ) : (
        <div className="panel-empty dim">
          <p>{emptyText(patches.length, filter, narrowed)}</p>
          {narrowed && <CommandButton command="show-all-patches" />}
        </div>
      )}
    </section>
  )
}

function emptyText(count: number, filter: PatchFilter, narrowed: boolean): string {
  if (count === 0) return 'Patches appear here as they are read.'
  if (narrowed) return 'No patch is what the filters ask for.'
  if (filter === 'unreviewed') return 'Every target patch has a verdict.'
  return `No ${filter} patches. ${filter === 'source' ? 'Add labelled ones to learn from.' : 'Add unlabelled ones to map.'}`
}
