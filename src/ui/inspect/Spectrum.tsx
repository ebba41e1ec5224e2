import { BANDS } from '../../core/patches/bands'
import type { Readout } from '../../map/cursorReadout'

const WIDTH = 232
const HEIGHT = 56
const SHORTEST = 420
const LONGEST = 2230
/** The scale grows in steps, so that curves of neighbouring pixels compare by eye. */
const SCALES = [0.1, 0.2, 0.4, 0.6, 1, 2]
/** Water vapour and cirrus measure the air, not the ground: left out of the curve. */
const AIR_BANDS = ['B9', 'B10']

/** Reflectance by wavelength as a curve; the table beside it says the same in figures. */
export function Spectrum({ reflectance }: { reflectance: Readout['reflectance'] }) {
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
