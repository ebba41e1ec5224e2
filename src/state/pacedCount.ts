const PAUSE_MS = 100

/**
 * Hands a count on at once where it leaves zero or reaches it, otherwise at most once a pause, the latest one last: a
 * queue of thousands tells of each entry, and whoever shows the count redraws for each.
 */
export function pacedCount(show: (count: number) => void, pauseMs = PAUSE_MS): (count: number) => void {
  let shown = 0
  let latest = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const showLatest = () => {
    clearTimeout(timer)
    timer = undefined
    shown = latest
    show(latest)
  }
  return count => {
    latest = count
    if (count === 0 || shown === 0) showLatest()
    else timer ??= setTimeout(showLatest, pauseMs)
  }
}
