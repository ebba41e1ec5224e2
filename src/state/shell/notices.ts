import { detailsOf, type ErrorCode, toAppError } from '../../core/foundation/appError'
import type { StudioStore } from '../studioState'
import type { Notice } from './slice'

const KEPT = 4

/**
 * Shows a message until it is dismissed (errors) or for a while (information, see `Notices`).
 *
 * @param retry the job that a button beside it runs again
 * @param details of an error, for a report
 */
export function notify(
  store: StudioStore,
  tone: Notice['tone'],
  message: string,
  retry?: Notice['retry'],
  details?: Notice['details'],
): void {
  store.change(({ shell: { notices } }) => {
    // Ids rise, and those on screen all differ.
    const id = (notices.at(-1)?.id ?? 0) + 1
    return {
      shell: {
        notices: [
          ...notices.filter(other => other.message !== message),
          { id, tone, message, ...(retry && { retry }), ...(details && { details }) },
        ].slice(-KEPT),
      },
    }
  })
}

/** Shows what was thrown: a sentence, and beside it what only helps a report. @param fallback as `toAppError` */
export function notifyError(
  store: StudioStore,
  thrown: unknown,
  fallback?: ErrorCode,
  retry?: Notice['retry'],
): void {
  const error = toAppError(thrown, fallback)
  notify(store, 'error', error.message, retry, detailsOf(error))
}

export function dismissNotice(store: StudioStore, id: Notice['id']): void {
  store.change(state => ({ shell: { notices: state.shell.notices.filter(notice => notice.id !== id) } }))
}
