import { Slider as AriaSlider, Label, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components'

interface SliderProps {
  label: string
  value: number
  minValue: number
  maxValue: number
  step: number
  onChange: (value: number) => void
  format?: Intl.NumberFormatOptions
  isDisabled?: boolean
  /** Keeps the label for screen readers only, where a switch beside it says the same. */
  hideLabel?: boolean
}

/** One dense line: label, track, value. */
export function Slider({ label, hideLabel, format, onChange, ...range }: SliderProps) {
  return (
    <AriaSlider
      className={`slider${hideLabel ? ' slider-bare' : ''}`}
      {...range}
      {...(format && { formatOptions: format })}
      {...(hideLabel && { 'aria-label': label })}
      onChange={value => onChange(Array.isArray(value) ? (value[0] ?? 0) : value)}
    >
      {!hideLabel && <Label className="slider-label">{label}</Label>}
      <SliderTrack className="slider-track">
        {({ state }) => (
          <>
            <div className="slider-rail" />
            <div className="slider-fill" style={{ width: `${state.getThumbPercent(0) * 100}%` }} />
            <SliderThumb className="slider-thumb" />
          </>
        )}
      </SliderTrack>
      <SliderOutput className="slider-value" />
    </AriaSlider>
  )
}
