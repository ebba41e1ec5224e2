import type { InventorySource, MaskOrigin } from '../inventory/inventory'
import type { PixelWindow } from '../raster/rasterSource'
import { MASK_STATES, type MaskState, maskStateText } from '../review/provenance'
import { readProductName } from '../scenes/bandNames'
import { UNKNOWN } from './provenanceTags'

type Tags = Readonly<Record<string, string>>

/**
 * What the tags of a mask say of who judged it and what made it (`maskTags`, `mosaicMaskTags`, and those of the command
 * line): one origin for each state that its pixels have, since a mosaic does not say where which of them is. None for a mask
 * without our tags.
 *
 * @param tags of a file, as hostile as it
 */
export function originsOfTags(tags: Tags, window: PixelWindow): MaskOrigin[] {
  if (tags.SCARP_MASK === undefined && tags.SCARP_MODELS === undefined) return []
  const said = tags.SCARP_MASK ?? maskStateText('predicted')
  const states = MASK_STATES.filter(state =>
    said.split('; ').some(part => part.replace(/^\d+ /, '') === maskStateText(state)),
  )
  const models = new Set(modelsOf(tags).flatMap(named => known(named)?.split(/[ ,]+/) ?? []))
  const threshold = Number(known(tags.SCARP_THRESHOLD) ?? Number.NaN)
  return states.map(state => ({
    window,
    state,
    reviewer: isJudged(state) ? (tags.SCARP_REVIEWER ?? null) : null,
    at: known(tags.SCARP_AT)?.split(/ to |,/)[0] ?? null,
    round: known(tags.SCARP_ROUND)?.replace(/ \(.*\)$/, '') ?? null,
    models: [...models],
    threshold: threshold >= 0 && threshold <= 1 ? threshold : null,
  }))
}

/** Of a mosaic that was made in several ways, those of each. */
function modelsOf(tags: Tags): string[] {
  if (tags.SCARP_MODELS !== undefined) return [tags.SCARP_MODELS]
  const origins = Object.entries(tags).filter(([tag]) => /^SCARP_ORIGIN_\d+$/.test(tag))
  return origins.flatMap(([, text]) => /(?:: |; )models ([^;]*)/.exec(text)?.[1] ?? [])
}

const isJudged = (state: MaskOrigin['state']) => state !== 'painted' && state !== 'predicted'

/** null for "none" and "none: drawn by hand", too. */
function known(value: string | undefined): string | null {
  return value === undefined || value === UNKNOWN || value.startsWith('none') ? null : value
}

/**
 * What a mask was made of, by its tags, else by its name.
 *
 * @param name of the mask without folder, "_mask" and ending
 */
export function sourcesOfTags(tags: Tags, name: string): InventorySource[] {
  // Of many scenes some are only counted: "a, b and 3 more".
  const scenes = (tags.SCARP_SCENE ?? name).split(', ').map(scene => scene.replace(/ and \d+ more$/, ''))
  return scenes.map(id => {
    const { level, tile, sensed } = readProductName(id)
    const said = scenes.length === 1 ? (tags.SCARP_SENSED ?? null) : null
    return { id, kind: level && `Sentinel-2 ${level}`, sensed: said ?? sensed, tile }
  })
}

/** Masks by their state, of files that say how many of each they hold ("2 accepted; 1 predicted, not reviewed"). */
export function maskCounts(all: readonly Tags[]): { state: MaskState; count: number }[] {
  const counts = new Map<MaskState, number>()
  for (const tags of all) {
    for (const part of tags.SCARP_MASK?.split('; ') ?? []) {
      const [, number = '1', text] = /^(?:(\d{1,7}) )?(.*)$/s.exec(part)!
      const state = MASK_STATES.find(one => maskStateText(one) === text)
      if (state) counts.set(state, (counts.get(state) ?? 0) + Number(number))
    }
  }
  return [...counts].map(([state, count]) => ({ state, count }))
}

/** SHA-256 (hex) of the weights of the networks that a mask names. */
export function weightsOfTags(tags: Tags): Map<string, string> {
  const said = [
    tags.SCARP_WEIGHTS ?? '',
    ...Object.entries(tags).flatMap(([tag, text]) => (/^SCARP_ORIGIN_\d+$/.test(tag) ? [text] : [])),
  ]
  const pairs = said.flatMap(text => [...text.matchAll(/([^\s=;]{1,200})=([0-9a-f]{64})(?=[\s;]|$)/g)])
  return new Map(pairs.map(([, id, hash]) => [id!, hash!]))
}
