/** What a command may touch of the process: tests hand in their own. */
export interface CommandIo {
  /** Results: one line (or document) a call, newline added. */
  out(text: string): void
  /** Everything that is not a result: adapter, warnings, errors; newline added. */
  note(text: string): void
  /** Progress on stderr: rewritten in place on a terminal, plain lines otherwise. */
  progress: ProgressLine
  /** Fires on Ctrl-C. */
  signal: AbortSignal
  /** Milliseconds. */
  now(): number
  /** The checkout's folder. */
  root: string
}

export interface ProgressLine {
  update(progress: { label: string; done: number; total: number }): void
  /** Ends the line, so that the next note begins on its own. */
  clear(): void
}

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
