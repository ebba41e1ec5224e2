import { type RefObject, useEffect, useRef } from 'react'
import { PatchView } from '../../map/patchView'
import { useStudio } from '../studioContext'
import type { StatusLineHandle } from './StatusLine'

/** Mounts the deck.gl view; from then on the store drives it, not React. */
export function PatchCanvas({ status }: { status: RefObject<StatusLineHandle | null> }) {
  const studio = useStudio()
  const host = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!host.current) return
    const view = new PatchView(host.current, studio, readout => status.current?.show(readout))
    return () => view.destroy()
  }, [studio, status])
  return <div ref={host} className="patch-canvas" data-testid="map-canvas" />
}
