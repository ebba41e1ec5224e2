import type { RoundSettings } from './slices/roundsSlice'
import { initialRoundsSlice } from './slices/roundsSlice'
import { initialViewSlice, type ViewSlice } from './slices/viewSlice'
import type { StudioState } from './studioState'

type SavedView = Omit<
  ViewSlice,
  'loading' | 'loadError' | 'renderRevision' | 'peeking' | 'panning' | 'fitRequest'
>

/** Where small settings of the view are kept between visits: localStorage in the app, a plain map in tests. */
export interface PreferenceStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

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
