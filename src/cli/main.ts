import { join } from 'node:path'
import { toAppError } from '../core/foundation/appError'
import { printable } from '../core/foundation/text'
import { EXIT } from './command'
import { COMMANDS } from './commands'
import type { CommandIo } from './node/commandIo'
import { decodingThread } from './node/decodingThread'
import { createProgressLine } from './progressLine'
import { runCommandLine } from './runCommandLine'

const stop = new AbortController()
let asked = 0
const interrupt = () => {
  // A second Ctrl-C does not wait for the work to stop cleanly.
  if (++asked > 1) process.exit(EXIT.interrupted)
  stop.abort()
}
process.on('SIGINT', interrupt)
process.on('SIGTERM', interrupt)

const now = () => performance.now()
const io: CommandIo = {
  out: text => void process.stdout.write(`${printable(text, '\n\t')}\n`),
  note: text => void process.stderr.write(`${printable(text, '\n\t')}\n`),
  progress: createProgressLine(process.stderr, now),
  signal: stop.signal,
  now,
  openRaster: decodingThread(join(import.meta.dirname, 'decoding.js')).open,
  root: process.env.SCARP_ROOT ?? process.cwd(),
}

// A closed pipe (scarp ... | head) ends the program quietly, like any other tool.
process.stdout.on('error', () => process.exit(EXIT.ok))

const code = await runCommandLine(process.argv.slice(2), COMMANDS, io).catch(error => {
  io.note(`scarp: ${toAppError(error).message}`)
  return EXIT.failed
})
// Dawn keeps Node alive, so the process exits explicitly, once its output is flushed.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
