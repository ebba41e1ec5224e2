import type { ReactNode } from 'react'
import type { Column as ColumnId } from '../state/slices/shellSlice'
import { useStudioState } from './studioContext'

/** A column beside the image; in a narrow window it lies over the image while it is open. Folded it keeps its state. */
export function Column({ id, children }: { id: ColumnId; children: ReactNode }) {
  const narrow = useStudioState(state => state.narrow)
  const shown = useStudioState(({ narrow, drawer, hiddenColumns }) =>
    narrow ? drawer === id : !hiddenColumns.includes(id),
  )
  return (
    <div className={`column column-${id}${narrow ? ' column-drawer' : ''}`} hidden={!shown}>
      {children}
    </div>
  )
}
