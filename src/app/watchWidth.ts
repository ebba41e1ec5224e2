import type { Studio } from '../state/studio'

/** Narrower than this the image would have no room beside two columns; also what 200 % zoom makes of a laptop. */
const NARROW = '(max-width: 900px)'

/** Keeps `narrow` true to the window; returns how to let go. */
export function watchWidth(target: Window, { store }: Pick<Studio, 'store'>): () => void {
  const query = target.matchMedia(NARROW)
  const tell = () => store.setState({ narrow: query.matches, drawer: null })
  tell()
  query.addEventListener('change', tell)
  return () => query.removeEventListener('change', tell)
}
