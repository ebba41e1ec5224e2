import type { Studio } from '../studio'
import type { StudioState } from '../studioState'

export type CommandGroup = 'Review' | 'Tools' | 'View' | 'Patches' | 'Project'

/** One thing a person can do. Buttons, keys, tooltips and the cheat sheet all come from the same list. */
export interface Command {
  id: string
  /** The accessible name of its button. */
  title: string
  group: CommandGroup
  /** Default keys as tinykeys writes them ("b", "$mod+z", "Space"); the first is shown. */
  keys: readonly string[]
  isEnabled(state: StudioState): boolean
  run(studio: Studio): unknown
  /** For a key that acts while it is held: what letting go does. */
  release?(studio: Studio): void
}

export const always = (): boolean => true
