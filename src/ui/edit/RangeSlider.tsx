import { Label, Slider, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components'

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
export function RangeSlider({ label, value, unit = '', digits, onChange, ...range }: RangeSliderProps) {
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
            <SliderThumb index={0} className="slider-thumb" aria-label={`${label}, least`} />
            <SliderThumb index={1} className="slider-thumb" aria-label={`${label}, most`} />
          </>
        )}
      </SliderTrack>
      <SliderOutput className="slider-value">{`${text(value[0])} – ${text(value[1])}`}</SliderOutput>
    </Slider>
  )
}
