import { openRaster } from '../core/raster/openRaster'
import type { Command } from './command'
import type { CommandIo } from './node/commandIo'

/** A command's surroundings for tests: what it wrote is kept. */
export function recordingIo(signal: AbortSignal = new AbortController().signal, root = process.cwd()) {
  const outLines: string[] = []
  const notes: string[] = []
  let clock = 0
  const io: CommandIo = {
    out: text => outLines.push(text),
    note: text => notes.push(text),
    progress: { update: () => {}, clear: () => {} },
    signal,
    now: () => clock++,
    openRaster,
    root,
  }
  return { io, outLines, notes }
}

/** Runs one command by itself. @returns its exit code; what `runCommandLine` would report is thrown. */
export async function runCommand(command: Command, argv: string[], io: CommandIo): Promise<number> {
  let code = Number.NaN
  await command.build({ io, argv, done: result => (code = result) }).parseAsync(argv, { from: 'user' })
  return code
}
