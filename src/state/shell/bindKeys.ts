import { isAuditing } from '../accuracy/selectors'
import { type Command, type CommandGroup, isAvailable, notifyOff } from '../command'
import type { Studio } from '../studio'
import { closeDialog } from './actions'
import { commandAt } from './keymap'
import { bindingsOf } from './keys'

/** Fields in which letters are text. */
const TYPING =
  'input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]'

/** Keys that the focused control itself answers; Space and arrows stand for all of them. */
const CONTROL_KEYS = /^(Shift\+)?(Space|Enter|Arrow(Up|Down|Left|Right)|Home|End|PageUp|PageDown)$/

const CONTROLS =
  'button, input, a[href], [role=option], [role=row], [role=slider], [role=switch], [role=radio], [role=separator]'

/** Here keys search or choose; a dialog that does not block work has data-keys="pass". */
const OWN_KEYS =
  '[role=menu], [role=listbox].select-list, [role=dialog]:not([data-keys=pass]), [role=alertdialog]'

/**
 * Binds every command's keys, as this person set them, on the window. What is pressed while the project opens runs
 * once it is open, so that no key is lost between the first picture and the records behind it.
 *
 * @returns unbinds them
 */
export function bindKeys(target: Window, studio: Studio): () => void {
  /** Commands that act while their key is held, by the key's place: what it types may change meanwhile. */
  const held = new Map<string, Command>()
  const early: Command[] = []
  const onPress = (event: KeyboardEvent) => press(studio, event, held, early)
  const stopWaiting = studio.store.subscribe(({ session }, before) => {
    if (session.phase !== 'ready' || before.session.phase !== 'opening') return
    // After every other listener has seen the open project.
    queueMicrotask(() => {
      for (const command of early.splice(0)) {
        if (isAvailable(studio.store.getState(), command)) command.run(studio)
      }
    })
  })
  const onRelease = (event: KeyboardEvent) => {
    held.get(event.code)?.release?.(studio)
    held.delete(event.code)
  }
  // A key let go of in another window never reports it.
  const releaseAll = () => {
    for (const command of held.values()) command.release?.(studio)
    held.clear()
  }
  target.addEventListener('keydown', onPress)
  target.addEventListener('keyup', onRelease)
  target.addEventListener('blur', releaseAll)
  return () => {
    stopWaiting()
    target.removeEventListener('keydown', onPress)
    target.removeEventListener('keyup', onRelease)
    target.removeEventListener('blur', releaseAll)
  }
}

/** Groups whose commands neither read the project nor lose what they set when it opens. */
const NEEDS_NO_PROJECT: ReadonlySet<CommandGroup> = new Set(['Window', 'Help'])

/** A verdict or an edit is meant for the patch on screen, and none is yet; a key that acts while held is let go by then. */
function mayWait({ changesProject, group, release }: Command): boolean {
  return !release && (!changesProject || group === 'Project')
}

function press(
  studio: Studio,
  event: KeyboardEvent,
  held: Map<string, Command>,
  /** Takes what must wait for the project. */
  early: Command[],
): void {
  const state = studio.store.getState()
  if (event.defaultPrevented || event.isComposing) return
  if (state.shell.dialog !== null) {
    // A dialog closes itself on Escape while it holds the focus; this is for when nothing does.
    if (event.key === 'Escape') closeDialog(studio)
    return
  }
  const focused = event.target instanceof Element ? event.target : null
  if (focused?.closest(OWN_KEYS)) return
  const typing = focused?.matches(TYPING) ?? false
  for (const binding of bindingsOf(event)) {
    const command = commandAt(state.shell.keymap, binding, isAuditing(state))
    if (!command) continue
    if (typing && !command.inFields) return
    if (CONTROL_KEYS.test(binding) && focused?.closest(CONTROLS)) return
    if (state.session.phase === 'opening' && !NEEDS_NO_PROJECT.has(command.group)) {
      event.preventDefault()
      if (!event.repeat && mayWait(command)) early.push(command)
      return
    }
    if (!isAvailable(state, command)) {
      if (!event.repeat) notifyOff(studio, command)
      return
    }
    event.preventDefault()
    if (command.release) {
      if (event.repeat) return
      held.set(event.code, command)
    }
    command.run(studio)
    return
  }
}
