import { memo, type ReactNode } from 'react'
import { Button, ToggleButton, Tooltip, TooltipTrigger } from 'react-aria-components'
import { type Command, isAvailable } from '../../state/command'
import { commandById } from '../../state/commandList'
import { keysFor } from '../../state/shell/keymap'
import { keyLabel } from '../../state/shell/keys'
import type { ShellSlice } from '../../state/shell/slice'
import { useStudio, useStudioState } from '../studioContext'
import { Icon, type IconName } from './Icon'

const MAC = typeof navigator === 'object' && /Mac|iPhone|iPad/.test(navigator.platform)

/** The current keys of a command, as this person's keyboard names them. */
export function keysOf(keymap: ShellSlice['keymap'], command: Command): string[] {
  return [...new Set(keysFor(keymap, command).map(key => keyLabel(key, MAC)))]
}

/** Its keys that act only while the map holds the focus. */
export function mapKeysOf({ mapKeys = [] }: Command): string[] {
  return mapKeys.map(key => keyLabel(key, MAC))
}

function useKeysOf(command: Command): string[] {
  const keymap = useStudioState(state => state.shell.keymap)
  return keysOf(keymap, command)
}

interface CommandButtonProps {
  command: string
  icon?: IconName
  /** `quiet`: no border; `primary`: the one thing to do here. */
  look?: 'plain' | 'primary' | 'quiet'
  /** Only the icon is drawn; the title stays its name. */
  iconOnly?: boolean
  /** For a choice that stays: whether it is the current one. */
  pressed?: boolean
  /** What the tooltip says besides title and key. */
  detail?: string
  showKey?: boolean
  children?: ReactNode
}

/**
 * A button for a command: name, key, enabledness and action all come from the command list. What it shows follows from those
 * and its props, so that a panel that changes around it does not render it again.
 */
export const CommandButton = memo(function CommandButton({
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
})
