import { useEffect, useRef, useState } from 'react'
import type { PatchRecord } from '../../storage/projectStore'
import { useStudioState } from '../studioContext'
import { PatchRow } from './PatchRow'

const ROW_HEIGHT = 60
const OVERSCAN = 4

/** Thousands of patches, a screenful of rows. */
export function PatchList({ patches }: { patches: readonly PatchRecord[] }) {
  const selectedId = useStudioState(state => state.selectedId)
  const scroller = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 600 })

  useEffect(() => {
    const element = scroller.current
    if (!element) return
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight })
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    element.addEventListener('scroll', measure, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', measure)
    }
  }, [])

  const selectedIndex = patches.findIndex(patch => patch.id === selectedId)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list grows shorter as strips appear above it, and longer as patches arrive; what is selected stays in sight.
  useEffect(() => {
    const element = scroller.current
    if (!element || selectedIndex < 0) return
    const top = selectedIndex * ROW_HEIGHT
    if (top < element.scrollTop) element.scrollTop = top
    else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + ROW_HEIGHT - element.clientHeight
    }
  }, [selectedIndex, view.height, patches.length])

  const first = Math.max(0, Math.floor(view.top / ROW_HEIGHT) - OVERSCAN)
  const last = Math.min(patches.length, Math.ceil((view.top + view.height) / ROW_HEIGHT) + OVERSCAN)
  return (
    <div
      ref={scroller}
      className="patch-list"
      role="listbox"
      aria-label="Patch list"
      tabIndex={0}
      {...(selectedIndex >= first &&
        selectedIndex < last && { 'aria-activedescendant': `patch-${selectedId}` })}
    >
      <div style={{ height: patches.length * ROW_HEIGHT }}>
        {patches.slice(first, last).map((patch, offset) => (
          <PatchRow
            key={patch.id}
            patch={patch}
            top={(first + offset) * ROW_HEIGHT}
            index={first + offset}
            count={patches.length}
            selected={patch.id === selectedId}
          />
        ))}
      </div>
    </div>
  )
}
