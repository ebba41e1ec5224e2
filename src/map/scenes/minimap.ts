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
  private of: { group: PlacedGroup; verdicts: Readonly<Record<string, Verdict>> } | null = null

  constructor(private readonly canvas: HTMLCanvasElement) {}

  draw(sight: MapSight, verdicts: Readonly<Record<string, Verdict>>): void {
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
    if (this.of?.group !== sight.group || this.of.verdicts !== verdicts) {
      this.of = { group: sight.group, verdicts }
      cells.width = width
      cells.height = height
      this.drawCells(sight, verdicts, scale)
    }
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
    { group, space }: MapSight,
    verdicts: Readonly<Record<string, Verdict>>,
    scale: number,
  ): void {
    const context = this.cells.getContext('2d')
    if (!context) return
    for (const one of group.placed) {
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
