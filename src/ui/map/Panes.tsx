import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from 'react'
import { Group, ToggleButton } from 'react-aria-components'
import { commandById } from '../../state/commandList'
import { activatePane, paneState } from '../../state/layers/panes'
import type { PaneId } from '../../state/layers/slice'
import type { StudioState } from '../../state/studioState'
import { moveSwipe } from '../../state/view/actions'
import { MAX_SWIPE, MIN_SWIPE } from '../../state/view/slice'
import { useStudio, useStudioState } from '../studioContext'

const SIDES: readonly { id: PaneId; title: string }[] = [
  { id: 'first', title: 'Left' },
  { id: 'second', title: 'Right' },
]

/** What each view shows, and which of the two the layers panel sets. */
export function PaneChips() {
  const studio = useStudio()
  const mode = useStudioState(state => state.view.mode)
  const active = useStudioState(state => state.layers.activePane)
  const first = useStudioState(state => describePane(state, 'first'))
  const second = useStudioState(state => describePane(state, 'second'))
  const texts = { first, second }
  return (
    <Group className={`pane-chips pane-chips-${mode}`} aria-label="View that the Layers panel controls">
      {SIDES.map(({ id, title }) => (
        <ToggleButton
          key={id}
          className={`pane-chip pane-chip-${id}`}
          aria-label={`${title} view: ${texts[id]}`}
          isSelected={active === id}
          onChange={() => activatePane(studio, id)}
        >
          {texts[id]}
        </ToggleButton>
      ))}
    </Group>
  )
}

function describePane(state: StudioState, pane: PaneId): string {
  const view = paneState(state, pane)
  const parts = [commandById(`base-${view.layers.baseLayer}`).title]
  if (view.layers.showProbability) parts.push(view.layers.overlay.replaceAll('-', ' '))
  if (view.layers.showMask) parts.push('mask')
  return parts.join(' + ')
}

const STEP = 0.01

const LARGE_STEP = 0.1

/** Divides the stage between two views; moved straight on the page, since it follows the pointer. */
export function SwipeDivider() {
  const studio = useStudio()
  const handle = useRef<HTMLDivElement>(null)

  useEffect(() => {
    const place = (at: number) => {
      const element = handle.current
      if (!element) return
      element.style.left = `${at * 100}%`
      element.setAttribute('aria-valuenow', String(Math.round(at * 100)))
      element.setAttribute('aria-valuetext', `${Math.round(at * 100)} % left view`)
    }
    place(studio.store.getState().view.swipeAt)
    return studio.store.subscribe((state, before) => {
      if (state.view.swipeAt !== before.view.swipeAt) place(state.view.swipeAt)
    })
  }, [studio])

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const stage = event.currentTarget.parentElement?.getBoundingClientRect()
    if (!stage || !event.currentTarget.hasPointerCapture(event.pointerId)) return
    moveSwipe(studio, (event.clientX - stage.left) / stage.width)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const at = studio.store.getState().view.swipeAt
    const step = event.shiftKey ? LARGE_STEP : STEP
    const places: Record<string, number> = {
      ArrowLeft: at - step,
      ArrowDown: at - step,
      ArrowRight: at + step,
      ArrowUp: at + step,
      PageDown: at - LARGE_STEP,
      PageUp: at + LARGE_STEP,
      Home: MIN_SWIPE,
      End: MAX_SWIPE,
    }
    const next = places[event.key]
    if (next === undefined) return
    event.preventDefault()
    moveSwipe(studio, next)
  }

  return (
    <div
      ref={handle}
      className="swipe-divider"
      role="slider"
      tabIndex={0}
      aria-label="Divider between the views"
      aria-orientation="horizontal"
      aria-valuemin={MIN_SWIPE * 100}
      aria-valuemax={MAX_SWIPE * 100}
      aria-valuenow={50}
      onKeyDown={onKeyDown}
      onPointerDown={event => {
        if (event.button !== 0) return
        event.currentTarget.setPointerCapture(event.pointerId)
        event.currentTarget.focus()
      }}
      onPointerMove={onPointerMove}
      onDoubleClick={() => moveSwipe(studio, 0.5)}
    >
      <span className="swipe-grip" aria-hidden="true" />
    </div>
  )
}
