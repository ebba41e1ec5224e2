import type { CommandIo } from './node/commandIo'

/** A command's surroundings for tests: what it wrote is kept. */
export function recordingIo(signal: AbortSignal = new AbortController().signal) {
  const outLines: string[] = []
  const notes: string[] = []
  let clock = 0
  const io: CommandIo = {
    out: text => outLines.push(text),
    note: text => notes.push(text),
    progress: { update: () => {}, clear: () => {} },
    signal,
    now: () => clock++,
    root: process.cwd(),
  }
  return { io, outLines, notes }
}
