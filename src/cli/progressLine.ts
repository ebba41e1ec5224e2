import { type PacedProgress, paceProgress } from '../core/foundation/job'
import { printable } from '../core/foundation/text'
import type { ProgressLine } from './node/commandIo'

/** What a progress line writes to; `process.stderr` is one. */
export interface LineStream {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

/** Shortest time between plain lines, milliseconds, so that a log stays readable. */
const LINE_INTERVAL = 5000
const TTY_INTERVAL = 100

/** Progress for a person: rewritten in place on a terminal, an occasional plain line otherwise. */
export function createProgressLine(stream: LineStream, now: () => number): ProgressLine {
  let pace: ((progress: { label: string; done: number; total: number }) => void) | null = null
  let shownAt = Number.NEGATIVE_INFINITY
  let open = false
  let total = Number.NaN
  const show = (progress: PacedProgress) => {
    const due = now() - shownAt >= (stream.isTTY ? TTY_INTERVAL : LINE_INTERVAL)
    if (!due && progress.done < progress.total) return
    shownAt = now()
    const text = printable(describeProgress(progress))
    if (stream.isTTY) {
      stream.write(`\r\u001b[2K${text.slice(0, (stream.columns ?? 100) - 1)}`)
      open = true
    } else stream.write(`${text}\n`)
  }
  return {
    update(progress) {
      // A new total is a new job, timed separately. It may start in the middle (a resumed run): what was done
      // before its first report says nothing about its rate.
      if (!pace || progress.total !== total) {
        const before = progress.done
        const counted = paceProgress(now, paced => {
          show({ ...paced, done: paced.done + before, total: paced.total + before })
        })
        pace = ({ label, done, total }) => counted({ label, done: done - before, total: total - before })
      }
      total = progress.total
      pace(progress)
    },
    clear() {
      if (open) stream.write('\n')
      open = false
    },
  }
}

/** "Training SegFormer, step 12 of 40 - 24% - 1.2/s - 1 min 5 s left" */
export function describeProgress({ label, done, total, rate, etaSeconds }: PacedProgress): string {
  const share = total > 0 ? `${Math.floor((100 * done) / total)}%` : ''
  // Right after the start the rate is noise.
  const pace = rate > 0 && rate < 1e4 ? `${rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2)}/s` : ''
  const left = etaSeconds === null || pace === '' || done >= total ? '' : `${duration(etaSeconds)} left`
  return [label, share, pace, left].filter(Boolean).join(' - ')
}

function duration(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
