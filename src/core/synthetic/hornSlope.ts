import { emptyField, type Field } from './field'

/** Gradient of a height field by Horn (1981), metres per metre: `x` eastwards, `y` southwards; edges repeat. */
export function hornGradient(height: Field, cellMetres: number): { x: Field; y: Field } {
  const { size, data } = height
  const x = emptyField(size)
  const y = emptyField(size)
  const scale = 1 / (8 * cellMetres)
  for (let row = 0; row < size; row++) {
    const above = Math.max(0, row - 1) * size
    const here = row * size
    const below = Math.min(size - 1, row + 1) * size
    for (let column = 0; column < size; column++) {
      const left = Math.max(0, column - 1)
      const right = Math.min(size - 1, column + 1)
      const a = data[above + left]!
      const c = data[above + right]!
      const g = data[below + left]!
      const i = data[below + right]!
      x.data[here + column] = (c + 2 * data[here + right]! + i - a - 2 * data[here + left]! - g) * scale
      y.data[here + column] = (g + 2 * data[below + column]! + i - a - 2 * data[above + column]! - c) * scale
    }
  }
  return { x, y }
}

/** Slope in degrees from a gradient. */
export function slopeDegrees({ x, y }: { x: Field; y: Field }): Field {
  const slope = emptyField(x.size)
  for (let i = 0; i < slope.data.length; i++) {
    slope.data[i] = (Math.atan(Math.hypot(x.data[i]!, y.data[i]!)) * 180) / Math.PI
  }
  return slope
}
