import { Switch as AriaSwitch } from 'react-aria-components'

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
