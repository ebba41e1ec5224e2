import { setNarrow } from '../state/shell/actions'
import type { Studio } from '../state/studio'

/** Puts the chosen theme on the page, now and whenever it changes; tokens.css does the rest. */
export function applyTheme(page: HTMLElement, { store }: Pick<Studio, 'store'>): void {
  page.dataset.theme = store.getState().shell.theme
  store.subscribe((state, before) => {
    if (state.shell.theme !== before.shell.theme) page.dataset.theme = state.shell.theme
  })
}

/** Puts the project's name before the studio's in the tab's title, where tabs are told apart. */
export function titlePage(page: Document, { store }: Pick<Studio, 'store'>): void {
  const studio = page.title
  const show = (name: string | undefined) => {
    page.title = name ? `${name} – ${studio}` : studio
  }
  show(store.getState().session.project?.name)
  store.subscribe((state, before) => {
    if (state.session.project !== before.session.project) show(state.session.project?.name)
  })
}

/** Narrower than this the image would have no room beside two columns; also what 200 % zoom makes of a laptop. */
const NARROW = '(max-width: 900px)'

/** Keeps `narrow` true to the window. */
export function watchWidth(target: Window, studio: Pick<Studio, 'store'>): void {
  const query = target.matchMedia(NARROW)
  const tell = () => setNarrow(studio, query.matches)
  tell()
  query.addEventListener('change', tell)
}

/** Transient elements: when they close, focus returns to what had it before. */
const PASSING = '[role=dialog], [role=alertdialog], [role=menu], [role=listbox].select-list'

/** Long enough for a dialog to close and restore the focus itself. */
const SETTLED_MS = 80

/** When a dialog closes and nothing has the focus, gives it back to where the person was. */
export function returnFocus(page: Document, { store }: Pick<Studio, 'store'>): void {
  let last: HTMLElement | null = null
  const remember = (event: FocusEvent) => {
    const target = event.target
    if (target instanceof HTMLElement && target !== page.body && !target.closest(PASSING)) last = target
  }
  page.addEventListener('focusin', remember)
  store.subscribe((state, before) => {
    if (state.shell.dialog !== null || before.shell.dialog === null) return
    setTimeout(() => {
      const lost = page.activeElement === null || page.activeElement === page.body
      if (lost && last?.isConnected) last.focus()
    }, SETTLED_MS)
  })
}

/** Long enough for the browser to have taken the bytes, short enough not to hold them for the session. */
const RELEASE_AFTER_MS = 60_000

/** Hands a finished file to the person as a download. */
export function deliverFile(fileName: string, blob: Blob): void {
  const address = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = address
  link.download = fileName
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), RELEASE_AFTER_MS)
}
