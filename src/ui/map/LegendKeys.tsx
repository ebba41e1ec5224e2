interface LegendKeysProps {
  title: string
  keys: readonly { text: string; colour: readonly [number, number, number]; hatched?: boolean }[]
}

/** Colours that stand for a kind each; what is hatched on the map is hatched here. */
export function LegendKeys({ title, keys }: LegendKeysProps) {
  return (
    <div className="legend-item">
      {title !== '' && <span className="legend-title">{title}</span>}
      <ul className="legend-keys">
        {keys.map(({ text, colour, hatched }) => {
          const fill = `rgb(${colour.join(' ')})`
          return (
            <li key={text}>
              <svg width="18" height="12" aria-hidden="true">
                <rect x="0.5" y="0.5" width="17" height="11" fill={fill} opacity={hatched ? 0.3 : 1} />
                {hatched && <path d="M-2 12 10-0M5 13 17 1M12 13 20 5" stroke={fill} strokeWidth="2.5" />}
              </svg>
              {text}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
