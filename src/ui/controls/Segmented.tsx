import { ToggleButton, ToggleButtonGroup } from 'react-aria-components'

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
