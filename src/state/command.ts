import { isAuditing } from './accuracy/selectors'
import { selectedPatch } from './patches/selectors'
import { isReviewable, LABELS_STAY } from './review/selectors'
import { canChange, changeObstacle } from './session/selectors'
import { notify } from './shell/notices'
import type { Studio } from './studio'
import type { StudioState } from './studioState'

/** What the cheat sheet and the palette group by. */
export type CommandGroup =
  | 'Project'
  | 'Edit'
  | 'Tools'
  | 'Layers'
  | 'View'
  | 'Window'
  | 'Review'
  | 'Patches'
  | 'Rounds'
  | 'Help'

/** One thing a person can do. Buttons, keys, tooltips and the cheat sheet all come from the same list. */
export interface Command {
  id: string
  /** The accessible name of its button. */
  title: string
  /** One sentence for the palette and the cheat sheet where the title does not say it all. */
  description?: string
  group: CommandGroup
  /** Default keys as normaliseBinding reads them ("b", "$mod+z", "Space"); the first is shown. */
  keys: readonly string[]
  /** Keys that act only while the map itself holds the focus: there arrows and Enter belong to it. */
  mapKeys?: readonly string[]
  /** True where its keys work in text fields too: a chord that no field answers. */
  inFields?: boolean
  /**
   * Where it acts. Absent: not during a point audit, where nothing may show or change the map. Keys of commands that never
   * act in the same place may be the same.
   */
  where?: 'audit' | 'everywhere'
  /** True where it changes the project: refused in a tab that may only read it. */
  changesProject?: boolean
  isEnabled(state: StudioState): boolean
  /** For a choice that stays: whether it is on now. Menus tick it. */
  isOn?(state: StudioState): boolean
  /** Why it is off now, in words for a person, where that takes more than what `whyOff` says of any command. */
  obstacle?(state: StudioState): string | null
  run(studio: Studio): unknown
  /** For a key that acts while it is held: what letting go does. */
  release?(studio: Studio): void
}

export const STILL_LOADING = 'This patch is still loading: try again in a moment.'

export const always = (): boolean => true

/** Whether a command acts in the place that the studio is in: its map, or a point audit. */
export function actsHere(state: StudioState, { where }: Pick<Command, 'where'>): boolean {
  return isAuditing(state) ? where !== undefined : where !== 'audit'
}

/** Whether a command may run now: the one question that keys, buttons, menus and the palette ask. */
export function isAvailable(state: StudioState, command: Command): boolean {
  if (!actsHere(state, command)) return false
  return command.isEnabled(state) && (!command.changesProject || canChange(state))
}

/** Why a command cannot run now, in words for a person; null: it can. */
export function whyOff(state: StudioState, command: Command): string | null {
  if (isAvailable(state, command)) return null
  if (!actsHere(state, command)) {
    return isAuditing(state) ? 'Leave the audit first: it hides the map.' : 'No audit is open.'
  }
  const particular = (command.changesProject ? changeObstacle(state) : null) ?? command.obstacle?.(state)
  if (particular) return particular
  if (state.session.phase !== 'ready') return 'The project is still opening.'
  if (state.patches.list.length === 0) return 'No patches yet: open files or the demo.'
  const patch = selectedPatch(state)
  if (command.group === 'Review' || command.group === 'Tools' || command.group === 'Edit') {
    if (!patch) return 'No patch is selected.'
    if (!isReviewable(patch)) return LABELS_STAY
    if (state.view.loading) return STILL_LOADING
  }
  if (Object.keys(state.shell.jobs).length > 0) return 'Wait for the running job to finish.'
  return 'Not available now.'
}

/** Says why a key did nothing, where it would have changed the project: what is lost without a word is trusted no more. */
export function notifyOff({ store }: Pick<Studio, 'store'>, command: Command): void {
  const why = command.changesProject ? whyOff(store.getState(), command) : null
  if (why) notify(store, 'information', why)
}
