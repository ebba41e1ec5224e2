import { inspect } from 'node:util'
import { Command as Program } from 'commander'
import packageJson from '../../package.json'
import { toAppError, withReason } from '../core/foundation/appError'
import { type Command, EXIT, isHelpShown, prepare } from './command'
import type { CommandIo } from './node/commandIo'
import { fileError } from './node/fileError'

/** Finds and runs a command. @returns the exit code (`EXIT`). */
export async function runCommandLine(
  argv: readonly string[],
  commands: readonly Command[],
  io: CommandIo,
): Promise<number> {
  let code: number = EXIT.ok
  const program = prepare(new Program('scarp'), io)
    .description('Scarp: landslide mapping that learns from review.')
    .usage('<command> [arguments]   (scarp <command> --help explains one)')
    .version(packageJson.version, '-V, --version', 'show the version')
    .helpCommand('help [command]', 'Explain a command')
    .addHelpText(
      'after',
      '\nResults go to stdout, progress and remarks to stderr.\n' +
        'Exit codes: 0 done; 1 the work failed or some inputs were refused; 2 bad usage; 130 interrupted.',
    )
  for (const command of commands) {
    program.addCommand(command.build({ io, argv, done: result => (code = result) }))
  }
  if (argv.length === 0) {
    program.outputHelp()
    return EXIT.usage
  }
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return code
  } catch (error) {
    return isHelpShown(error) ? EXIT.ok : report(error, pathOf(argv, program), io)
  } finally {
    io.progress.clear()
  }
}

/** "scarp models convert": the command as far as its words are known. */
function pathOf(argv: readonly string[], program: Program): string {
  const path = [program.name()]
  let commands = program.commands
  for (const word of argv) {
    const found = commands.find(command => command.name() === word)
    if (!found) break
    path.push(word)
    commands = found.commands
  }
  return path.join(' ')
}

function report(thrown: unknown, path: string, io: CommandIo): number {
  const error = fileError(thrown) ?? toAppError(thrown)
  io.progress.clear()
  if (process.env.SCARP_DEBUG) io.note(inspect(thrown))
  if (error.code === 'aborted') {
    io.note('Interrupted.')
    return EXIT.interrupted
  }
  if (error.code === 'paused') {
    io.note(`${error.message} Run the same command with --resume to continue.`)
    return EXIT.interrupted
  }
  if (error.code === 'internal') {
    const sentence = 'This is a fault of Scarp; SCARP_DEBUG=1 shows where. Please report it.'
    io.note(`${path}: ${withReason(sentence, thrown)}`)
    return EXIT.failed
  }
  io.note(`${path}: ${error.message}`)
  if (error.code === 'bad-argument') {
    io.note(`See ${path} --help.`)
    return EXIT.usage
  }
  return EXIT.failed
}
