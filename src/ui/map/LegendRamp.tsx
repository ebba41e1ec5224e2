interface LegendRampProps {
  /** Names the gradient; one of its kind on the page. */
  id: string
  title: string
  /** sRGB 0..255 of a place 0..1 on the ramp. */
  colour: (place: number) => readonly [number, number, number]
  /** What the ends stand for, with units. */
  low: string
  high: string
  /** A place 0..1 that is marked with its value, such as the threshold. */
  mark?: number | null
}

const STOPS = Array.from({ length: 11 }, (_, index) => index / 10)
const WIDTH = 160

/** A colour ramp with its ends, and a mark where one is wanted. */
export function LegendRamp({ id, title, colour, low, high, mark = null }: LegendRampProps) {
  const said = `${title}: colour ramp from ${low} to ${high}${mark === null ? '' : `, threshold ${mark}`}`
  return (
    <div className="legend-item">
      <span className="legend-title">{title}</span>
      <svg width={WIDTH} height="26" role="img" aria-label={said}>
        <defs>
          <linearGradient id={`ramp-${id}`}>
            {STOPS.map(stop => (
              <stop key={stop} offset={stop} stopColor={`rgb(${colour(stop).map(Math.round).join(' ')})`} />
            ))}
          </linearGradient>
        </defs>
        <rect x="0" y="3" width={WIDTH} height="8" rx="1" fill={`url(#ramp-${id})`} />
        <text x="0" y="24">
          {low}
        </text>
        {mark !== null && (
          <>
            <path className="legend-mark" d={`M${mark * WIDTH} 0v14`} />
            <text
              x={Math.min(WIDTH - 20, Math.max(20, mark * WIDTH))}
              y="24"
              textAnchor="middle"
              className="legend-value"
            >
              {mark.toFixed(2)}
            </text>
          </>
        )}
        <text x={WIDTH} y="24" textAnchor="end">
          {high}
        </text>
      </svg>
    </div>
  )
}
