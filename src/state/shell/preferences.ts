import { z } from 'zod'
import type { PreferenceStorage } from '../preferences'
import { soundKeymap } from './keys'
import { initialShellSlice, type ShellSlice } from './slice'

const KEY = 'scarp.shell'
const MOST_RECENT = 8

type SavedShell = Omit<ShellSlice, 'tourStep' | 'narrow' | 'drawer' | 'pickRequest' | 'update'>

/** Each field by itself falls back to its default where it is damaged, absent or from another version. */
const schema = z.object({
  theme: z.enum(['system', 'light', 'dark']).catch(initialShellSlice.theme),
  keymap: z.record(z.string(), z.array(z.string()).max(8)).transform(soundKeymap).catch({}),
  recentCommands: z
    .array(z.string())
    .transform(ids => ids.slice(0, MOST_RECENT))
    .catch([]),
  foldedPanels: z.array(z.string()).catch([]),
  hiddenColumns: z.array(z.enum(['patches', 'panels'])).catch([]),
  tourSeen: z.boolean().catch(false),
})

function savedShell(state: ShellSlice): SavedShell {
  const { theme, keymap, recentCommands, foldedPanels, hiddenColumns, tourSeen } = state
  return { theme, keymap, recentCommands, foldedPanels, hiddenColumns, tourSeen }
}

export function writeShellPreferences(
  storage: PreferenceStorage,
  state: ShellSlice,
  before: ShellSlice,
): void {
  const now = savedShell(state)
  const then = savedShell(before)
  if (Object.keys(now).every(name => now[name as keyof SavedShell] === then[name as keyof SavedShell])) return
  storage.setItem(KEY, JSON.stringify(now))
}

/** What was kept, as far as it is sound; a damaged entry never stops the studio. */
export function readShellPreferences(storage: PreferenceStorage): SavedShell {
  try {
    return schema.parse(JSON.parse(storage.getItem(KEY) ?? '{}'))
  } catch (thrown) {
    console.warn('The saved settings of the studio could not be read; the defaults are used.', thrown)
    return savedShell(initialShellSlice)
  }
}
