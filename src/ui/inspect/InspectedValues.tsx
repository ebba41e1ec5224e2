import { BANDS } from '../../core/patches/bands'
import type { Readout } from '../../map/cursorReadout'
import { Spectrum } from './Spectrum'

/** Bands, terrain and judgements of one pixel, with a curve of its spectrum. */
export function InspectedValues({ readout }: { readout: Readout }) {
  const { reflectance, elevation, slope, probabilities, disagreement, entropy, mask, valid } = readout
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
        <Fact name="Mask" value={mask ?? '–'} />
        {probabilities.map(({ id, title, value }) => (
          <Fact key={id} name={title} value={value.toFixed(3)} share={value} />
        ))}
        {disagreement !== null && <Fact name="Disagreement" value={disagreement.toFixed(3)} />}
        {entropy !== null && <Fact name="Entropy" value={`${entropy.toFixed(3)} bits`} />}
      </dl>
      {probabilities.length === 0 && <p className="inspector-none">No prediction for this patch yet.</p>}
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
