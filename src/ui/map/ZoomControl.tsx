import { type RefObject, useImperativeHandle, useRef } from 'react'
import { Group } from 'react-aria-components'
import { CommandButton } from '../controls/CommandButton'

export interface ZoomHandle {
  /** Screen pixels that one raster pixel takes. */
  show(scale: number): void
}

/** Zoom out, how far it is zoomed, zoom in and fit; the figure is written straight to the page as the view moves. */
export function ZoomControl({ handle, hidden }: { handle: RefObject<ZoomHandle | null>; hidden: boolean }) {
  const text = useRef<HTMLSpanElement>(null)
  useImperativeHandle(handle, () => ({
    show(scale) {
      const shown = percent(scale)
      if (text.current && text.current.textContent !== shown) text.current.textContent = shown
    },
  }))
  return (
    <Group className="zoom-control" aria-label="Zoom" hidden={hidden}>
      <CommandButton command="zoom-out" icon="zoom-out" iconOnly look="quiet" />
      <span ref={text} className="zoom-level tabular" title="Screen pixels for each pixel of the image" />
      <CommandButton command="zoom-in" icon="zoom-in" iconOnly look="quiet" />
      <CommandButton command="fit" icon="fit" iconOnly look="quiet" />
    </Group>
  )
}

function percent(scale: number): string {
  const value = scale * 100
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} %`
}
