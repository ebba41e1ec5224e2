import type { QueueOrder } from '../../core/review/queueOrder'
import { orderQueue } from '../../state/actions/orderQueue'
import { queueIsStale } from '../../state/queueSelectors'
import { CommandButton } from '../controls/CommandButton'
import { Select } from '../controls/Select'
import { useStudio, useStudioState } from '../studioContext'
import { AuditLine } from './AuditLine'

const ORDERS: readonly { id: QueueOrder; title: string }[] = [
  { id: 'file', title: 'File order' },
  { id: 'disagreement', title: 'Most disagreement' },
  { id: 'entropy', title: 'Most entropy' },
  { id: 'random', title: 'Random audit' },
]

/** What comes next, and why. */
export function QueueBar() {
  const studio = useStudio()
  const order = useStudioState(state => state.queueOrder)
  const stale = useStudioState(queueIsStale)
  const autoAdvance = useStudioState(state => state.autoAdvance)
  const filtersOpen = useStudioState(state => state.filtersOpen)
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
          <CommandButton
            command="sort-again"
            icon="sort"
            iconOnly
            detail="scores or patches are new since it was sorted"
          />
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
}
