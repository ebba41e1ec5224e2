import type { Studio } from '../state/studio'

/** Places that go away again: what had the focus before them is where it belongs afterwards. */
const PASSING = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox].select-list'
/** Long enough for a dialog to be gone and to have put the focus back by itself. */
const SETTLED_MS = 80

/** When a dialog closes and nothing has the focus, gives it back to where the person was; returns how to let go. */
export function returnFocus(page: Document, { store }: Pick<Studio, 'store'>): () => void {
  let last: HTMLElement | null = null
  const remember = (event: FocusEvent) => {
    const target = event.target
    if (target instanceof HTMLElement && target !== page.body && !target.closest(PASSING)) last = target
  }
  page.addEventListener('focusin', remember)
  const unsubscribe = store.subscribe((state, before) => {
    if (state.dialog !== null || before.dialog === null) return
    setTimeout(() => {
      const lost = page.activeElement === null || page.activeElement === page.body
      if (lost && last?.isConnected) last.focus()
    }, SETTLED_MS)
  })
  return () => {
    page.removeEventListener('focusin', remember)
    unsubscribe()
  }
}
