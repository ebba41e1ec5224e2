import { useEffect, useState } from 'react'
import {
  Button,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Separator,
  Toolbar,
} from 'react-aria-components'
import { type Command, isAvailable } from '../../state/command'
import { type CommandMenu, commandById, MENUS } from '../../state/commandList'
import { keysOf } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

/** What is used most, by menu; left and right go from one open menu to the next, and so does the pointer. */
export function MenuBar() {
  const [open, setOpen] = useState<string | null>(null)
  useEffect(() => {
    if (open === null) return
    const step = (event: KeyboardEvent) => {
      const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
      if (by === 0) return
      event.preventDefault()
      event.stopPropagation()
      const at = MENUS.findIndex(menu => menu.title === open)
      setOpen(MENUS[(at + by + MENUS.length) % MENUS.length]?.title ?? null)
    }
    window.addEventListener('keydown', step, { capture: true })
    return () => window.removeEventListener('keydown', step, { capture: true })
  }, [open])
  return (
    <Toolbar className="menu-bar" aria-label="Menus">
      {MENUS.map(menu => (
        <MenuTrigger
          key={menu.title}
          isOpen={open === menu.title}
          onOpenChange={opened => setOpen(now => (opened ? menu.title : now === menu.title ? null : now))}
        >
          <Button
            className="button button-quiet menu-button"
            onHoverStart={() => setOpen(now => (now === null ? null : menu.title))}
          >
            {menu.title}
          </Button>
          <Popover className="popover menu-popover" placement="bottom start" offset={4} isNonModal>
            <CommandMenuList menu={menu} />
          </Popover>
        </MenuTrigger>
      ))}
    </Toolbar>
  )
}

function CommandMenuList({ menu }: { menu: CommandMenu }) {
  const studio = useStudio()
  const state = useStudioState(current => current)
  const sections = menu.sections.map(ids => ids.map(commandById))
  const off = sections.flat().filter(command => !isAvailable(state, command))
  return (
    <Menu
      className="menu"
      aria-label={menu.title}
      disabledKeys={off.map(command => command.id)}
      onAction={id => void commandById(String(id)).run(studio)}
    >
      {sections.flatMap((commands, index) => [
        index > 0 && <Separator key={`${commands[0]?.id}-line`} className="menu-line" />,
        <MenuSection key={commands[0]?.id} aria-label={commands.map(({ title }) => title).join(', ')}>
          {commands.map(command => (
            <CommandMenuItem
              key={command.id}
              command={command}
              on={command.isOn?.(state) === true}
              keys={keysOf(state.shell.keymap, command)}
            />
          ))}
        </MenuSection>,
      ])}
    </Menu>
  )
}

function CommandMenuItem({ command, on, keys }: { command: Command; on: boolean; keys: string[] }) {
  return (
    <MenuItem id={command.id} className="menu-item" textValue={command.title}>
      <span className="menu-tick" aria-hidden="true">
        {on && <Icon name="accept" />}
      </span>
      <span>
        {command.title}
        {on && <span className="visually-hidden"> (on)</span>}
      </span>
      {keys[0] && <kbd>{keys[0]}</kbd>}
    </MenuItem>
  )
}
