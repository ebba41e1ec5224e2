import type { CommandIo } from '../node/commandIo'

/** Progress is written at most so often. */
const PROGRESS_MS = 10_000

/**
 * Notes and progress as lines of JSON on stderr, as log collectors read them: {"at", "level", "message", ...}.
 *
 * @param facts of every line: the run, the shard
 * @param clock ISO 8601
 */
export function jsonLines(
  io: CommandIo,
  facts: Readonly<Record<string, string | number>>,
  clock: () => string,
): CommandIo {
  let written = Number.NEGATIVE_INFINITY
  const line = (content: Record<string, string | number>) =>
    io.note(JSON.stringify({ at: clock(), ...facts, ...content }))
  return {
    ...io,
    note: message => line({ level: /^(Failed|Refused)/.test(message) ? 'error' : 'info', message }),
    progress: {
      update({ label, done, total }) {
        const now = io.now()
        if (now - written < PROGRESS_MS) return
        written = now
        line({ level: 'progress', message: label, done, total })
      },
      clear: () => {},
    },
  }
}
