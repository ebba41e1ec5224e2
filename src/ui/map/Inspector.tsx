import { type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react'
import { BANDS } from '../../core/patches/bands'
import { type Pixel, type Readout, readUnderCursor } from '../../map/cursorReadout'
import { isAuditing } from '../../state/accuracy/selectors'
import { crosshairOf, moveCrosshair } from '../../state/edit/tools'
import { selectedPatch } from '../../state/patches/selectors'
import { loadInspected, showInspector } from '../../state/view/actions'
import { CommandButton } from '../controls/CommandButton'
import { placeText, spokenReadout } from '../format'
import { useStudio, useStudioState } from '../studioContext'

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

const LARGE_STEP = 10

/** All values of one pixel: under the pointer while it is over the image, else at the crosshair that arrow keys move. */
export function Inspector({ pointed }: { pointed: Pixel | null }) {
  const studio = useStudio()
  const patch = useStudioState(selectedPatch)
  useStudioState(state => state.edit.crosshair)
  const revision = useStudioState(state => (patch ? state.review.probabilityRevision[patch.id] : 0))
  useStudioState(state => (patch ? state.review.maskRevision[patch.id] : 0))
  const loading = useStudioState(state => state.view.loading)
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

  const at = crosshairOf(studio.store.getState())
  if (!patch || !at) return null
  const read = ({ column, row }: Pixel) => readUnderCursor(studio, patch, Math.floor(column), Math.floor(row))
  const readout = read(pointed ?? at)

  // On the other side where the crosshair would be under it; the pointer does not make it jump.
  const away = at.column > patch.width * 0.6

  const pressed = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.preventDefault()
      showInspector(studio, false)
      return
    }
    const step = STEPS[event.key]
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    const size = event.shiftKey ? LARGE_STEP : 1
    moveCrosshair(studio, step[0] * size, step[1] * size)
    const there = read(crosshairOf(studio.store.getState()) ?? at)
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
        aria-label="Crosshair: arrow keys move it by one pixel, with Shift by ten"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it takes the arrow keys.
        tabIndex={0}
        onKeyDown={pressed}
      >
        <span className="tabular">
          {readout ? `column ${readout.column}, row ${readout.row}` : 'loading…'}
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

/** Bands, terrain and judgements of one pixel, with a curve of its spectrum. */
function InspectedValues({ readout }: { readout: Readout }) {
  const { reflectance, elevation, slope, probabilities, disagreement, entropy, mask, valid } = readout
  const blind = useStudioState(isAuditing)
  if (!valid) return <p className="inspector-none">No data: at least one band is missing here.</p>
  return (
    <>
      <Spectrum reflectance={reflectance} />
      <dl className="inspector-bands tabular">
        {reflectance.map(({ name, value }, band) => (
          <div key={name} title={BANDS[band]?.title}>
            <dt>{name}</dt>
            <dd>{value.toFixed(4)}</dd>
          </div>
        ))}
      </dl>
      <dl className="inspector-facts tabular">
        <Fact name="Slope" value={Number.isFinite(slope) ? `${slope.toFixed(1)}°` : '–'} />
        <Fact name="Elevation" value={Number.isFinite(elevation) ? `${elevation.toFixed(1)} m` : '–'} />
        {!blind && <Fact name="Mask" value={mask ?? '–'} />}
        {probabilities.map(({ id, title, value }) => (
          <Fact key={id} name={title} value={value.toFixed(3)} share={value} />
        ))}
        {disagreement !== null && <Fact name="Disagreement" value={disagreement.toFixed(3)} />}
        {entropy !== null && <Fact name="Entropy" value={`${entropy.toFixed(3)} bits`} />}
      </dl>
      {!blind && probabilities.length === 0 && (
        <p className="inspector-none">No prediction for this patch yet.</p>
      )}
    </>
  )
}

function Fact({ name, value, share }: { name: string; value: string; share?: number }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {share !== undefined && (
          <span className="inspector-bar" aria-hidden="true">
            <span style={{ transform: `scaleX(${share})` }} />
          </span>
        )}
        {value}
      </dd>
    </div>
  )
}

const WIDTH = 232

const HEIGHT = 56

const SHORTEST = 420

const LONGEST = 2230

/** The scale grows in steps, so that curves of neighbouring pixels compare by eye. */
const SCALES = [0.1, 0.2, 0.4, 0.6, 1, 2]

/** Water vapour and cirrus measure the air, not the ground: left out of the curve. */
const AIR_BANDS = ['B9', 'B10']

/** Reflectance by wavelength as a curve; the table beside it says the same in figures. */
function Spectrum({ reflectance }: { reflectance: Readout['reflectance'] }) {
  const most = Math.max(...reflectance.map(({ value }) => (Number.isFinite(value) ? value : 0)))
  const top = SCALES.find(scale => scale >= most) ?? most
  const points = reflectance.flatMap(({ name, value }, band) => {
    const wavelength = BANDS[band]?.wavelength
    if (!wavelength || AIR_BANDS.includes(name) || !Number.isFinite(value)) return []
    const x = ((wavelength - SHORTEST) / (LONGEST - SHORTEST)) * WIDTH
    return [[x, HEIGHT - 2 - (Math.max(0, value) / top) * (HEIGHT - 6)] as const]
  })
  return (
    <svg className="spectrum" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path
        className="spectrum-grid"
        d={`M0 4H${WIDTH}M0 ${HEIGHT / 2 + 1}H${WIDTH}M0 ${HEIGHT - 2}H${WIDTH}`}
      />
      <polyline className="spectrum-line" points={points.map(([x, y]) => `${x},${y}`).join(' ')} />
      {points.map(([x, y]) => (
        <circle key={x} className="spectrum-point" cx={x} cy={y} r="2" />
      ))}
      <text x="0" y="13">
        {top}
      </text>
      <text x={WIDTH} y={HEIGHT - 5} textAnchor="end">
        2.2 µm
      </text>
    </svg>
  )
}

/** Milliseconds of rest before a place is read out: a key that is held would never stop talking. */
const REST = 350

/** Text for a polite live region, set once the last word has rested. */
function useSpoken(): [string, (text: string) => void] {
  const [spoken, setSpoken] = useState('')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const speak = useCallback((text: string) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setSpoken(text), REST)
  }, [])
  return [spoken, speak]
}
