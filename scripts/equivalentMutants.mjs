// Mutants that no test can tell from the source, with the reason. scripts/mutants.test.ts holds that each can still be made.

const WRITE_QUEUE = 'src/state/session/writeQueue.ts'

/** `from` and `to` are the lines without and with the mutant, trimmed and joined. */
export const EQUIVALENT = [
  {
    file: WRITE_QUEUE,
    from: 'clearTimeout(this.timer)',
    to: '{}',
    why: 'But for the one in `rehearse`, which a test holds: a timer that stays finds nothing to do, or the next is cleared first.',
  },
  {
    file: WRITE_QUEUE,
    from: "const TIMER = 'pending writes'",
    to: "const TIMER = ''",
    why: 'A name that only has to be its own.',
  },
  {
    file: WRITE_QUEUE,
    from: 'let waiting = false',
    to: 'let waiting = true',
    why: 'The first count is shown at once, which sets it.',
  },
]

/** @param {{file: string, from: string, to: string}} mutant */
export function isEquivalent({ file, from, to }) {
  return EQUIVALENT.some(known => known.file === file && known.from === from && known.to === to)
}
