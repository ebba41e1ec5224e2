import { expect, test, vi } from 'vitest'
import { readShellPreferences, writeShellPreferences } from './preferences'
import { initialShellSlice } from './slice'

function storageOf(saved?: unknown) {
  const entries = new Map<string, string>()
  if (saved !== undefined)
    entries.set('scarp.shell', typeof saved === 'string' ? saved : JSON.stringify(saved))
  return {
    entries,
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
  }
}

test('what is set comes back, and nothing is written while nothing of it changes', () => {
  const storage = storageOf()
  const changed = {
    ...initialShellSlice,
    theme: 'light' as const,
    keymap: { accept: ['x', '$mod+Alt+a'] },
    foldedPanels: ['Edit'],
    hiddenColumns: ['panels' as const],
    tourSeen: true,
  }
  writeShellPreferences(storage, { ...initialShellSlice, tourStep: 3, narrow: true }, initialShellSlice)
  expect(storage.entries.size).toBe(0)
  writeShellPreferences(storage, changed, initialShellSlice)
  expect(readShellPreferences(storage)).toMatchObject({
    theme: 'light',
    foldedPanels: ['Edit'],
    hiddenColumns: ['panels'],
    tourSeen: true,
  })
})

test('each damaged part falls back by itself', () => {
  expect(
    readShellPreferences(
      storageOf({ theme: 'pink', keymap: { accept: 7 }, foldedPanels: ['Edit'], tourSeen: 'yes', more: 1 }),
    ),
  ).toEqual({
    theme: 'system',
    keymap: {},
    recentCommands: [],
    foldedPanels: ['Edit'],
    hiddenColumns: [],
    tourSeen: false,
  })
})

test('an entry that is no JSON counts as none', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  expect(readShellPreferences(storageOf('{')).theme).toBe('system')
  expect(warn).toHaveBeenCalledOnce()
  warn.mockRestore()
})
