import { type RefObject, useEffect, useRef } from 'react'
import { PatchView } from '../../map/patch/patchView'
import { useStudio } from '../studioContext'
import type { ZoomHandle } from './PatchHeading'
import type { StatusLineHandle } from './StatusLine'

export interface PatchCanvasProps {
  status: RefObject<StatusLineHandle | null>
  zoom: RefObject<ZoomHandle | null>
  /** Kept, with its programs and camera, while the stage shows something else. */
  hidden: boolean
}

/** Mounts the deck.gl view; from then on the store drives it, not React. */
export function PatchCanvas({ status, zoom, hidden }: PatchCanvasProps) {
  const studio = useStudio()
  const host = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!host.current) return
    const view = new PatchView(host.current, studio, {
      readout: readout => status.current?.show(readout),
      scale: scale => zoom.current?.show(scale),
    })
    return () => view.destroy()
  }, [studio, status, zoom])
  return (
    <div
      ref={host}
      className={`patch-canvas${hidden ? ' patch-canvas-hidden' : ''}`}
      data-testid="map-canvas"
    />
  )
}
