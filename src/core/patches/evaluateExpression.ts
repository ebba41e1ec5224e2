import type { BandExpression, ExpressionFunction } from './bandExpression'
import type { PatchPixels } from './patch'

/** Pixels computed at once: the stack stays in the cache of the processor. */
const CHUNK = 2048

/**
 * The expression for every pixel, [height, width] float32 in the units of `NAMED_BANDS`; NaN where a pixel is not valid
 * or the result is not finite (a division by zero, the root of a negative number).
 */
export function evaluateExpression(expression: BandExpression, pixels: PatchPixels): Float32Array {
  const { data, valid, width, height } = pixels
  const area = width * height
  const result = new Float32Array(area)
  const stack = Array.from({ length: expression.depth }, () => new Float64Array(CHUNK))
  for (let start = 0; start < area; start += CHUNK) {
    const length = Math.min(CHUNK, area - start)
    let top = 0
    for (const step of expression.steps) {
      switch (step.kind) {
        case 'number':
          stack[top++]!.fill(step.value)
          break
        case 'band': {
          const target = stack[top++]!
          const from = step.band.band * area + start
          for (let i = 0; i < length; i++) target[i] = data[from + i]! * step.band.scale
          break
        }
        case 'negate': {
          const target = stack[top - 1]!
          for (let i = 0; i < length; i++) target[i] = -target[i]!
          break
        }
        case 'binary':
          top--
          combine(step.operator, stack[top - 1]!, stack[top]!, length)
          break
        case 'call':
          top -= step.count - 1
          call(step.name, stack.slice(top - 1, top - 1 + step.count), length)
          break
      }
    }
    const values = stack[0]!
    for (let i = 0; i < length; i++) {
      const value = Math.fround(values[i]!)
      result[start + i] = valid?.[start + i] !== 0 && Number.isFinite(value) ? value : Number.NaN
    }
  }
  return result
}

/** target = target operator other */
function combine(
  operator: '+' | '-' | '*' | '/' | '^',
  target: Float64Array,
  other: Float64Array,
  length: number,
): void {
  switch (operator) {
    case '+':
      for (let i = 0; i < length; i++) target[i] = target[i]! + other[i]!
      break
    case '-':
      for (let i = 0; i < length; i++) target[i] = target[i]! - other[i]!
      break
    case '*':
      for (let i = 0; i < length; i++) target[i] = target[i]! * other[i]!
      break
    case '/':
      for (let i = 0; i < length; i++) target[i] = target[i]! / other[i]!
      break
    case '^':
      for (let i = 0; i < length; i++) target[i] = target[i]! ** other[i]!
      break
  }
}

/** The first argument's array takes the result. */
function call(name: ExpressionFunction, values: readonly Float64Array[], length: number): void {
  const target = values[0]!
  const map = mapOf(name)
  if (map) for (let i = 0; i < length; i++) target[i] = map(target[i]!)
  if (name === 'clamp') {
    const [, low, high] = values
    for (let i = 0; i < length; i++) target[i] = Math.min(high![i]!, Math.max(low![i]!, target[i]!))
  }
  const pick = name === 'min' ? Math.min : name === 'max' ? Math.max : null
  if (!pick) return
  for (const other of values.slice(1)) {
    for (let i = 0; i < length; i++) target[i] = pick(target[i]!, other[i]!)
  }
}

function mapOf(name: ExpressionFunction): ((value: number) => number) | null {
  switch (name) {
    case 'abs':
      return Math.abs
    case 'sqrt':
      return Math.sqrt
    case 'exp':
      return Math.exp
    case 'log':
      return Math.log
    default:
      return null
  }
}
