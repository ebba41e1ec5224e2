import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react'
import { type MapSight, Minimap } from '../../map/scenes/minimap'
import { moveView } from '../../state/view/actions'
import { CommandButton } from '../controls/CommandButton'
import { useStudio, useStudioState } from '../studioContext'

interface MapMinimapProps {
  /** Where to say what is in sight: drawn straight to the page, since it follows the pointer. */
  sight: RefObject<((sight: MapSight | null) => void) | null>
  /** Moves the middle of the map to a place on its plane. */
  lookAt(place: readonly [number, number]): void
}

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/** All cells of the map's scenes in a corner, with their verdicts and the frame of what is in sight. */
export function MapMinimap({ sight, lookAt }: MapMinimapProps) {
  const studio = useStudio()
  const open = useStudioState(state => state.view.minimap)
  const [hasScenes, setHasScenes] = useState(false)
  const canvas = useRef<HTMLCanvasElement>(null)
  const seen = useRef<MapSight | null>(null)

  useEffect(() => {
    const drawer = canvas.current && new Minimap(canvas.current)
    const draw = () => {
      if (seen.current) drawer?.draw(seen.current, studio.store.getState().review.verdicts)
    }
    sight.current = now => {
      seen.current = now
      setHasScenes(now !== null)
      draw()
    }
    draw()
    return () => {
      sight.current = null
    }
  })

  const go = (event: PointerEvent<HTMLElement>) => {
    const box = canvas.current?.getBoundingClientRect()
    if (!box || !seen.current) return
    lookAt(Minimap.placeAt(seen.current.space, event.clientX - box.left, event.clientY - box.top))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const move = MOVES[event.key]
    if (!move || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
    event.preventDefault()
    event.stopPropagation()
    moveView(studio, ...move)
  }
  if (!hasScenes) return null
  return (
    <div className="minimap">
      {open && (
        <div
          className="minimap-stage"
          role="application"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the view from here.
          tabIndex={0}
          aria-label="Minimap: arrow keys move the view"
          onKeyDown={onKeyDown}
          onPointerDown={event => {
            if (event.button !== 0) return
            event.currentTarget.setPointerCapture(event.pointerId)
            go(event)
          }}
          onPointerMove={event => {
            if (event.currentTarget.hasPointerCapture(event.pointerId)) go(event)
          }}
        >
          <canvas ref={canvas} />
        </div>
      )}
      <CommandButton command="minimap" icon="minimap" iconOnly look="quiet" pressed={open} />
    </div>
  )
}
