import { z } from 'zod'
import { SPECTRAL_INDICES } from '../core/review/spectralIndex'
import { type EditSlice, initialEditSlice as initial } from './slices/editSlice'
import type { PreferenceStorage } from './viewPreferences'

const KEY = 'scarp.edit'

const maskClass = z.union([z.literal(0), z.literal(1), z.literal(255)])
const clamp = (fallback: EditSlice['clamps']['slope']) =>
  z
    .object({ on: z.boolean(), minimum: z.number(), maximum: z.number() })
    .refine(({ minimum, maximum }) => minimum <= maximum)
    .catch(fallback)

/** How one edits, as far as it outlives a visit. Each field falls back to its default where it is damaged or absent. */
const schema = z.object({
  paintClass: maskClass.catch(initial.paintClass),
  subtract: z.boolean().catch(initial.subtract),
  protectedClasses: z.array(maskClass).max(3).catch([]),
  clamps: z
    .object({
      slope: clamp(initial.clamps.slope),
      elevation: clamp(initial.clamps.elevation),
      index: clamp(initial.clamps.index),
      probability: clamp(initial.clamps.probability),
    })
    .catch({ ...initial.clamps }),
  clampIndex: z
    .string()
    .refine(id => SPECTRAL_INDICES.some(index => index.id === id))
    .catch(initial.clampIndex),
  fillBy: z.enum(['mask', 'probability', 'band']).catch(initial.fillBy),
  fillTolerance: z.number().min(0).max(1).catch(initial.fillTolerance),
  fillBand: z.number().int().min(0).max(13).catch(initial.fillBand),
  fillBandTolerance: z.number().min(0).max(1).catch(initial.fillBandTolerance),
  cleanUpArea: z.number().int().min(1).max(100_000).catch(initial.cleanUpArea),
  cleanUpRadius: z.number().int().min(1).max(10).catch(initial.cleanUpRadius),
})

type SavedEdit = z.infer<typeof schema>
const NAMES = Object.keys(schema.shape) as (keyof SavedEdit)[]

export function writeEditPreferences(storage: PreferenceStorage, state: EditSlice, before: EditSlice): void {
  if (NAMES.every(name => state[name] === before[name])) return
  storage.setItem(KEY, JSON.stringify(Object.fromEntries(NAMES.map(name => [name, state[name]]))))
}

/** What was kept, as far as it is sound; a damaged entry never stops the studio. */
export function readEditPreferences(storage: PreferenceStorage): SavedEdit {
  try {
    return schema.parse(JSON.parse(storage.getItem(KEY) ?? '{}'))
  } catch (thrown) {
    console.warn('How one edits could not be read; the defaults are used.', thrown)
    return schema.parse({})
  }
}
