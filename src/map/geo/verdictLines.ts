import { PathLayer } from '@deck.gl/layers'
import type { Verdict } from '../../core/review/verdict'
import { VERDICT_COLOURS } from '../verdictColours'
import { type MapSpace, type PlacedGroup, type PlacedPatch, toWorld } from './placement'

/** How far within a raster its line runs, share of its side: neighbours' lines lie beside each other. */
const INSET = 0.012

type Verdicts = Readonly<Record<string, Verdict>>

/** Outlines of rasters in the colour of their verdict. */
export class VerdictLines {
  private of: { group: PlacedGroup; verdicts: Verdicts } | null = null
  private judged: readonly PlacedPatch[] = []

  layer(group: PlacedGroup, space: MapSpace, verdicts: Verdicts): PathLayer<PlacedPatch> {
    if (this.of?.group !== group || this.of.verdicts !== verdicts) {
      this.of = { group, verdicts }
      this.judged = group.placed.filter(({ patch }) => verdicts[patch.id])
    }
    return new PathLayer<PlacedPatch>({
      id: 'verdicts',
      data: this.judged,
      getPath: one => inset(one, space),
      getColor: ({ patch }) => [...VERDICT_COLOURS[verdicts[patch.id]?.kind ?? 'unsure']],
      getWidth: 2,
      widthUnits: 'pixels',
      jointRounded: true,
    })
  }
}

function inset({ patch: { width, height }, transform }: PlacedPatch, space: MapSpace): [number, number][] {
  const by = INSET * Math.min(width, height)
  const at = (column: number, row: number) => space.fromWorld(toWorld(transform, column, row))
  const [right, bottom] = [width - by, height - by]
  return [at(by, by), at(right, by), at(right, bottom), at(by, bottom), at(by, by)]
}
