import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { type Readout, readUnderCursor } from '../../map/cursorReadout'
import { loadInspected } from '../../state/actions/loadInspected'
import { selectedPatch } from '../../state/selectors'
import { CommandButton } from '../controls/CommandButton'
import { useStudio, useStudioState } from '../studioContext'
import { InspectedValues } from './InspectedValues'
import { placeText, spokenReadout } from './readoutText'
import { useSpoken } from './useSpoken'

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}
const LARGE_STEP = 10

/** All values of one pixel: under the pointer while it is over the image, else under a crosshair that arrow keys move. */
export function Inspector({ pointed }: { pointed: Readout | null }) {
  const studio = useStudio()
  const patch = useStudioState(selectedPatch)
  const crosshair = useStudioState(state => state.crosshair)
  const revision = useStudioState(state => (patch ? state.probabilityRevision[patch.id] : 0))
  useStudioState(state => (patch ? state.maskRevision[patch.id] : 0))
  const loading = useStudioState(state => state.loading)
  const pad = useRef<HTMLDivElement>(null)
  const [spoken, speak] = useSpoken()
  const [, setLoaded] = useState(0)

  useEffect(() => {
    const before = document.activeElement
    pad.current?.focus()
    return () => {
      if (document.activeElement === document.body && before instanceof HTMLElement) before.focus()
    }
  }, [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new prediction has to be read again.
  useEffect(() => {
    if (!patch || loading) return
    let current = true
    void loadInspected(studio, patch.id).then(() => current && setLoaded(count => count + 1))
    return () => {
      current = false
    }
  }, [studio, patch, loading, revision])

  if (!patch) return null
  const clamp = (value: number, size: number) => Math.min(size - 1, Math.max(0, value))
  const at = {
    column: clamp(crosshair?.column ?? patch.width >> 1, patch.width),
    row: clamp(crosshair?.row ?? patch.height >> 1, patch.height),
  }
  const readout = pointed ?? readUnderCursor(studio, patch, at.column, at.row)

  // On the other side where the crosshair would be under it; the pointer does not make it jump.
  const away = at.column > patch.width * 0.6

  const pressed = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.preventDefault()
      studio.store.setState({ inspecting: false })
      return
    }
    const step = STEPS[event.key]
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const size = event.shiftKey ? LARGE_STEP : 1
    const next = {
      column: clamp(at.column + step[0] * size, patch.width),
      row: clamp(at.row + step[1] * size, patch.height),
    }
    studio.store.setState({ crosshair: next })
    const there = readUnderCursor(studio, patch, next.column, next.row)
    if (there) speak(spokenReadout(there))
  }

  return (
    <section className={`inspector${away ? ' inspector-left' : ''}`} aria-label="Inspect">
      <div className="inspector-head">
        <h3>Inspect</h3>
        <CommandButton command="inspect" icon="close" iconOnly look="quiet" />
      </div>
      <div
        ref={pad}
        className="inspector-pad"
        role="application"
        aria-roledescription="crosshair"
        aria-label="Crosshair: arrow keys move it by a pixel, with Shift by ten"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes the arrow keys.
        tabIndex={0}
        onKeyDown={pressed}
      >
        <span className="tabular">
          {readout ? `column ${readout.column}, row ${readout.row}` : 'nothing loaded'}
        </span>
        <span className="inspector-keys" aria-hidden="true">
          <kbd>←</kbd>
          <kbd>↑</kbd>
          <kbd>↓</kbd>
          <kbd>→</kbd>
        </span>
        {readout?.place && <span className="inspector-place tabular">{placeText(readout)}</span>}
      </div>
      {readout && <InspectedValues readout={readout} />}
      <p className="visually-hidden" aria-live="polite">
        {spoken}
      </p>
    </section>
  )
}
