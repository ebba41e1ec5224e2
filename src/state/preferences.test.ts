import { expect, test, vi } from 'vitest'
import { layersPreferences } from './layers/slice'
import { dropPreferences, projectPreferences } from './preferences'
import { reviewPreferences } from './review/slice'
import { initialRoundsSlice, roundsPreferences } from './rounds/slice'
import { initialShellSlice, shellPreferences } from './shell/slice'
import { viewPreferences } from './view/slice'

function storageOf(saved?: unknown, key = 'scarp.shell') {
  const entries = new Map<string, string>()
  if (saved !== undefined) entries.set(key, typeof saved === 'string' ? saved : JSON.stringify(saved))
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
  shellPreferences.write(storage, { ...initialShellSlice, tourStep: 3, narrow: true }, initialShellSlice)
  expect(storage.entries.size).toBe(0)
  shellPreferences.write(storage, changed, initialShellSlice)
  expect(shellPreferences.read(storage)).toMatchObject({
    theme: 'light',
    foldedPanels: ['Edit'],
    hiddenColumns: ['panels'],
    tourSeen: true,
  })
})

test('each damaged part falls back by itself', () => {
  expect(
    shellPreferences.read(
      storageOf({ theme: 'pink', keymap: { accept: 7 }, foldedPanels: ['Edit'], tourSeen: 'yes', more: 1 }),
    ),
  ).toEqual({ ...initialShellSlice, foldedPanels: ['Edit'] })
})

test('an entry that is no JSON counts as none', () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  expect(shellPreferences.read(storageOf('{')).theme).toBe('system')
  expect(warn).toHaveBeenCalledOnce()
  warn.mockRestore()
})

test('what earlier versions kept under other keys is found', () => {
  const view = { baseLayer: 'swir', selectedId: 'p7', maskOpacity: 0.5, filter: 'target' }
  const storage = storageOf({ view, settings: { steps: 90, families: [], seed: 4 } }, 'scarp.view')
  storage.setItem('scarp.queue', JSON.stringify({ autoAdvance: false }))
  storage.setItem('scarp.layers', JSON.stringify({ showContours: true, maskOpacity: 0.25 }))
  expect(layersPreferences.read(storage)).toMatchObject({
    baseLayer: 'swir',
    showContours: true,
    // The newer key has the say.
    maskOpacity: 0.25,
  })
  expect(viewPreferences.read(storage).selectedId).toBe('p7')
  expect(reviewPreferences.read(storage).autoAdvance).toBe(false)
  expect(roundsPreferences.read(storage).settings).toEqual({
    ...initialRoundsSlice.settings,
    steps: 90,
    seed: 4,
  })
})

test('an action sets nothing that would not come back', () => {
  expect(layersPreferences.sound({ maskOpacity: 1.5, percentile: Number.NaN, showMask: false })).toEqual({
    showMask: false,
  })
  expect(layersPreferences.sound({ indexExpression: 'B8 +' })).toEqual({})
  // What lasts for a visit only has no schema: it is set as it is.
  expect(viewPreferences.sound({ zoomRequest: 3, swipeAt: 2 })).toEqual({ zoomRequest: 3 })
})

test('each project has a view and a queue of its own, the first where they were; theme and keys are the person’s', () => {
  const browser = storageOf({ selectedId: 't1' }, 'scarp.view')
  const first = projectPreferences(browser, 'scarp')
  const other = projectPreferences(browser, 'scarp-2')
  expect(viewPreferences.read(first).selectedId).toBe('t1')
  expect(viewPreferences.read(other).selectedId).toBeNull()
  other.setItem('scarp.view', '{"selectedId":"k7"}')
  other.setItem('scarp.shell', '{"theme":"dark"}')
  expect(viewPreferences.read(first).selectedId).toBe('t1')
  expect(viewPreferences.read(other).selectedId).toBe('k7')
  expect(shellPreferences.read(first).theme).toBe('dark')

  const storage = Object.assign(Object.fromEntries(browser.entries), {
    removeItem: (key: string) => browser.entries.delete(key),
  })
  dropPreferences(storage as unknown as Storage, ['scarp'])
  expect([...browser.entries.keys()]).toEqual(['scarp.view', 'scarp.shell'])
})
