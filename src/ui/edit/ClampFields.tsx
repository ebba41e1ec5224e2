import { Label, Slider, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components'
import { DEM_BAND } from '../../core/patches/bands'
import { NORMALISED_DIFFERENCES } from '../../core/patches/spectralIndices'
import { changeClamp, setClampIndex } from '../../state/edit/actions'
import { clampTitle } from '../../state/edit/clamps'
import type { ClampSource } from '../../state/edit/slice'
import { selectedPatch } from '../../state/patches/selectors'
import type { Studio } from '../../state/studio'
import { Select, Switch } from '../controls/Fields'
import { useStudio, useStudioState } from '../studioContext'

interface Scale {
  least: number
  most: number
  step: number
  unit?: string
  digits: number
}

const SCALES: Readonly<Record<Exclude<ClampSource, 'elevation'>, Scale>> = {
  slope: { least: 0, most: 90, step: 1, unit: '°', digits: 0 },
  index: { least: -1, most: 1, step: 0.02, digits: 2 },
  probability: { least: 0, most: 1, step: 0.01, digits: 2 },
}

const SOURCES: readonly ClampSource[] = ['slope', 'elevation', 'index', 'probability']

/** Edits change only pixels whose values lie in these ranges. */
export function ClampFields() {
  const studio = useStudio()
  const clamps = useStudioState(state => state.edit.clamps)
  const clampIndex = useStudioState(state => state.edit.clampIndex)
  const elevation = useElevationScale(studio)
  return (
    <div className="stack-tight">
      {SOURCES.map(source => {
        const { on, minimum, maximum } = clamps[source]
        const title = clampTitle(source, clampIndex)
        const scale = source === 'elevation' ? elevation : SCALES[source]
        return (
          <div key={source} className="clamp">
            <Switch
              label={title[0]!.toUpperCase() + title.slice(1)}
              isSelected={on}
              onChange={selected => changeClamp(studio, source, { on: selected })}
            />
            {on ? (
              <RangeSlider
                label={`Range of ${title}`}
                value={[Math.max(scale.least, minimum), Math.min(scale.most, maximum)]}
                minValue={scale.least}
                maxValue={scale.most}
                step={scale.step}
                digits={scale.digits}
                {...(scale.unit && { unit: scale.unit })}
                onChange={([least, most]) => changeClamp(studio, source, { minimum: least, maximum: most })}
              />
            ) : (
              <span />
            )}
          </div>
        )
      })}
      {clamps.index.on && (
        <Select
          label="Index"
          inline
          value={clampIndex}
          options={NORMALISED_DIFFERENCES.map(({ id, title, meaning }) => ({
            id,
            title: `${title}: ${meaning}`,
          }))}
          onChange={id => setClampIndex(studio, id)}
        />
      )}
    </div>
  )
}

const ranges = new WeakMap<Float32Array, [number, number]>()

/** From the lowest to the highest pixel of the patch on screen. */
function useElevationScale(studio: Studio): Scale {
  const patch = useStudioState(selectedPatch)
  useStudioState(state => state.view.loading)
  const data = patch && studio.pixels.pixels.get(patch.id)?.data
  const [least, most] = patch && data ? elevationRange(data, patch.width * patch.height) : [0, 9000]
  return {
    least: Math.floor(least),
    most: Math.max(Math.floor(least) + 1, Math.ceil(most)),
    step: 1,
    unit: ' m',
    digits: 0,
  }
}

function elevationRange(data: Float32Array, area: number): [number, number] {
  const known = ranges.get(data)
  if (known) return known
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let index = DEM_BAND * area; index < (DEM_BAND + 1) * area; index++) {
    const value = data[index]!
    if (value < least) least = value
    if (value > most) most = value
  }
  const range: [number, number] = least <= most ? [least, most] : [0, 9000]
  ranges.set(data, range)
  return range
}

interface RangeSliderProps {
  label: string
  value: readonly [number, number]
  minValue: number
  maxValue: number
  step: number
  unit?: string
  digits: number
  onChange: (value: [number, number]) => void
}

/** One line with two handles: the least and the most. */
function RangeSlider({ label, value, unit = '', digits, onChange, ...range }: RangeSliderProps) {
  const text = (number: number) => `${number.toFixed(digits)}${unit}`
  return (
    <Slider
      className="slider range-slider"
      {...range}
      value={[...value]}
      onChange={ends => {
        if (Array.isArray(ends) && ends.length === 2) onChange([ends[0]!, ends[1]!])
      }}
    >
      <Label className="visually-hidden">{label}</Label>
      <SliderTrack className="slider-track">
        {({ state }) => (
          <>
            <div className="slider-rail" />
            <div
              className="slider-fill"
              style={{
                left: `${state.getThumbPercent(0) * 100}%`,
                width: `${(state.getThumbPercent(1) - state.getThumbPercent(0)) * 100}%`,
              }}
            />
            <SliderThumb index={0} className="slider-thumb" aria-label={`${label}, minimum`} />
            <SliderThumb index={1} className="slider-thumb" aria-label={`${label}, maximum`} />
          </>
        )}
      </SliderTrack>
      <SliderOutput className="slider-value">{`${text(value[0])} – ${text(value[1])}`}</SliderOutput>
    </Slider>
  )
}
