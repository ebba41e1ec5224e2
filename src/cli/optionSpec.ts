import { Option } from 'commander'
import { AppError } from '../core/foundation/appError'

interface Parts<T> {
  /** "<n>"; null for a switch. */
  placeholder: string | null
  description: string
  /** What is accepted, for the help: "0 to 1". */
  accepts: string
  /**
   * The value of a text that is accepted.
   *
   * @param before what the texts before it gave, of an option that takes several.
   * @throws AppError `bad-argument` naming the flag otherwise.
   */
  parse(text: string, flag: string, before?: T): T
  required: boolean
  fallback: T | undefined
  /** What happens without the option, where that is no fixed value: "as trained". */
  otherwise: string
  /** Heading in the help; '': the common one. */
  heading: string
  /** Given, it switches something off: its flag begins with "--no-". */
  negative: boolean
}

/**
 * One option of the command line, declared once: parsing, validation, help and the type of its value follow from it.
 * Every change gives a copy, so that commands can share an option and set a default of their own.
 */
export class OptionSpec<T> {
  constructor(private readonly parts: Parts<T>) {}

  required(): OptionSpec<Exclude<T, undefined>> {
    return this.changed({ required: true }) as OptionSpec<Exclude<T, undefined>>
  }

  default(value: Exclude<T, undefined>): OptionSpec<Exclude<T, undefined>> {
    return this.changed({ fallback: value, otherwise: '' }) as OptionSpec<Exclude<T, undefined>>
  }

  /** Says in the help what applies without the option; its value is then undefined. */
  otherwise(text: string): OptionSpec<T> {
    return this.changed({ otherwise: text })
  }

  /** Another description, for a command where the option means something narrower. */
  describe(description: string): OptionSpec<T> {
    return this.changed({ description })
  }

  /** Lists it in the help under a heading of its own: "Loss:". */
  under(heading: string): OptionSpec<T> {
    return this.changed({ heading })
  }

  get isRequired(): boolean {
    return this.parts.required
  }

  /** @param name key of the value: "heldOut" is `--held-out`. */
  toOption(name: string): Option {
    const { placeholder, description, accepts, parse, required, fallback, heading, negative } = this.parts
    const kebab = name.replace(/[A-Z]/g, capital => `-${capital.toLowerCase()}`)
    const flag = negative ? `--no-${kebab}` : `--${kebab}`
    const notes = [accepts, required ? 'required' : '', this.describeDefault()].filter(Boolean).join('; ')
    const option = new Option(
      placeholder === null ? flag : `${flag} ${placeholder}`,
      notes ? `${description} (${notes})` : description,
    )
    if (placeholder !== null) option.argParser((text, before) => parse(text, flag, before as T))
    if (fallback !== undefined) option.default(fallback)
    if (heading) option.helpGroup(heading)
    return option
  }

  private describeDefault(): string {
    const { placeholder, fallback, otherwise } = this.parts
    if (otherwise) return `default: ${otherwise}`
    return placeholder === null || fallback === undefined ? '' : `default ${fallback}`
  }

  private changed(parts: Partial<Parts<T>>): OptionSpec<T> {
    return new OptionSpec({ ...this.parts, ...parts })
  }
}

/** Options of a command by the keys of their values. */
export type OptionSpecs = Record<string, OptionSpec<unknown>>

/** The values that a command gets. */
export type ValuesOf<O extends OptionSpecs> = {
  [Key in keyof O]: O[Key] extends OptionSpec<infer T> ? T : never
}

/**
 * An option with a value of any kind.
 *
 * @param accepts for the help.
 * @param allowed for the refusal: "--crop takes <allowed>, not "x"."
 * @param read the value; undefined where the text is refused.
 */
