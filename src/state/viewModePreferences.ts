import { z } from 'zod'
import { initialLayersSlice } from './slices/layersSlice'
import {
  hasTwoPanes,
  initialViewModeSlice as initial,
  MAX_SHEET_SIZE,
  MAX_SWIPE,
  MIN_SHEET_SIZE,
  MIN_SWIPE,
  PANE_KEYS,
  type PaneView,
  type ViewModeSlice,
} from './slices/viewModeSlice'
import { initialViewSlice } from './slices/viewSlice'
import type { PreferenceStorage } from './viewPreferences'

const KEY = 'scarp.view-mode'
const CHOICES = { ...initialViewSlice, ...initialLayersSlice }

type SavedViewMode = Omit<ViewModeSlice, 'zoomRequest' | 'panRequest'>

/** Whole or not at all: half a pane's choices would be a view that nobody chose. */
const pane = z.record(z.string(), z.unknown()).transform((saved, context) => {
  const sound = PANE_KEYS.every(key => {
    const value = saved[key]
    return CHOICES[key] === null
      ? value === null || typeof value === 'string'
      : typeof value === typeof CHOICES[key]
  })
  if (sound) return Object.fromEntries(PANE_KEYS.map(key => [key, saved[key]])) as unknown as PaneView
  context.addIssue({ code: 'custom', message: 'not a pane' })
  return z.NEVER
})

/** Each field by itself falls back to its default where it is damaged, absent or from another version. */
const schema = z.object({
  viewMode: z.enum(['single', 'swipe', 'side-by-side', 'sheet', 'map']).catch(initial.viewMode),
  activePane: z.enum(['first', 'second']).catch(initial.activePane),
  otherPane: pane.nullable().catch(null),
  swipeAt: z.number().min(MIN_SWIPE).max(MAX_SWIPE).catch(initial.swipeAt),
  sheetContent: z.enum(['picture', 'mask', 'disagreement']).catch(initial.sheetContent),
  sheetSize: z.number().min(MIN_SHEET_SIZE).max(MAX_SHEET_SIZE).catch(initial.sheetSize),
  mapCrs: z.string().nullable().catch(null),
})

function savedViewMode(state: ViewModeSlice): SavedViewMode {
  const { viewMode, activePane, otherPane, swipeAt, sheetContent, sheetSize, mapCrs } = state
  return { viewMode, activePane, otherPane, swipeAt, sheetContent, sheetSize, mapCrs }
}

export function writeViewModePreferences(
  storage: PreferenceStorage,
  state: ViewModeSlice,
  before: ViewModeSlice,
): void {
  const now = savedViewMode(state)
  const then = savedViewMode(before)
  const same = Object.keys(now).every(
    name => now[name as keyof SavedViewMode] === then[name as keyof SavedViewMode],
  )
  if (!same) storage.setItem(KEY, JSON.stringify(now))
}

/** What was kept, as far as it is sound; a damaged entry never stops the studio. */
export function readViewModePreferences(storage: PreferenceStorage): SavedViewMode {
  try {
    const saved = schema.parse(JSON.parse(storage.getItem(KEY) ?? '{}'))
    const halved = saved.otherPane === null && hasTwoPanes(saved.viewMode)
    return halved ? { ...saved, viewMode: 'single' } : saved
  } catch (thrown) {
    console.warn('The saved view mode could not be read; the defaults are used.', thrown)
    return savedViewMode(initial)
  }
}
