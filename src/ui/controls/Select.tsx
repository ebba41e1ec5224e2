import {
  Select as AriaSelect,
  Button,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  SelectValue,
} from 'react-aria-components'

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
