import type { OpenRaster } from '../../core/raster/rasterThread'

/** What a command may use of the process; tests pass their own. */
export interface CommandIo {
  /** Results: one line (or document) per call, newline added. */
  out(text: string): void
  /** Everything that is not a result: adapter, warnings, errors; newline added. */
  note(text: string): void
  /** Progress on stderr: rewritten in place on a terminal, plain lines otherwise. */
  progress: ProgressLine
  /** Fires on Ctrl-C. */
  signal: AbortSignal
  /** Milliseconds. */
  now(): number
  /** `openRaster`, where the process can end it. */
  openRaster: OpenRaster
  /** The checkout's folder. */
  root: string
}

export interface ProgressLine {
  update(progress: { label: string; done: number; total: number }): void
  /** Ends the line, so that the next note starts a new one. */
  clear(): void
}
