import packageJson from '../../package.json'
import { toAppError } from '../core/foundation/appError'
import { type Command, EXIT } from './command'
import type { CommandIo } from './node/commandIo'

const VERSION: string = packageJson.version

/** Chooses and runs a command; the exit code as documented at `EXIT`. */
export async function runCommandLine(
  argv: string[],
  commands: readonly Command[],
  io: CommandIo,
): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const asked = commands.find(command => command.name === rest[0])
    io.out(asked && name === 'help' ? asked.help : overview(commands))
    return name === undefined ? EXIT.usage : EXIT.ok
  }
  if (name === '--version' || name === '-V') {
    io.out(VERSION)
    return EXIT.ok
  }
  const command = commands.find(candidate => candidate.name === name)
  if (!command) {
    const near = nearest(name, commands)
    io.note(
      `scarp: there is no command "${name}".${near ? ` Did you mean "${near}"?` : ''} See scarp --help.`,
    )
    return EXIT.usage
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(command.help)
    return EXIT.ok
  }
  try {
    return await command.run(rest, io)
  } catch (error) {
    return report(error, command, io)
  } finally {
    io.progress.clear()
  }
}

function report(thrown: unknown, command: Command, io: CommandIo): number {
  const error = toAppError(thrown)
  io.progress.clear()
  if (error.code === 'aborted') {
    io.note('Interrupted.')
    return EXIT.interrupted
  }
  if (error.code === 'paused') {
    io.note(`${error.message} The same command with --resume goes on from there.`)
    return EXIT.interrupted
  }
  io.note(`scarp ${command.name}: ${error.message}`)
  if (error.code === 'bad-argument') {
    io.note(`See scarp ${command.name} --help.`)
    return EXIT.usage
  }
  if (error.code === 'internal' && thrown instanceof Error) io.note(thrown.stack ?? '')
  return EXIT.failed
}

function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2
  return [
    'Scarp: landslide mapping that learns from review.',
    '',
    'Usage: scarp <command> [arguments] (scarp <command> --help tells more)',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`),
    '',
    'Results go to stdout, progress and remarks to stderr.',
    'Exit codes: 0 done; 1 the work failed or some inputs were refused; 2 bad usage; 130 interrupted.',
  ].join('\n')
}

/** The command that is at most two edits away, or begins like it. */
function nearest(name: string, commands: readonly Command[]): string | null {
  const ranked = commands
    .map(command => ({ name: command.name, edits: editDistance(name, command.name) }))
    .sort((a, b) => a.edits - b.edits)
  const first = ranked[0]
  if (first && first.edits <= 2) return first.name
  return commands.find(command => command.name.startsWith(name))?.name ?? null
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
