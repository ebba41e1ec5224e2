import type { ReactNode } from 'react'
import { Button, ToggleButton, Tooltip, TooltipTrigger } from 'react-aria-components'
import { commandById } from '../../state/commands/commandList'
import { isAvailable } from '../../state/commands/isAvailable'
import { useStudio, useStudioState } from '../studioContext'
import { Icon, type IconName } from './Icon'
import { useKeysOf } from './keysOf'

interface CommandButtonProps {
  command: string
  icon?: IconName
  /** `quiet`: no border; `primary`: the one thing to do here. */
  look?: 'plain' | 'primary' | 'quiet'
  /** Only the icon is drawn; the title stays its name. */
  iconOnly?: boolean
  /** For a choice that stays: whether it is the one in force. */
  pressed?: boolean
  /** What the tooltip says besides title and key. */
  detail?: string
  showKey?: boolean
  children?: ReactNode
}

/** A button for a command: name, key, enabledness and action all come from the command list. */
export function CommandButton({
  command: id,
  icon,
  look = 'plain',
  iconOnly,
  pressed,
  detail,
  showKey,
  children,
}: CommandButtonProps) {
  const studio = useStudio()
  const command = commandById(id)
  const enabled = useStudioState(state => isAvailable(state, command))
  const keys = useKeysOf(command)
  const run = () => void command.run(studio)
  const content = (
    <>
      {icon && <Icon name={icon} />}
      {!iconOnly && <span className="button-text">{children ?? command.title}</span>}
      {showKey && keys[0] && (
        <span className="button-key" aria-hidden="true">
          {keys[0]}
        </span>
      )}
    </>
  )
  const className = `button button-${look}${iconOnly ? ' button-icon' : ''}`
  return (
    <TooltipTrigger delay={500} closeDelay={80}>
      {pressed === undefined ? (
        <Button className={className} aria-label={command.title} isDisabled={!enabled} onPress={run}>
          {content}
        </Button>
      ) : (
        <ToggleButton
          className={className}
          aria-label={command.title}
          isDisabled={!enabled}
          isSelected={pressed}
          onChange={run}
        >
          {content}
        </ToggleButton>
      )}
      <Tooltip className="tooltip" offset={6}>
        <span>{detail ? `${command.title}: ${detail}` : command.title}</span>
        {keys.map(key => (
          <kbd key={key}>{key}</kbd>
        ))}
      </Tooltip>
    </TooltipTrigger>
  )
}
