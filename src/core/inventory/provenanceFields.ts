import type { LandslideFields } from './fields'
import type { InventoryRaster, MaskOrigin } from './inventory'

type SourceFields = Pick<LandslideFields, 'src_id' | 'date_min' | 'date_max' | 'dem_source' | 'dmg_src_id'>

type OriginFields = Pick<LandslideFields, 'verdict' | 'reviewer' | 'round' | 'models' | 'det_method'>

/** Joined by "; ", each once, in the order in which they come; null for none. */
function joined(values: readonly (string | null)[]): string | null {
  const known = new Set(values.filter(value => value !== null && value !== ''))
  return known.size > 0 ? [...known].join('; ') : null
}

/**
 * What the sources of a raster say of all its landslides. `dmg_src_id` is Copernicus EMS' key of the table of sources
 * ("foreign key to src_id of SOURCE"), which here is the image's own name, the same as `src_id`.
 */
export function sourceFields({ sources, elevationSource }: InventoryRaster): SourceFields {
  const ids = joined(sources.map(({ id }) => id))
  const dates = sources
    .flatMap(({ sensed }) => (sensed === null || Number.isNaN(Date.parse(sensed)) ? [] : [sensed]))
    .sort((a, b) => Date.parse(a) - Date.parse(b))
  return {
    src_id: ids,
    date_min: dates[0] ?? null,
    date_max: dates.at(-1) ?? null,
    dem_source: elevationSource,
    dmg_src_id: ids,
  }
}

/**
 * What made and judged a landslide: of several parts of the raster distinct values, in the order of the raster's origins.
 *
 * `verdict` is null where nothing but networks was there; else the states of all its parts, so that "accepted; predicted"
 * says that one part was not reviewed.
 */
export function originFields(origins: readonly MaskOrigin[]): OriginFields {
  const states = origins.map(({ state }) => state)
  return {
    verdict: states.every(state => state === 'predicted') ? null : joined(states),
    reviewer: joined(origins.map(({ reviewer }) => reviewer)),
    round: joined(origins.map(({ round }) => round)),
    models: joined(origins.flatMap(({ models }) => models)),
    det_method: methodOf(origins),
  }
}

/**
 * Copernicus EMS' `det_method`: "Automatic extraction" where networks alone made the mask, "Photo-interpretation" where a
 * person drew all of it, "Semi-automatic extraction" where both had a hand in it; null where it is not known, as of a label
 * that came with the data.
 */
function methodOf(origins: readonly MaskOrigin[]): string | null {
  const methods = new Set(
    origins.map(({ state, models }) => {
      if (models.length > 0) return state === 'predicted' ? 'Automatic extraction' : SEMI_AUTOMATIC
      return state === 'painted' || state === 'corrected' ? 'Photo-interpretation' : null
    }),
  )
  if (methods.has(null)) return null
  const [first] = methods
  return methods.size > 1 ? SEMI_AUTOMATIC : (first ?? null)
}

const SEMI_AUTOMATIC = 'Semi-automatic extraction'

/** Mean probability from which a landslide is of high confidence. */
const HIGH_PROBABILITY = 0.85
/** Pseudo-label confidence: below it a round would not learn from a pixel. */
const LOW_PROBABILITY = 0.7
/** Mean disagreement up to which confidence may be high, and above which it is low. */
const HIGH_DISAGREEMENT = 0.25
const LOW_DISAGREEMENT = 0.5

/**
 * How sure the networks are of a landslide, whatever a person said of it: "high" from a mean probability of 0.85 with a
 * mean disagreement of at most 0.25; "low" below a mean probability of 0.7 or above a disagreement of 0.5; else "medium".
 * Of one network alone the probability decides.
 *
 * @returns null where nothing predicted it
 */
export function confidenceOf(probability: number | null, disagreement: number | null): string | null {
  if (probability === null) return null
  const apart = disagreement ?? 0
  if (probability < LOW_PROBABILITY || apart > LOW_DISAGREEMENT) return 'low'
  return probability >= HIGH_PROBABILITY && apart <= HIGH_DISAGREEMENT ? 'high' : 'medium'
}

/**
 * `event_type` and `obj_desc` of every landslide in Copernicus EMS' words.
 *
 * The columns of `observedEventA` are those of the *Manual for CEMS Rapid Mapping Products* (JRC121741, state of 31 August
 * 2020) and its online version, read in part: event types and sub-types are an adjusted EM-DAT list ("Mass movement":
 * avalanche, landslide, subsidence, debris or rockfall, mudflow); "6-Mass Movement" and "Landslide" are how delivered
 * products write them (EMSR325, EMSR720, EMSR927, as users of them report). `det_method` has four values (annex 4): photo-interpretation,
 * semi-automatic extraction, automatic extraction, modelling. `notation` is free text ("complementary information"); what
 * EMS writes there of landslides was not found, so confidence and verdict stand there. The printed annexes and the model's
 * file were not at hand.
 */
export const EVENT = { event_type: '6-Mass Movement', obj_desc: 'Landslide' } as const

/** "high confidence; accepted"; null where neither is known. */
export function notationOf(confidence: string | null, verdict: string | null): string | null {
  return joined([confidence && `${confidence} confidence`, verdict])
}
