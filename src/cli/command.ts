import { type ParseArgsConfig, parseArgs } from 'node:util'
import { AppError } from '../core/foundation/appError'
import type { CommandIo } from './node/commandIo'

/** Exit codes: 0 done; 1 the work failed, or some inputs were refused; 2 bad usage; 130 interrupted (Ctrl-C). */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** One word of the command line: `scarp <name> ...`. */
export interface Command {
  name: string
  /** One line for `scarp --help`. */
  summary: string
  /** The whole text of `scarp <name> --help`. */
  help: string
  /**
   * @param argv what follows the name, without `--help` (main answers that).
   * @returns the exit code (`EXIT`). May throw AppError: `bad-argument` exits 2, `aborted` 130, others 1.
   */
  run(argv: string[], io: CommandIo): Promise<number>
}

type Options = NonNullable<ParseArgsConfig['options']>

/** Options as given, every one a string, a list of strings or a switch, with the words that are no options. */
export interface ParsedOptions {
  values: Record<string, string | boolean | (string | boolean)[] | undefined>
  words: string[]
}

/** node:util's parseArgs, with its errors as `bad-argument`. */
export function parseOptions(argv: string[], options: Options): ParsedOptions {
  try {
    const { values, positionals } = parseArgs({ args: argv, options, allowPositionals: true, strict: true })
    return { values, words: positionals }
  } catch (error) {
    throw new AppError('bad-argument', error instanceof Error ? error.message : String(error), {
      cause: error,
    })
  }
}

/** A text option; `bad-argument` names it where it is missing and has no default. */
export function textOption(parsed: ParsedOptions, name: string, fallback?: string): string {
  const value = parsed.values[name] ?? fallback
  if (typeof value !== 'string' || value === '') throw new AppError('bad-argument', `--${name} is missing.`)
  return value
}

export interface NumberRange {
  fallback?: number
  low?: number
  high?: number
  whole?: boolean
}

/** A number option within its range. */
export function numberOption(parsed: ParsedOptions, name: string, range: NumberRange = {}): number {
  const { fallback, low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY, whole = false } = range
  const given = parsed.values[name]
  if (given === undefined && fallback !== undefined) return fallback
  const text = textOption(parsed, name).trim()
  const value = text === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value) || value < low || value > high || (whole && !Number.isInteger(value))) {
    const kind = whole ? 'a whole number' : 'a number'
    const ends = [
      low > Number.NEGATIVE_INFINITY ? `from ${low}` : '',
      high < Number.POSITIVE_INFINITY ? `to ${high}` : '',
    ]
    throw new AppError(
      'bad-argument',
      `--${name} takes ${[kind, ...ends].filter(Boolean).join(' ')}, not "${text}".`,
    )
  }
  return value
}

/** One of a few words; `bad-argument` names the option where it is missing and has no default. */
export function choiceOption<T extends string>(
  parsed: ParsedOptions,
  name: string,
  choices: readonly T[],
  fallback?: T,
): T {
  const value = textOption(parsed, name, fallback)
  const found = choices.find(choice => choice === value)
  if (!found) throw new AppError('bad-argument', `--${name} takes ${choices.join(', ')}, not "${value}".`)
  return found
}
