import { AppError } from '../foundation/appError'
import { type NamedBand, namedBand } from './bands'
import type { PatchPixels } from './patch'

/** Longest text and deepest nesting taken, so that nothing typed or stored can take memory or time. */
export const MAX_EXPRESSION_LENGTH = 200

const MAX_DEPTH = 24

/** [fewest, most] arguments. */
const FUNCTIONS = {
  min: [2, 8],
  max: [2, 8],
  abs: [1, 1],
  sqrt: [1, 1],
  exp: [1, 1],
  log: [1, 1],
  clamp: [3, 3],
} as const

type ExpressionFunction = keyof typeof FUNCTIONS

/** One step of a stack machine: what it pushes, or what it does to the values on top. */
export type ExpressionStep =
  | { kind: 'number'; value: number }
  | { kind: 'band'; band: NamedBand }
  | { kind: 'negate' }
  | { kind: 'binary'; operator: '+' | '-' | '*' | '/' | '^' }
  | { kind: 'call'; name: ExpressionFunction; count: number }

interface BandExpression {
  text: string
  /** In reverse Polish order. */
  steps: readonly ExpressionStep[]
  /** Most values on the stack at once. */
  depth: number
  /** The band where the expression is nothing else, so that its unit is known. */
  single: NamedBand | null
}

/** Why a text is no expression, and where: `at` is a 0-based index into it. */
export interface ExpressionProblem {
  message: string
  at: number
}

export type ParsedExpression =
  | { expression: BandExpression; problem: null }
  | { expression: null; problem: ExpressionProblem }

/**
 * Parses arithmetic over bands: "(B8 - B4) / (B8 + B4)", "clamp(B12 / B8, 0, 2)". Names B1..B12 (reflectance 0..1),
 * slope (degrees), dem (metres); + - * / ^, brackets, min max abs sqrt exp log clamp(x, low, high). Nothing is executed.
 */
export function parseBandExpression(text: string): ParsedExpression {
  try {
    return { expression: new Parser(text).parse(), problem: null }
  } catch (thrown) {
    if (!(thrown instanceof Problem)) throw thrown
    return { expression: null, problem: { message: thrown.message, at: thrown.at } }
  }
}

/** @throws AppError `bad-argument` naming the position, where the text is no expression */
export function bandExpression(text: string): BandExpression {
  const { expression, problem } = parseBandExpression(text)
  if (expression) return expression
  throw new AppError(
    'bad-argument',
    `"${text.slice(0, 60)}", character ${problem.at + 1}: ${problem.message}`,
  )
}

class Problem extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message)
  }
}

const NUMBER = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/i

const NAME = /^[a-z_]\w*/i

class Parser {
  private at = 0
  private nesting = 0
  private readonly steps: ExpressionStep[] = []

  constructor(private readonly text: string) {}

  parse(): BandExpression {
    if (this.text.length > MAX_EXPRESSION_LENGTH) {
      throw new Problem(`Keep it within ${MAX_EXPRESSION_LENGTH} characters.`, MAX_EXPRESSION_LENGTH)
    }
    if (this.peek() === '') throw new Problem('Type an expression, such as B8 or (B8-B4)/(B8+B4).', 0)
    this.sum()
    const left = this.peek()
    if (left === ')') throw new Problem('This bracket closes nothing.', this.at)
    if (left !== '') throw new Problem(`An operator is missing before "${left}".`, this.at)
    const only = this.steps.length === 1 ? this.steps[0] : undefined
    return {
      text: this.text,
      steps: this.steps,
      depth: stackDepth(this.steps),
      single: only?.kind === 'band' ? only.band : null,
    }
  }

  private peek(): string {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++
    return this.text[this.at] ?? ''
  }

  private take(character: string): boolean {
    if (this.peek() !== character) return false
    this.at++
    return true
  }

