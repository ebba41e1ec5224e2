import { listNames, plural } from '../foundation/text'
import type { MaskProvenance, RecordedOrigin } from '../review/provenance'
import { countStates } from '../review/provenance'
import type { RoundRecord } from '../rounds/round'
import type { SceneRecord } from '../scenes/sceneRecord'
import { maskTags, probabilityTags, UNKNOWN } from './provenanceTags'

export interface MosaicFacts {
  scenes: readonly Pick<SceneRecord, 'name' | 'sensed' | 'synthetic' | 'recipe'>[]
  /** Cells that are in it, all that the scenes have, and the share of the scenes' areas that those in it cover, 0..1. */
  included: number
  cells: number
  share: number
}

/**
 * GDAL metadata of a mask that is made of many: how many of each state, who judged them, and each way in which they were
 * made once, the most common first.
 */
export function mosaicMaskTags(
  facts: MosaicFacts,
  masks: readonly MaskProvenance[],
  rounds: readonly RoundRecord[],
): Record<string, string> {
  const reviewers = masks.flatMap(({ verdict }) => (verdict?.reviewer ? [verdict.reviewer] : []))
  return {
    ...sceneTags(facts),
    SCARP_MASK: countStates(masks.map(({ state }) => state)),
    ...(reviewers.length > 0 && { SCARP_REVIEWER: listed(reviewers) }),
    ...originTags(masks.map(mask => maskTags(mask, rounds))),
  }
}

/** The same of a probability, which nobody judges. */
export function mosaicProbabilityTags(
  facts: MosaicFacts,
  predictions: readonly RecordedOrigin[],
  rounds: readonly RoundRecord[],
): Record<string, string> {
  return { ...sceneTags(facts), ...originTags(predictions.map(origin => probabilityTags(origin, rounds))) }
}

/** Share of a whole in words, never "100 %" of what is less, nor "0 %" of what is more. */
export function shareText(share: number): string {
  if (share > 0 && share < 0.001) return 'under 0.1 %'
  const percent = Math.floor(share * 1000) / 10
  return `${percent} %`
}

function sceneTags({ scenes, included, cells, share }: MosaicFacts): Record<string, string> {
  const sensed = scenes.flatMap(scene => scene.sensed ?? [])
  const elevation = scenes.flatMap(({ recipe }) => recipe.elevation.map(path => path.split('/').at(-1)!))
  const synthetic = scenes.flatMap(scene => scene.synthetic)
  return {
    SCARP_SCENE: listed(scenes.map(({ name }) => name)),
    ...(sensed.length > 0 && { SCARP_SENSED: listed(sensed) }),
    ...(elevation.length > 0 && { SCARP_ELEVATION: listed(elevation) }),
    ...(synthetic.length > 0 && { SCARP_SYNTHETIC_BANDS: listed(synthetic) }),
    SCARP_CELLS: `${included} of ${cells}, ${shareText(share)} of the area`,
  }
}

/** What is said once of all, or differs from one to the next by its nature. */
const OWN = new Set(['SCARP_MASK', 'SCARP_VERDICT', 'SCARP_REVIEWER', 'SCARP_NOTE', 'SCARP_LABEL'])

const TIMES = ['SCARP_AT', 'SCARP_PREDICTED_AT']

const MOST_ORIGINS = 12

/** What many sets of tags say: times from the first to the last, the rest once for each that differs. */
function originTags(all: readonly Record<string, string>[]): Record<string, string> {
  const tags: Record<string, string> = {}
  for (const time of TIMES) {
    const given = [...new Set(all.flatMap(each => each[time] ?? []))].sort()
    if (given.length > 0) tags[time] = period(given)
  }
  const origins = new Map<string, { origin: [string, string][]; count: number }>()
  for (const each of all) {
    const origin = Object.entries(each).filter(([tag]) => !OWN.has(tag) && !TIMES.includes(tag))
    const key = JSON.stringify(origin)
    const known = origins.get(key)
    if (known) known.count++
    else origins.set(key, { origin, count: 1 })
  }
  const ordered = [...origins.values()].sort((a, b) => b.count - a.count)
  if (ordered.length <= 1) return { ...tags, ...Object.fromEntries(ordered[0]?.origin ?? []) }
  tags.SCARP_ORIGINS = String(ordered.length)
  for (const [index, { origin, count }] of ordered.slice(0, MOST_ORIGINS).entries()) {
    const facts = origin.map(([tag, value]) => `${tag.replace('SCARP_', '').toLowerCase()} ${value}`)
    tags[`SCARP_ORIGIN_${index + 1}`] = `${plural(count, 'cell')}: ${facts.join('; ')}`
  }
  return tags
}

/** @param given in their order, with `UNKNOWN` for those that are not on record */
function period(given: readonly string[]): string {
  const known = given.filter(time => time !== UNKNOWN)
  const [first, last] = [known[0], known.at(-1)]
  if (first === undefined) return UNKNOWN
  const times = first === last ? first : `${first} to ${last}`
  return known.length === given.length ? times : `${times}, some ${UNKNOWN}`
}

const MOST_LISTED = 8

/** Each once, in their order, and how many more. */
function listed(values: readonly string[]): string {
  return listNames([...new Set(values)], MOST_LISTED)
}
