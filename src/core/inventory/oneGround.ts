import { listNames } from '../foundation/text'
import { BACKGROUND, LANDSLIDE } from '../patches/patch'
import type { PixelWindow } from '../raster/rasterSource'
import { GroundOnce, type MapPart } from '../review/groundOnce'
import { stateRank } from '../review/provenance'
import { type GroundPlace, placesApart } from '../review/sharedGround'
import { georeferenceOf } from '../scenes/stack'
import { ELSEWHERE, type InventoryRaster } from './inventory'

/** Which rasters of an inventory show the same ground, whatever their masks say there. */
export interface SharedGround {
  /** By name; the owner of most first. */
  pairs: [string, string][]
  /** Names of rasters whose coordinate system cannot be put beside the others'. */
  apart: string[]
}

/** @param nameOf the raster that a part lies in */
export async function sharedGround(
  parts: readonly GroundPlace[],
  ground: GroundOnce,
  nameOf: (id: string) => string,
): Promise<SharedGround> {
  const pairs = new Map<string, [string, string]>()
  for (const [owner, other] of ground.pairs()) {
    const pair: [string, string] = [nameOf(owner), nameOf(other)]
    const key = JSON.stringify([...pair].sort())
    if (!pairs.has(key)) pairs.set(key, pair)
  }
  const apart = await placesApart(parts)
  return { pairs: [...pairs.values()], apart: [...new Set([...apart].map(nameOf))] }
}

/** What a person should know of ground that several masks show, a sentence each. */
export function sharedGroundNotes({ pairs, apart }: SharedGround): string[] {
  const overlaps = pairs.map(([a, b]) => `${a} and ${b}`)
  return [
    ...(overlaps.length > 0
      ? [
          `Masks overlap: ${listNames(overlaps)}. Ground that several show counts once, in the mask that was judged, else in ` +
            'that of the later image; a landslide across the edge of an overlap is in two parts.',
        ]
      : []),
    ...(apart.length > 0
      ? [
          `The coordinate system of ${listNames(apart)} is not known here: what it shows may be in twice, where other masks ` +
            'show it, too.',
        ]
      : []),
  ]
}

/** Rows of a raster that are looked at together. */
const ROWS = 512

/**
 * Rasters of which each place on the ground is in one alone: in that whose masks were judged, before painted, before
 * predicted, then in that of the later image, then in the first. In the masks of the others it is `ELSEWHERE`. Rasters
 * without a coordinate system stay as they are.
 *
 * @param rasters with names of their own; nothing is read of them before rows are asked for
 */
export async function onOneGround(
  rasters: readonly InventoryRaster[],
): Promise<{ rasters: InventoryRaster[]; shared: SharedGround }> {
  const strips = [...rasters].sort(byOwner).flatMap(stripsOf)
  const ground = await GroundOnce.of(rasters.length > 1 ? strips : [])
  const names = new Map(strips.map(({ id, group }) => [id, group!]))
  const shared = await sharedGround(strips, ground, id => names.get(id)!)
  const sharing = new Set(ground.pairs().map(([, id]) => names.get(id)))
  return {
    shared,
    rasters: rasters.map(raster => (sharing.has(raster.name) ? withoutCovered(raster, ground) : raster)),
  }
}

function byOwner(a: InventoryRaster, b: InventoryRaster): number {
  const rank = ({ origins }: InventoryRaster) =>
    origins.length > 0 ? Math.min(...origins.map(({ state }) => stateRank(state))) : stateRank('predicted')
  const taken = ({ sources }: InventoryRaster) =>
    sources.reduce((last, { sensed }) => (sensed && sensed > last ? sensed : last), '')
  const [one, other] = [taken(a), taken(b)]
  return rank(b) - rank(a) || (one < other ? 1 : one > other ? -1 : 0)
}

const stripId = (name: string, top: number) => `${name} ${top}`

function stripsOf(raster: InventoryRaster): MapPart[] {
  const { name, width, height, georeference } = raster
  return Array.from({ length: Math.ceil(height / ROWS) }, (_, index) => {
    const top = index * ROWS
    const window: PixelWindow = { column: 0, row: top, width, height: Math.min(ROWS, height - top) }
    return {
      id: stripId(name, top),
      group: name,
      width,
      height: window.height,
      georeference: georeference?.transform ? georeferenceOf(georeference, window) : null,
      async readKnown() {
        const mask = await maskOf(raster, top, window.height)
        return mask.map(value => Number(value === BACKGROUND || value === LANDSLIDE))
      },
    }
  })
}

async function maskOf(raster: InventoryRaster, top: number, count: number, signal?: AbortSignal) {
  return raster.maskRows ? raster.maskRows(top, count, signal) : (await raster.rows(top, count, signal)).mask
}

function withoutCovered(raster: InventoryRaster, ground: GroundOnce): InventoryRaster {
  const { name, width } = raster
  const own = async (mask: Uint8Array, top: number) => {
    const count = mask.length / width
    let out = mask
    for (let strip = Math.floor(top / ROWS) * ROWS; strip < top + count; strip += ROWS) {
      const covered = await ground.coveredOf(stripId(name, strip))
      if (!covered) continue
      if (out === mask) out = mask.slice()
      const first = Math.max(top, strip)
      const last = Math.min(top + count, strip + covered.length / width)
      for (let i = (first - top) * width, at = (first - strip) * width; i < (last - top) * width; i++, at++) {
        if (covered[at] === 1) out[i] = ELSEWHERE
      }
    }
    return out
  }
  return {
    ...raster,
    async rows(top, count, signal) {
      const rows = await raster.rows(top, count, signal)
      return { ...rows, mask: await own(rows.mask, top) }
    },
    maskRows: async (top, count, signal) => own(await maskOf(raster, top, count, signal), top),
  }
}
