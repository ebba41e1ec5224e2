export type Theme = 'system' | 'light' | 'dark'

/** How the studio itself is set up, apart from any project; all but `tourStep` survives a reload. */
export interface ShellSlice {
  theme: Theme
  /** Keys that this person chose, by command id; commands that are not named have their defaults. */
  keymap: Readonly<Record<string, readonly string[]>>
  /** Ids of the commands last run from the palette, latest first. */
  recentCommands: readonly string[]
  /** Ids of the side panels that are folded. */
  foldedPanels: readonly string[]
  /** True once the tour was finished or skipped: it offers itself once. */
  tourSeen: boolean
  /** The step on screen; null: no tour. */
  tourStep: number | null
}

export const initialShellSlice: ShellSlice = {
  theme: 'system',
  keymap: {},
  recentCommands: [],
  foldedPanels: [],
  tourSeen: false,
  tourStep: null,
}
