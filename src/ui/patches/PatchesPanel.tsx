import { useMemo } from 'react'
import { matchesFilter } from '../../state/queueSelectors'
import { isReviewable } from '../../state/selectors'
import type { PatchFilter } from '../../state/slices/viewSlice'
import { Segmented } from '../controls/Segmented'
import { useStudio, useStudioState } from '../studioContext'
import { PatchList } from './PatchList'

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
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state read inside changes with exactly these.
  const lists = useMemo(() => {
    const state = studio.store.getState()
    return Object.fromEntries(
      FILTERS.map(({ id }) => [id, state.patches.filter(patch => matchesFilter(state, patch, id))]),
    )
  }, [studio, patches, verdicts])
  const shown = lists[filter] ?? []
  const reviewable = patches.filter(isReviewable)
  const reviewed = reviewable.filter(patch => verdicts[patch.id]).length
  return (
    <section className="panel patches-panel" aria-label="Patches">
      <div className="panel-head">
        <h2>Patches</h2>
        <span className="dim tabular">
          {reviewable.length > 0 && `${reviewed} of ${reviewable.length} reviewed`}
        </span>
      </div>
      <div className="panel-pad">
        <Segmented
          label="Show"
          value={filter}
          onChange={id => studio.store.setState({ filter: id })}
          options={FILTERS.map(option => ({ ...option, detail: String(lists[option.id]?.length ?? 0) }))}
        />
      </div>
      {shown.length > 0 ? (
        <PatchList patches={shown} />
      ) : (
        <p className="panel-empty dim">{emptyText(patches.length, filter)}</p>
      )}
    </section>
  )
}

function emptyText(count: number, filter: PatchFilter): string {
  if (count === 0) return 'Patches appear here as they are read.'
  if (filter === 'unreviewed') return 'Every target patch has a verdict.'
  return `No ${filter} patches. ${filter === 'source' ? 'Add labelled ones to learn from.' : 'Add unlabelled ones to map.'}`
}
