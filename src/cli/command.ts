import { CommanderError, type Option, Command as Program } from 'commander'
import { AppError } from '../core/foundation/appError'
import { fingerprintOf } from '../core/foundation/sha256'
import type { CommandIo } from './node/commandIo'
import type { OptionSpecs, ValuesOf } from './optionSpec'

/** Exit codes: 0 done; 1 the work failed, or some inputs were refused; 2 bad usage; 130 interrupted (Ctrl-C). */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** What a command runs with. */
export interface CommandContext {
  io: CommandIo
  /** As typed, the names of commands included. */
  argv: readonly string[]
  /** Takes the exit code (`EXIT`). */
  done(code: number): void
}

/** One word of the command line: `scarp <name> ...`. */
export interface Command {
  name: string
  /** The command as commander parses and explains it. Refusals are thrown as `bad-argument`. */
  build(context: CommandContext): Program
}

export interface CommandCall<O extends OptionSpecs> {
  /** The arguments that are not options. */
  words: string[]
  options: ValuesOf<O>
  /** As typed, the names of commands included. */
  argv: readonly string[]
  /**
   * Of words and options in any order, and of the folder that relative paths start from: equal for calls that do the
   * same. `--out`, `--force` and `--resume` are left out, which say where the work goes and what may stand there.
   */
  fingerprint: string
}

interface CommandDeclaration<O extends OptionSpecs> {
  name: string
  /** One line for `scarp --help`. */
  summary: string
  /** The longer explanation in the command's own help. */
  details: string
  /** The arguments besides options: ["<paths...>", "files and folders"]. */
  words?: readonly [name: string, description: string]
  options: O
  /** Below the options in the help. */
  remarks?: string
  /** What the exit codes mean, where that is more than the usual. */
  exits?: { ok?: string; failed?: string; interrupted?: string }
  /** @returns the exit code. May throw AppError: `bad-argument` exits 2, `aborted` 130, others 1. */
  run(call: CommandCall<O>, io: CommandIo): Promise<number>
}

/** A command from one declaration, which commander parses by and makes the help from. */
export function declareCommand<O extends OptionSpecs>(declaration: CommandDeclaration<O>): Command {
  const { name, summary, details, words, options, remarks, exits, run } = declaration
  return {
    name,
    build({ io, argv, done }) {
      const command = prepare(new Program(name), io).summary(summary).description(details)
      if (words) command.argument(...words)
      const required: Option[] = []
      for (const [key, spec] of Object.entries(options)) {
        const option = spec.toOption(key)
        command.addOption(option)
        if (spec.isRequired) required.push(option)
      }
      command.usage(
        [words?.[0], ...required.map(({ flags }) => flags), '[options]'].filter(Boolean).join(' '),
      )
      const { ok = 'done', failed = 'the work failed', interrupted = 'interrupted' } = exits ?? {}
      const codes = `Exit codes: 0 ${ok}; 1 ${failed}; 2 bad usage; 130 ${interrupted}.`
      command.addHelpText('after', `\n${remarks ? `${remarks}\n` : ''}${codes}`)
      return command.action(async () => {
        // Commander would check this before it looks for unknown options, and so hide a misspelt one.
        const missing = required.find(option => command.getOptionValue(option.attributeName()) === undefined)
        if (missing) throw new AppError('bad-argument', `${missing.long} is missing.`)
        const [words, values] = [command.args, command.opts()]
        const fingerprint = await fingerprintOfCall(words, values)
        done(await run({ words, options: values as ValuesOf<O>, argv, fingerprint }, io))
      })
    },
  }
}

function fingerprintOfCall(words: readonly string[], options: Record<string, unknown>): Promise<string> {
  const { out: _, force: __, resume: ___, ...others } = options
  // Options that were given come after those with a default, in the order in which they were typed.
  const sorted = Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1))
  return fingerprintOf([process.cwd(), words, sorted])
}

/** Commands below a name: `scarp models list`. */
export function declareGroup(declaration: {
  name: string
  summary: string
  details: string
  commands: readonly Command[]
  /** The one that runs without a name. */
  fallback: Command
}): Command {
  const { name, summary, details, commands, fallback } = declaration
  return {
    name,
    build(context) {
      const group = prepare(new Program(name), context.io).summary(summary).description(details)
      for (const command of commands) {
        group.addCommand(command.build(context), { isDefault: command === fallback })
      }
      return group
    },
  }
}

const WIDEST_HELP = 120

/** Help goes to the command's own output, and what commander refuses is thrown. */
export function prepare(program: Program, io: CommandIo): Program {
  return program
    .configureOutput({
      writeOut: text => io.out(text.replace(/\n$/, '')),
      // Refusals are thrown, and reported by the caller.
      outputError: () => {},
      getOutHelpWidth: () => Math.min(process.stdout.columns ?? WIDEST_HELP, WIDEST_HELP),
    })
    .configureHelp({
      subcommandTerm: command => command.name(),
      // The range and the default are part of it (`OptionSpec.toOption`).
      optionDescription: option => option.description,
    })
    .helpOption('-h, --help', 'show this help')
    .exitOverride(error => {
      throw usageError(error)
    })
}

/** A refusal as `bad-argument`. Help and version also end the parsing; their errors stay as they are. */
function usageError(error: CommanderError): Error {
  if (error.exitCode === 0 || error.code === 'commander.help') return error
  const message = error.message.replace(/^error: /, '')
  return new AppError('bad-argument', `${message[0]!.toUpperCase()}${message.slice(1)}`, { cause: error })
}

/** Whether an error only says that help or the version was shown. */
export function isHelpShown(thrown: unknown): boolean {
  return thrown instanceof CommanderError
}
