import type { Studio } from '../studio'
import type { StudioState } from '../studioState'

export type CommandGroup = 'Review' | 'Tools' | 'View' | 'Patches' | 'Project'

/** One thing a person can do. Buttons, keys, tooltips and the cheat sheet all come from the same list. */
export interface Command {
  id: string
  /** The accessible name of its button. */
  title: string
  /** One sentence for the palette and the cheat sheet where the title does not say it all. */
  description?: string
  group: CommandGroup
  /** Default keys as tinykeys writes them ("b", "$mod+z", "Space"); the first is shown. */
  keys: readonly string[]
  /** True where it changes the project: refused in a tab that may only read it. */
  changesProject?: boolean
  isEnabled(state: StudioState): boolean
  run(studio: Studio): unknown
  /** For a key that acts while it is held: what letting go does. */
  release?(studio: Studio): void
}

export const always = (): boolean => true
