import { probabilityColour } from '../../map/probabilityRamp'
import { useStudioState } from '../studioContext'

const STOPS = Array.from({ length: 11 }, (_, index) => index / 10)

/** The probability ramp with the threshold marked on it. */
export function Legend() {
  const shown = useStudioState(state => state.showProbability && !state.peeking)
  const threshold = useStudioState(state => state.threshold)
  if (!shown) return null
  return (
    <div className="legend">
      <span className="legend-title">Probability of landslide</span>
      <svg width="160" height="26" role="img" aria-label={`Colour ramp from 0 to 1, threshold ${threshold}`}>
        <defs>
          <linearGradient id="probability-ramp">
            {STOPS.map(stop => (
              <stop key={stop} offset={stop} stopColor={`rgb(${probabilityColour(stop).join(' ')})`} />
            ))}
          </linearGradient>
        </defs>
        <rect x="0" y="3" width="160" height="8" rx="1" fill="url(#probability-ramp)" />
        <path className="legend-mark" d={`M${threshold * 160} 0v14`} />
        <text x="0" y="24">
          0
        </text>
        <text
          x={Math.min(140, Math.max(20, threshold * 160))}
          y="24"
          textAnchor="middle"
          className="legend-value"
        >
          {threshold.toFixed(2)}
        </text>
        <text x="160" y="24" textAnchor="end">
          1
        </text>
      </svg>
    </div>
  )
}