export function value<T>(
  placeholder: string,
  description: string,
  {
    accepts = '',
    allowed,
    read,
  }: { accepts?: string; allowed: string; read(text: string, before?: T): T | undefined },
): OptionSpec<T | undefined> {
  return new OptionSpec<T | undefined>({
    placeholder,
    description,
    accepts,
    parse(text, flag, before) {
      // Commander takes the next word whatever it is: "--out --resume" would make a folder of that name.
      if (text.startsWith('--')) {
        throw new AppError('bad-argument', `${flag} is followed by ${text}: its value is missing.`)
      }
      const found = read(text, before)
      if (found !== undefined) return found
      throw new AppError('bad-argument', `${flag} takes ${allowed}, not "${text}".`)
    },
    required: false,
    fallback: undefined,
    otherwise: '',
    heading: '',
    negative: false,
  })
}

export function text(placeholder: string, description: string): OptionSpec<string | undefined> {
  return value(placeholder, description, { allowed: 'a text', read: given => given || undefined })
}

/** One or more texts, up to the next option; the option may be given again. */
export function texts(placeholder: string, description: string): OptionSpec<string[] | undefined> {
  return value<string[]>(placeholder, description, {
    allowed: 'texts',
    read: (given, before = []) => (given ? [...before, given] : undefined),
  })
}

/** A comma-separated list of texts. */
export function list(placeholder: string, description: string): OptionSpec<string[] | undefined> {
  return value(placeholder, description, {
    allowed: 'names separated by commas',
    read(given) {
      const names = given.split(',').map(name => name.trim())
      return names.every(name => name !== '') ? names : undefined
    },
  })
}

/** Whole numbers from 1 on, separated by commas. */
export function wholes(placeholder: string, description: string): OptionSpec<number[] | undefined> {
  return value(placeholder, description, {
    allowed: 'whole numbers from 1 on, separated by commas',
    read(given) {
      const numbers = given.split(',').map(part => Number(part))
      return numbers.every(number => Number.isInteger(number) && number >= 1) ? numbers : undefined
    },
  })
}

/** A finite number within a range, both ends included; Infinity leaves an end open. */
export function number(
  placeholder: string,
  description: string,
  low: number,
  high: number,
): OptionSpec<number | undefined> {
  return numeric(placeholder, description, 'a number', low, high, () => true)
}

/** A whole number within a range, both ends included. */
export function whole(
  placeholder: string,
  description: string,
  low: number,
  high: number,
): OptionSpec<number | undefined> {
  return numeric(placeholder, description, 'a whole number', low, high, Number.isInteger)
}

function numeric(
  placeholder: string,
  description: string,
  kind: string,
  low: number,
  high: number,
  fits: (value: number) => boolean,
): OptionSpec<number | undefined> {
  const accepts = high === Number.POSITIVE_INFINITY ? `from ${low}` : `${low} to ${high}`
  return value(placeholder, description, {
    accepts,
    allowed: `${kind} ${accepts.startsWith('from') ? accepts : `from ${accepts}`}`,
    read(given) {
      const found = given.trim() === '' ? Number.NaN : Number(given)
      return Number.isFinite(found) && found >= low && found <= high && fits(found) ? found : undefined
    },
  })
}

/** One of a few words. */
export function choice<const T extends string>(
  placeholder: string,
  description: string,
  choices: readonly T[],
): OptionSpec<T | undefined> {
  return value(placeholder, description, {
    accepts: choices.join(', '),
    allowed: choices.join(', '),
    read: given => choices.find(one => one === given),
  })
}

/** On when given. */
export function flag(description: string): OptionSpec<boolean> {
  return switchOf(description, false)
}

/** On unless given: `augment: noFlag(...)` is `--no-augment`. */
export function noFlag(description: string): OptionSpec<boolean> {
  return switchOf(description, true)
}

function switchOf(description: string, negative: boolean): OptionSpec<boolean> {
  return new OptionSpec<boolean>({
    placeholder: null,
    description,
    accepts: '',
    parse: () => !negative,
    required: false,
    fallback: negative,
    otherwise: '',
    heading: '',
    negative,
  })
}
