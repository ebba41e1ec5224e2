import { z } from 'zod'
import { initialLayersSlice } from '../layers/slice'
import type { PreferenceStorage } from '../preferences'
import { initialRoundsSlice, type RoundSettings } from '../rounds/slice'
import type { StudioState } from '../studioState'
import {
  hasTwoPanes,
  initialViewModeSlice as initial,
  initialViewSlice,
  MAX_SHEET_SIZE,
  MAX_SWIPE,
  MIN_SHEET_SIZE,
  MIN_SWIPE,
  PANE_KEYS,
  type PaneView,
  type ViewModeSlice,
  type ViewSlice,
} from './slice'

type SavedView = Omit<
  ViewSlice,
  'loading' | 'loadError' | 'renderRevision' | 'peeking' | 'panning' | 'fitRequest'
>

const KEY = 'scarp.view'

/** What of the view survives a reload; the compiler asks for an answer when the slice grows. */
function savedView(state: ViewSlice): SavedView {
  return {
    selectedId: state.selectedId,
    filter: state.filter,
    baseLayer: state.baseLayer,
    percentile: state.percentile,
    hillshadeBlend: state.hillshadeBlend,
    showProbability: state.showProbability,
    probabilityOpacity: state.probabilityOpacity,
    probabilityModel: state.probabilityModel,
    showMask: state.showMask,
    maskOpacity: state.maskOpacity,
    tool: state.tool,
    brushRadius: state.brushRadius,
    modelsOpen: state.modelsOpen,
  }
}

export function writeViewPreferences(
  storage: PreferenceStorage,
  state: StudioState,
  before: StudioState,
): void {
  const now = savedView(state)
  const then = savedView(before)
  const same = Object.keys(now).every(name => now[name as keyof SavedView] === then[name as keyof SavedView])
  if (same && state.settings === before.settings) return
  storage.setItem(KEY, JSON.stringify({ view: savedView(state), settings: state.settings }))
}

/** Saved values of the right type, defaults for the rest: a damaged or older entry never stops the studio. */
export function readViewPreferences(storage: PreferenceStorage): {
  view: Partial<ViewSlice>
  settings: RoundSettings
} {
  let saved: { view?: Record<string, unknown>; settings?: Record<string, unknown> } = {}
  try {
    const parsed: unknown = JSON.parse(storage.getItem(KEY) ?? '{}')
    if (typeof parsed === 'object' && parsed !== null) saved = parsed
  } catch (thrown) {
    console.warn('The saved view could not be read; the defaults are used.', thrown)
  }
  const view: Record<string, unknown> = {}
  for (const [name, fallback] of Object.entries(savedView(initialViewSlice))) {
    const value = saved.view?.[name]
    if (name === 'selectedId' ? typeof value === 'string' : typeof value === typeof fallback)
      view[name] = value
  }
  const settings: Record<string, unknown> = { ...initialRoundsSlice.settings }
  for (const [name, fallback] of Object.entries(initialRoundsSlice.settings)) {
    const value = saved.settings?.[name]
    const fits = Array.isArray(fallback)
      ? Array.isArray(value) && value.length > 0
      : typeof value === typeof fallback && value !== null && !Array.isArray(value)
    if (fits) settings[name] = value
  }
  return { view: view as Partial<ViewSlice>, settings: settings as unknown as RoundSettings }
}

const MODE_KEY = 'scarp.view-mode'

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
  if (!same) storage.setItem(MODE_KEY, JSON.stringify(now))
}

/** What was kept, as far as it is sound; a damaged entry never stops the studio. */
export function readViewModePreferences(storage: PreferenceStorage): SavedViewMode {
  try {
    const saved = schema.parse(JSON.parse(storage.getItem(MODE_KEY) ?? '{}'))
    const halved = saved.otherPane === null && hasTwoPanes(saved.viewMode)
    return halved ? { ...saved, viewMode: 'single' } : saved
  } catch (thrown) {
    console.warn('The saved view mode could not be read; the defaults are used.', thrown)
    return savedViewMode(initial)
  }
}
