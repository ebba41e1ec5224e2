import { tinykeys } from 'tinykeys'
import type { Studio } from '../studio'
import type { Command } from './command'
import { COMMANDS } from './commandList'

/** Fields in which letters are text. */
const TYPING =
  'input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]'
/** Keys that the focused control itself answers. */
const CONTROL_KEYS = new Set(['Space', 'ArrowDown', 'ArrowUp'])
const CONTROLS =
  'button, input, a[href], [role=option], [role=row], [role=slider], [role=switch], [role=radio]'

/** Binds every command's keys on the window; returns how to let go. */
export function bindKeys(target: Window, studio: Studio): () => void {
  const presses: Record<string, (event: KeyboardEvent) => void> = {}
  const releases: Record<string, (event: KeyboardEvent) => void> = {}
  for (const command of COMMANDS) {
    for (const key of command.keys) {
      presses[key] = event => press(studio, command, key, event)
      if (command.release) releases[key] = () => command.release?.(studio)
    }
  }
  const unbindPresses = tinykeys(target, presses)
  const unbindReleases = tinykeys(target, releases, { event: 'keyup' })
  // A key let go of in another window never reports it.
  const releaseAll = () => {
    for (const command of COMMANDS) command.release?.(studio)
  }
  target.addEventListener('blur', releaseAll)
  return () => {
    unbindPresses()
    unbindReleases()
    target.removeEventListener('blur', releaseAll)
  }
}

function press(studio: Studio, command: Command, key: string, event: KeyboardEvent): void {
  const state = studio.store.getState()
  if (event.defaultPrevented) return
  if (state.dialog !== null) {
    // A dialog closes itself on Escape while it holds the focus; this is for when nothing does.
    if (key === 'Escape') studio.store.setState({ dialog: null })
    return
  }
  const focused = event.target instanceof Element ? event.target : null
  if (focused?.matches(TYPING)) return
  if (CONTROL_KEYS.has(key) && focused?.closest(CONTROLS)) return
  if (!command.isEnabled(state)) return
  event.preventDefault()
  if (event.repeat && command.release) return
  command.run(studio)
}
