import { z } from 'zod'
import { parseBandExpression } from '../core/patches/bandExpression'
import { initialLayersSlice as initial, type LayersSlice } from './slices/layersSlice'
import type { PreferenceStorage } from './viewPreferences'

const KEY = 'scarp.layers'

type SavedLayers = Omit<LayersSlice, 'inspecting' | 'crosshair'>

const expression = z.string().refine(text => parseBandExpression(text).problem === null)
const limits = z.object({ low: z.number(), high: z.number() }).refine(({ low, high }) => low < high)
const stretch = z.array(limits.nullable()).max(3)

/** Each field by itself falls back to its default where it is damaged, absent or from another version. */
const schema = z.object({
  customChannels: z
    .array(expression)
    .length(3)
    .catch([...initial.customChannels]),
  indexExpression: expression.catch(initial.indexExpression),
  stretches: z
    .partialRecord(
      z.enum(['true-colour', 'false-colour', 'swir', 'custom', 'index', 'slope', 'elevation']),
      stretch,
    )
    .catch({}),
  sunAzimuth: z.number().min(0).max(360).catch(initial.sunAzimuth),
  sunAltitude: z.number().min(1).max(90).catch(initial.sunAltitude),
  histogramOpen: z.boolean().catch(initial.histogramOpen),
  showContours: z.boolean().catch(initial.showContours),
  contourInterval: z.number().min(0).max(10_000).catch(initial.contourInterval),
  overlay: z
    .enum(['probability', 'disagreement', 'entropy', 'round-mask', 'round-difference', 'against-verdict'])
    .catch(initial.overlay),
  overlayRound: z.string().nullable().catch(null),
  overlayRoundBefore: z.string().nullable().catch(null),
})

function savedLayers(state: LayersSlice): SavedLayers {
  const { inspecting, crosshair, ...saved } = Object.fromEntries(
    Object.keys(initial).map(name => [name, state[name as keyof LayersSlice]]),
  ) as unknown as LayersSlice
  return saved
}

export function writeLayerPreferences(
  storage: PreferenceStorage,
  state: LayersSlice,
  before: LayersSlice,
): void {
  const now = savedLayers(state)
  const then = savedLayers(before)
  const same = Object.keys(now).every(
    name => now[name as keyof SavedLayers] === then[name as keyof SavedLayers],
  )
  if (!same) storage.setItem(KEY, JSON.stringify(now))
}

/** What was kept, as far as it is sound; a damaged entry never stops the studio. */
export function readLayerPreferences(storage: PreferenceStorage): SavedLayers {
  try {
    return schema.parse(JSON.parse(storage.getItem(KEY) ?? '{}'))
  } catch (thrown) {
    console.warn('The saved layers could not be read; the defaults are used.', thrown)
    return savedLayers(initial)
  }
}
