import type { Polygon } from '../../core/scenes/polygons'

/** A rectangle of whole pixels of a scene: outer edges. */
export interface PixelBox {
  left: number
  top: number
  right: number
  bottom: number
}

export function rectangle({ left, top, right, bottom }: PixelBox): Polygon {
  return [[left, top, right, top, right, bottom, left, bottom]]
}

/** The rectangle that was drawn; null: what was drawn is none. */
export function rectangleOf(polygons: readonly Polygon[]): PixelBox | null {
  const ring = polygons.length === 1 && polygons[0]!.length === 1 ? polygons[0]![0]! : []
  if (ring.length !== 8) return null
  const [left, top, right, , , bottom] = ring as unknown as [number, number, number, number, number, number]
  const drawn = { left, top, right, bottom }
  return rectangle(drawn)[0]!.every((value, index) => value === ring[index]) ? drawn : null
}

export const isRectangle = (polygons: readonly Polygon[]) => rectangleOf(polygons) !== null

/** Between two corners, at least a pixel along each side and within the scene. */
export function boxBetween(
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  { width, height }: { width: number; height: number },
): PixelBox {
  const span = (a: number, b: number, length: number) => {
    const from = Math.min(length - 1, Math.max(0, Math.floor(Math.min(a, b))))
    return [from, Math.min(length, Math.max(from + 1, Math.ceil(Math.max(a, b))))] as const
  }
  const [left, right] = span(ax, bx, width)
  const [top, bottom] = span(ay, by, height)
  return { left, top, right, bottom }
}

/** As the path of an SVG in the scene's pixels. */
export function pathOf(polygons: readonly Polygon[]): string {
  return polygons
    .flat()
    .map(ring => {
      const points: string[] = []
      for (let i = 0; i < ring.length; i += 2) points.push(`${ring[i]} ${ring[i + 1]}`)
      return `M${points.join('L')}Z`
    })
    .join('')
}
