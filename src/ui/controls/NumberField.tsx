import { NumberField as AriaNumberField, Button, Group, Input, Label } from 'react-aria-components'

interface NumberFieldProps {
  label: string
  value: number
  minValue: number
  maxValue: number
  step?: number
  format?: Intl.NumberFormatOptions
  onChange: (value: number) => void
}

export function NumberField({ label, format, onChange, ...range }: NumberFieldProps) {
  return (
    <AriaNumberField
      className="number-field"
      {...range}
      {...(format && { formatOptions: format })}
      onChange={value => {
        if (Number.isFinite(value)) onChange(value)
      }}
    >
      <Label className="field-label">{label}</Label>
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
