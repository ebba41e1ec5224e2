import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { commandById } from '../../state/commandList'
import { endTour, revealForTour, showTourStep } from '../../state/shell/actions'
import type { ShellSlice } from '../../state/shell/slice'
import { CommandButton, keysOf } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'
import { placeCard, TOUR_STOPS, type TourStop } from './tourStops'

/** The tour's card and the frame round what it speaks of. Neither covers anything from the pointer but itself. */
export function Tour() {
  const step = useStudioState(state => state.shell.tourStep)
  const stop = step === null ? undefined : TOUR_STOPS[step]
  return stop && step !== null ? <TourCard key={step} step={step} stop={stop} /> : null
}

/** A command without a key is named by its title. */
function withKeys(text: string, keymap: ShellSlice['keymap']): string {
  return text.replace(/\{([\w-]+)\}/g, (_, id: string) => {
    const command = commandById(id)
    return keysOf(keymap, command)[0] ?? `“${command.title}”`
  })
}

function TourCard({ step, stop }: { step: number; stop: TourStop }) {
  const studio = useStudio()
  const keymap = useStudioState(state => state.shell.keymap)
  const card = useRef<HTMLElement>(null)
  const frame = useRef<HTMLDivElement>(null)
  const [shown, setShown] = useState(false)
  const last = step === TOUR_STOPS.length - 1

  useLayoutEffect(() => {
    revealForTour(studio, stop)
    const place = () => {
      const target = document.querySelector(stop.target)
      if (!card.current || !frame.current) return
      const box = target?.getBoundingClientRect() ?? { left: 0, top: 0, width: 0, height: 0 }
      const { innerWidth: width, innerHeight: height } = window
      const at = placeCard(box, card.current.getBoundingClientRect(), { width, height })
      Object.assign(card.current.style, { left: `${at.left}px`, top: `${at.top}px` })
      frame.current.hidden = !target
      Object.assign(frame.current.style, {
        left: `${box.left}px`,
        top: `${box.top}px`,
        width: `${box.width}px`,
        height: `${box.height}px`,
      })
    }
    // A panel that was folded or off screen gets its place after this render.
    const first = requestAnimationFrame(() => {
      document.querySelector(stop.target)?.scrollIntoView({ block: 'nearest' })
      place()
      setShown(true)
    })
    // A column gets its new width after the window's own resize event.
    const sizes = new ResizeObserver(place)
    const target = document.querySelector(stop.target)
    if (target) sizes.observe(target)
    window.addEventListener('resize', place)
    window.addEventListener('scroll', place, { capture: true })
    return () => {
      cancelAnimationFrame(first)
      sizes.disconnect()
      window.removeEventListener('resize', place)
      window.removeEventListener('scroll', place, { capture: true })
    }
  }, [studio, stop])

  useEffect(() => {
    if (shown) card.current?.focus()
  }, [shown])

  return (
    <>
      <div ref={frame} className="tour-frame" />
      <section
        ref={card}
        className="tour-card"
        role="dialog"
        aria-labelledby="tour-title"
        aria-describedby="tour-text"
        data-keys="pass"
        tabIndex={-1}
        onKeyDown={event => {
          if (event.key !== 'Escape') return
          event.preventDefault()
          endTour(studio)
        }}
      >
        <div className="tour-head">
          <h2 id="tour-title">{stop.title}</h2>
          <span className="dim tabular">
            {step + 1} of {TOUR_STOPS.length}
          </span>
          <Button
            className="button button-quiet button-icon"
            aria-label="End the tour"
            onPress={() => endTour(studio)}
          >
            <Icon name="close" />
          </Button>
        </div>
        <p id="tour-text">{withKeys(stop.text, keymap)}</p>
        <div className="tour-foot">
          {step > 0 && (
            <Button className="button button-quiet" onPress={() => showTourStep(studio, step - 1)}>
              Back
            </Button>
          )}
          <span className="spacer" />
          <Button
            className="button button-primary"
            onPress={() => (last ? endTour(studio) : showTourStep(studio, step + 1))}
          >
            {last ? 'Done' : 'Next'}
          </Button>
        </div>
      </section>
    </>
  )
}

/** Offers the tour once, in a line of its own that covers nothing. */
export function TourOffer() {
  const studio = useStudio()
  const offered = useStudioState(
    state =>
      !state.shell.tourSeen &&
      state.shell.tourStep === null &&
      state.patches.list.length > 0 &&
      // Who left a round knows the way, and its offer needs the line.
      !state.rounds.unfinished &&
      !state.shell.jobs.import,
  )
  if (!offered) return null
  return (
    <div className="strip tour-offer" role="status">
      <span>New here? {TOUR_STOPS.length} short steps lead from a patch to an exported mask.</span>
      <CommandButton command="tour" />
      <Button className="button button-quiet" onPress={() => endTour(studio)}>
        Not now
      </Button>
    </div>
  )
}
