import { type RefObject, useImperativeHandle, useRef } from 'react'
import type { Readout } from '../../map/cursorReadout'

export interface StatusLineHandle {
  show(readout: Readout | null): void
}

/** What lies under the cursor; written straight to the page since it changes with every pointer event. */
export function StatusLine({ handle }: { handle: RefObject<StatusLineHandle | null> }) {
  const place = useRef<HTMLSpanElement>(null)
  const terrain = useRef<HTMLSpanElement>(null)
  const spectrum = useRef<HTMLSpanElement>(null)
  const judgement = useRef<HTMLSpanElement>(null)
  useImperativeHandle(handle, () => ({
    show(readout) {
      write(place, readout ? `${readout.column}, ${readout.row}` : '')
      write(judgement, readout ? judgementText(readout) : '')
      write(
        terrain,
        readout && Number.isFinite(readout.elevation)
          ? `${Math.round(readout.elevation)} m   ${readout.slope.toFixed(0)}°`
          : '',
      )
      write(
        spectrum,
        readout
          ? readout.reflectance.map(({ name, value }) => `${name} ${value.toFixed(3)}`).join('   ')
          : 'Move over the image to read its values',
      )
    },
  }))
  return (
    <div className="status-line tabular" aria-hidden="true">
      <span ref={place} className="status-place" />
      <span ref={judgement} className="status-judgement" />
      <span ref={terrain} className="status-terrain" />
      <span ref={spectrum} className="status-spectrum">
        Move over the image to read its values
      </span>
    </div>
  )
}

function write(target: RefObject<HTMLSpanElement | null>, text: string): void {
  if (target.current) target.current.textContent = text
}

function judgementText(readout: Readout): string {
  const parts: string[] = []
  if (readout.probability !== null) parts.push(`p ${readout.probability.toFixed(2)}`)
  if (readout.mask) parts.push(readout.mask)
  return parts.join('   ')
}
