import type { Verdict } from '../../core/review/verdict'
import { type MapSpace, type PlacedGroup, type PlacedPatch, toWorld } from '../geo/placement'
import { VERDICT_COLOURS } from '../verdictColours'

/** What the map shows of its plane. */
export interface MapSight {
  group: PlacedGroup
  space: MapSpace
  /** Box of the map's plane. */
  left: number
  top: number
  right: number
  bottom: number
  selectedId: string | null
}

/** Longest side of the minimap, screen pixels. */
const LONGEST = 148

const SHORTEST = 40

type Verdicts = Readonly<Record<string, Verdict>>

/** How a plane fits into the minimap: screen pixels, and of one unit of the plane. */
export function minimapSize({ width, height }: { width: number; height: number }): {
  width: number
  height: number
  scale: number
} {
  const scale = LONGEST / Math.max(width, height)
  return {
    width: Math.max(SHORTEST, Math.round(width * scale)),
    height: Math.max(SHORTEST, Math.round(height * scale)),
    scale,
  }
}

/** The least that the frame of what is in sight takes, screen pixels: zoomed far in, it must not vanish. */
const LEAST_FRAME = 7

/** Draws all rasters of the map in the colour of their verdict, and the frame of what is in sight. */
export class Minimap {
  private readonly cells = document.createElement('canvas')
  private of: { group: PlacedGroup; verdicts: Verdicts } | null = null

  constructor(private readonly canvas: HTMLCanvasElement) {}

  draw(sight: MapSight, verdicts: Verdicts): void {
    const size = minimapSize(sight.space)
    const [width, height] = [size.width * devicePixelRatio, size.height * devicePixelRatio].map(
      Math.round,
    ) as [number, number]
    const scale = size.scale * devicePixelRatio
    const { canvas, cells } = this
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width
      canvas.height = height
      canvas.style.width = `${size.width}px`
      canvas.style.height = `${size.height}px`
      this.of = null
    }
    if (this.of?.group !== sight.group) {
      cells.width = width
      cells.height = height
      this.drawCells(sight.group.placed, sight.space, verdicts, scale)
    } else if (this.of.verdicts !== verdicts) {
      this.drawCells(rejudged(sight.group, this.of.verdicts, verdicts), sight.space, verdicts, scale)
    }
    this.of = { group: sight.group, verdicts }
    const context = canvas.getContext('2d')
    if (!context) return
    context.clearRect(0, 0, width, height)
    context.drawImage(cells, 0, 0)
    const selected = sight.group.placed.find(({ patch }) => patch.id === sight.selectedId)
    if (selected) {
      outline(context, selected, sight.space, scale)
      context.strokeStyle = '#45c3d9'
      context.lineWidth = 1.5 * devicePixelRatio
      context.stroke()
    }
    const least = LEAST_FRAME * devicePixelRatio
    const across = Math.max(least, (sight.right - sight.left) * scale)
    const down = Math.max(least, (sight.bottom - sight.top) * scale)
    const x = ((sight.left + sight.right) / 2) * scale - across / 2
    const y = ((sight.top + sight.bottom) / 2) * scale - down / 2
    context.lineWidth = devicePixelRatio
    context.strokeStyle = '#fff'
    context.strokeRect(x, y, across, down)
  }

  /** The place on the map's plane under a point of the minimap, screen pixels from its corner. */
  static placeAt(space: MapSpace, x: number, y: number): [number, number] {
    const { scale } = minimapSize(space)
    return [x / scale, y / scale]
  }

  private drawCells(
    placed: readonly PlacedPatch[],
    space: MapSpace,
    verdicts: Verdicts,
    scale: number,
  ): void {
    const context = this.cells.getContext('2d')
    if (!context) return
    for (const one of placed) {
      const kind = verdicts[one.patch.id]?.kind
      outline(context, one, space, scale)
      context.fillStyle = kind ? `rgb(${VERDICT_COLOURS[kind].join()})` : '#56616b'
      context.fill()
      context.strokeStyle = '#0a0c0d'
      context.lineWidth = 0.5 * devicePixelRatio
      context.stroke()
    }
  }
}

/** Rasters whose colour another set of verdicts changes; all, where rasters overlap and the order in which they are drawn shows. */
export function rejudged({ placed }: PlacedGroup, before: Verdicts, now: Verdicts): readonly PlacedPatch[] {
  const isScene = placed.every(({ patch }) => patch.cell?.sceneId === placed[0]?.patch.cell?.sceneId)
  if (!isScene || !placed[0]?.patch.cell) return placed
  return placed.filter(({ patch }) => before[patch.id]?.kind !== now[patch.id]?.kind)
}

function outline(
  context: CanvasRenderingContext2D,
  { patch: { width, height }, transform }: PlacedPatch,
  space: MapSpace,
  scale: number,
): void {
  context.beginPath()
  for (const [column, row] of [
    [0, 0],
    [width, 0],
    [width, height],
    [0, height],
  ] as const) {
    const [x, y] = space.fromWorld(toWorld(transform, column, row))
    context.lineTo(x * scale, y * scale)
  }
  context.closePath()
}
