import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from 'react'
import { MAX_SWIPE, MIN_SWIPE } from '../../../state/slices/viewModeSlice'
import { useStudio } from '../../studioContext'

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
    place(studio.store.getState().swipeAt)
    return studio.store.subscribe((state, before) => {
      if (state.swipeAt !== before.swipeAt) place(state.swipeAt)
    })
  }, [studio])

  const moveTo = (at: number) =>
    studio.store.setState({ swipeAt: Math.min(MAX_SWIPE, Math.max(MIN_SWIPE, at)) })

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const stage = event.currentTarget.parentElement?.getBoundingClientRect()
    if (!stage || !event.currentTarget.hasPointerCapture(event.pointerId)) return
    moveTo((event.clientX - stage.left) / stage.width)
  }

  const onKeyDown = (event: KeyboardEvent) => {
    const at = studio.store.getState().swipeAt
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
    moveTo(next)
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
      onDoubleClick={() => moveTo(0.5)}
    >
      <span className="swipe-grip" aria-hidden="true" />
    </div>
  )
}
