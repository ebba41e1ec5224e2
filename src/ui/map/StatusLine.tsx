import { type ReactNode, type RefObject, useImperativeHandle, useRef, useState } from 'react'
import type { Pixel, Readout } from '../../map/cursorReadout'
import { bandsText, placeText, terrainText } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { Inspector } from './Inspector'

export interface StatusLineHandle {
  show(readout: Readout | null): void
}

/** Where there is no room for all twelve. */
const FEW_BANDS = ['B4', 'B3', 'B2', 'B8', 'B12']
const INVITATION = 'Point at the image to read values'

interface StatusLineProps {
  handle: RefObject<StatusLineHandle | null>
  /** What stands at its end. */
  aside: ReactNode
}

/**
 * What lies under the cursor; written straight to the page since it changes with every pointer event. The inspector,
 * while it is open, reads all of the same pixel.
 */
export function StatusLine({ handle, aside }: StatusLineProps) {
  const studio = useStudio()
  const inspecting = useStudioState(state => state.view.inspecting)
  const [pointed, setPointed] = useState<Pixel | null>(null)
  const pixel = useRef<HTMLSpanElement>(null)
  const place = useRef<HTMLSpanElement>(null)
  const terrain = useRef<HTMLSpanElement>(null)
  const few = useRef<HTMLSpanElement>(null)
  const all = useRef<HTMLSpanElement>(null)
  const judgement = useRef<HTMLSpanElement>(null)
  useImperativeHandle(handle, () => ({
    show(readout) {
      write(pixel, readout ? `${readout.column}, ${readout.row}` : '')
      write(place, readout ? placeText(readout) : '')
      write(judgement, readout ? judgementText(readout) : '')
      write(terrain, readout ? terrainText(readout) : '')
      const values = (names?: readonly string[]) => {
        if (!readout) return INVITATION
        return readout.valid ? bandsText(readout, names) : 'no data'
      }
      write(few, values(FEW_BANDS))
      write(all, values())
      if (!studio.store.getState().view.inspecting) return
      setPointed(before =>
        before?.column === readout?.column && before?.row === readout?.row ? before : readout,
      )
    },
  }))
  return (
    <>
      <div className="status-row">
        <div className="status-line tabular" aria-hidden="true">
          <span ref={pixel} className="status-place" />
          <span ref={place} className="status-coordinates" />
          <span ref={judgement} className="status-judgement" />
          <span ref={terrain} className="status-terrain" />
          <span ref={few} className="status-bands-few">
            {INVITATION}
          </span>
          <span ref={all} className="status-bands-all">
            {INVITATION}
          </span>
        </div>
        {aside}
      </div>
      {inspecting && <Inspector pointed={pointed} />}
    </>
  )
}

function write(target: RefObject<HTMLSpanElement | null>, text: string): void {
  if (target.current && target.current.textContent !== text) target.current.textContent = text
}

function judgementText(readout: Readout): string {
  const parts: string[] = []
  if (readout.probability !== null) parts.push(`p ${readout.probability.toFixed(2)}`)
  if (readout.mask) parts.push(readout.mask)
  return parts.join('   ')
}
