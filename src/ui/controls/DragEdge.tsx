import type { KeyboardEvent, PointerEvent } from 'react'

const STEP = 16

interface DragEdgeProps {
  className: string
  /** What it sets: "Height of the table". */
  label: string
  /** Of the line itself. */
  orientation: 'vertical' | 'horizontal'
  /** As large as it is now, CSS pixels. */
  measure(): number
  smallest: number
  largest: number
  /** What size the pointer asks for where it is; null: not known. */
  sizeAt(event: PointerEvent<HTMLDivElement>): number | null
  /** Whether right, or down, makes it larger. */
  grows: 'forward' | 'backward'
  /** null: back to what it was at first. */
  onSize(size: number | null): void
}

/** The edge of a part of the page: dragged or moved with arrow keys it sets its size; a double click resets it. */
export function DragEdge({
  className,
  label,
  orientation,
  measure,
  smallest,
  largest,
  sizeAt,
  grows,
  onSize,
}: DragEdgeProps) {
  const step = grows === 'forward' ? STEP : -STEP
  const onKeyDown = (event: KeyboardEvent) => {
    const size = measure()
    const places: Record<string, number> = {
      [orientation === 'vertical' ? 'ArrowLeft' : 'ArrowUp']: size - step,
      [orientation === 'vertical' ? 'ArrowRight' : 'ArrowDown']: size + step,
      Home: smallest,
      End: largest,
    }
    const next = places[event.key]
    if (next === undefined) return
    event.preventDefault()
    onSize(next)
  }
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return
    const asked = sizeAt(event)
    if (asked !== null) onSize(asked)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule divides text; this is the separator that a person moves.
    <div
      className={className}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuemin={smallest}
      aria-valuemax={largest}
      aria-valuenow={Math.round(measure())}
      onKeyDown={onKeyDown}
      onPointerDown={event => {
        if (event.button === 0) event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={onPointerMove}
      onDoubleClick={() => onSize(null)}
    />
  )
}
