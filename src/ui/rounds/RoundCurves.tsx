import { ALL_FAMILIES, FAMILY_TITLES, type RoundsSlice } from '../../state/slices/roundsSlice'
import { formatScore } from '../formatScore'
import { LineChart, type Series } from './LineChart'

/** Loss and held-out F1 of the round under way, one line a network. */
export function RoundCurves({ live }: { live: NonNullable<RoundsSlice['live']> }) {
  const families = ALL_FAMILIES.filter(family => live[family])
  if (families.length === 0) {
    return <p className="hint">The first step compiles the networks for this machine; curves follow.</p>
  }
  const steps = Math.max(1, ...families.map(family => live[family]?.steps ?? 0))
  const losses: Series[] = families.map(family => ({
    name: FAMILY_TITLES[family],
    look: ALL_FAMILIES.indexOf(family),
    points: live[family]?.losses ?? [],
  }))
  const scores: Series[] = families.map(family => ({
    name: FAMILY_TITLES[family],
    look: ALL_FAMILIES.indexOf(family),
    points: (live[family]?.heldOut ?? []).flatMap(([step, f1]) => (f1 === null ? [] : [[step, f1] as const])),
  }))
  return (
    <div className="curves">
      <LineChart title="Loss" series={losses} steps={steps} format={value => value.toFixed(2)} />
      <LineChart
        title="Landslide F1, held out"
        series={scores}
        steps={steps}
        range={[0, 1]}
        format={value => value.toFixed(1)}
      />
      <ul className="curve-legend tabular">
        {families.map(family => (
          <li key={family}>
            <svg width="16" height="8" aria-hidden="true">
              <path className={`chart-line chart-line-${ALL_FAMILIES.indexOf(family)}`} d="M0 4h16" />
            </svg>
            <span>{FAMILY_TITLES[family]}</span>
            <span className="curve-f1" title="Latest held-out F1">
              {formatScore(live[family]?.heldOut.at(-1)?.[1])}
            </span>
            <span className="dim" title="Latest loss" data-testid={`loss-${family}`}>
              {live[family]?.losses.at(-1)?.[1].toFixed(3) ?? 'waiting'}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