  private sum(): void {
    if (++this.nesting > MAX_DEPTH) throw new Problem('This is nested too deeply.', this.at)
    this.product()
    for (let operator = this.peek(); operator === '+' || operator === '-'; operator = this.peek()) {
      this.at++
      this.product()
      this.steps.push({ kind: 'binary', operator })
    }
    this.nesting--
  }

  private product(): void {
    this.signed()
    for (let operator = this.peek(); operator === '*' || operator === '/'; operator = this.peek()) {
      this.at++
      this.signed()
      this.steps.push({ kind: 'binary', operator })
    }
  }

  /** A sign binds less than a power: -B4^2 is -(B4^2). */
  private signed(): void {
    let negative = false
    for (let sign = this.peek(); sign === '-' || sign === '+'; sign = this.peek()) {
      this.at++
      if (sign === '-') negative = !negative
    }
    this.power()
    if (negative) this.steps.push({ kind: 'negate' })
  }

  private power(): void {
    this.operand()
    if (!this.take('^')) return
    if (++this.nesting > MAX_DEPTH) throw new Problem('This is nested too deeply.', this.at)
    this.signed()
    this.nesting--
    this.steps.push({ kind: 'binary', operator: '^' })
  }

  private operand(): void {
    if (this.take('(')) {
      const opened = this.at - 1
      this.sum()
      this.close(opened)
      return
    }
    const rest = this.text.slice(this.at)
    const number = NUMBER.exec(rest)
    if (number) {
      const value = Number(number[0])
      if (!Number.isFinite(value)) throw new Problem('This number is too large.', this.at)
      this.at += number[0].length
      this.steps.push({ kind: 'number', value })
      return
    }
    const name = NAME.exec(rest)
    if (name) {
      this.named(name[0])
      return
    }
    const found = this.peek()
    throw new Problem(
      found === ''
        ? 'A band or a number is missing at the end.'
        : `A band or a number is expected, not "${found}".`,
      this.at,
    )
  }

  private named(name: string): void {
    const start = this.at
    this.at += name.length
    const called = name.toLowerCase()
    if (isFunction(called)) {
      this.call(called, start)
      return
    }
    const band = namedBand(name)
    if (!band) throw new Problem(unknownName(name), start)
    this.steps.push({ kind: 'band', band })
  }

  private call(name: ExpressionFunction, start: number): void {
    if (!this.take('(')) throw new Problem(`${name} needs brackets: ${name}(…).`, this.at)
    const opened = this.at - 1
    let count = 0
    do {
      this.sum()
      count++
    } while (this.take(','))
    this.close(opened)
    const [fewest, most] = FUNCTIONS[name]
    if (count < fewest || count > most) {
      const wanted = fewest === most ? `${fewest}` : `${fewest} to ${most}`
      throw new Problem(`${name} takes ${wanted} value${most > 1 ? 's' : ''}, not ${count}.`, start)
    }
    this.steps.push({ kind: 'call', name, count })
  }

  private close(opened: number): void {
    if (this.take(')')) return
    const found = this.peek()
    throw found === ''
      ? new Problem('This bracket is never closed.', opened)
      : new Problem(`An operator or a closing bracket is expected, not "${found}".`, this.at)
  }
}

function isFunction(name: string): name is ExpressionFunction {
  return Object.hasOwn(FUNCTIONS, name)
}

function unknownName(name: string): string {
  if (/^b0*8a$/i.test(name)) return 'B8A is not among the 14 bands; B8 is the wide near infrared.'
  if (/^b\d+$/i.test(name)) return `There is no ${name}: bands are B1 to B12, slope and dem.`
  return `"${name.slice(0, 20)}" is no band and no function. Bands: B1 to B12, slope, dem.`
}

function stackDepth(steps: readonly ExpressionStep[]): number {
  let now = 0
  let most = 0
  for (const step of steps) {
    if (step.kind === 'number' || step.kind === 'band') now++
    else if (step.kind === 'binary') now--
    else if (step.kind === 'call') now -= step.count - 1
    most = Math.max(most, now)
  }
  return most
}

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
