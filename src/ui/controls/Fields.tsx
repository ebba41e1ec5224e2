import type { ReactNode } from 'react'
import {
  NumberField as AriaNumberField,
  Select as AriaSelect,
  Slider as AriaSlider,
  Switch as AriaSwitch,
  Button,
  Dialog,
  DialogTrigger,
  Group,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
  SliderOutput,
  SliderThumb,
  SliderTrack,
  ToggleButton,
  ToggleButtonGroup,
} from 'react-aria-components'

interface NumberFieldProps {
  label: string
  value: number
  minValue: number
  maxValue: number
  step?: number
  format?: Intl.NumberFormatOptions
  /** Keeps the label for screen readers only. */
  hideLabel?: boolean
  onChange: (value: number) => void
}

export function NumberField({ label, format, hideLabel, onChange, ...range }: NumberFieldProps) {
  return (
    <AriaNumberField
      className="number-field"
      {...range}
      {...(hideLabel && { 'aria-label': label })}
      {...(format && { formatOptions: format })}
      onChange={value => {
        if (Number.isFinite(value)) onChange(value)
      }}
    >
      {!hideLabel && <Label className="field-label">{label}</Label>}
      <Group className="number-group">
        <Input className="number-input" />
        <Button slot="decrement" className="stepper">
          −
        </Button>
        <Button slot="increment" className="stepper">
          +
        </Button>
      </Group>
    </AriaNumberField>
  )
}

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

interface SwitchProps {
  label: string
  isSelected: boolean
  onChange: (selected: boolean) => void
}

export function Switch({ label, ...rest }: SwitchProps) {
  return (
    <AriaSwitch className="switch" {...rest}>
      <span className="switch-track" aria-hidden="true" />
      {label}
    </AriaSwitch>
  )
}

interface SegmentedProps<Id extends string> {
  label: string
  value: Id
  onChange: (id: Id) => void
  options: readonly { id: Id; title: string; detail?: string }[]
}

/** One of a few, all in sight. */
export function Segmented<Id extends string>({ label, value, onChange, options }: SegmentedProps<Id>) {
  return (
    <ToggleButtonGroup
      className="segmented"
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={keys => {
        const chosen = options.find(option => keys.has(option.id))
        if (chosen) onChange(chosen.id)
      }}
    >
      {options.map(option => (
        <ToggleButton key={option.id} id={option.id} className="segment">
          <span>{option.title}</span>
          {option.detail !== undefined && <span className="segment-detail">{option.detail}</span>}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}

interface SelectProps<Id extends string> {
  label: string
  value: Id
  options: readonly { id: Id; title: string }[]
  onChange: (id: Id) => void
  hideLabel?: boolean
  /** Label and choice on one line. */
  inline?: boolean
}

export function Select<Id extends string>({
  label,
  value,
  options,
  onChange,
  hideLabel,
  inline,
}: SelectProps<Id>) {
  return (
    <AriaSelect
      className={`select${inline ? ' select-inline' : ''}`}
      value={value}
      onChange={key => {
        const chosen = options.find(option => option.id === key)
        if (chosen) onChange(chosen.id)
      }}
      {...(hideLabel && { 'aria-label': label })}
    >
      {!hideLabel && <Label className="field-label">{label}</Label>}
      <Button className="select-button">
        <SelectValue className="select-value" />
        <span aria-hidden="true" className="select-arrow" />
      </Button>
      <Popover className="popover select-popover" offset={4}>
        <ListBox className="select-list">
          {options.map(option => (
            <ListBoxItem key={option.id} id={option.id} className="select-item">
              {option.title}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  )
}

/** What is not obvious, said where it is chosen. */
const TOPICS = {
  threshold: {
    title: 'Threshold',
    text: 'Pixels whose mean probability reaches this value count as landslide. A lower threshold finds more but gives more false alarms; a higher one misses more. It changes only masks that you have not edited or reviewed: a verdict keeps the threshold it was given at.',
  },
  scale: {
    title: 'Scale',
    text: 'Patches are enlarged by this factor before the networks see them, so that small landslides survive pooling. ×2 takes four times the work and memory, ×4 sixteen times. A network predicts at the scale it was trained with.',
  },
  'held-out': {
    title: 'Held out',
    text: 'Patches with a label or an accepted mask that no round trains on: your own of the event where you hold some out, else those of the source. Precision, recall, F1 and IoU of every round are measured on them, so rounds can be compared.',
  },
} as const

export type HelpTopic = keyof typeof TOPICS

/**
 * A small "?" beside a choice; what it opens is read out and closes on Escape.
 *
 * @param children what holds of the choice just now, said first.
 */
export function HelpTip({ topic, children }: { topic: HelpTopic; children?: ReactNode }) {
  const { title, text } = TOPICS[topic]
  return (
    <DialogTrigger>
      <Button className="help-button" aria-label={`About: ${title}`}>
        ?
      </Button>
      <Popover className="popover help-popover" offset={4}>
        <Dialog className="popover-dialog" aria-label={title}>
          <h3>{title}</h3>
          {children && <p>{children}</p>}
          <p>{text}</p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
