import { offerUpdate } from '../../state/shell/actions'
import { notify } from '../../state/shell/notices'
import type { Studio } from '../../state/studio'

const HOURLY_MS = 3_600_000

/**
 * Has the browser keep this build, so that the studio opens without a network, and reports when a newer one is
 * ready. That takes over when the person agrees and every change is on disk.
 */
export async function keepOffline(studio: Pick<Studio, 'store'>): Promise<void> {
  const { store } = studio
  const container = navigator.serviceWorker
  // Absent in private windows of some browsers and on addresses without TLS.
  if (!container) return
  let registration: ServiceWorkerRegistration | undefined
  try {
    registration = await container.register(`${import.meta.env.BASE_URL}sw.js`, { updateViaCache: 'none' })
  } catch (thrown) {
    console.warn('The studio will need a network next time.', thrown)
  }
  if (registration) follow(registration, container, store)
}

function follow(
  registration: ServiceWorkerRegistration,
  container: ServiceWorkerContainer,
  store: Studio['store'],
): void {
  const look = () => {
    // Without a controller this is the first visit: nothing older is running.
    if (registration.waiting && container.controller) offerUpdate({ store })
  }
  const watch = (worker: ServiceWorker | null) => worker?.addEventListener('statechange', look)
  registration.addEventListener('updatefound', () => watch(registration.installing))
  watch(registration.installing)
  look()
  setInterval(() => {
    registration.update().catch((thrown: unknown) => console.info('No word of a newer version.', thrown))
  }, HOURLY_MS)

  let reloading = false
  store.subscribe(state => {
    if (state.shell.update !== 'accepted' || state.session.pendingWrites > 0 || reloading) return
    reloading = true
    if (registration.waiting) registration.waiting.postMessage('take-over')
    // It took over for another tab already, and this page is still of the build before.
    else window.location.reload()
  })
  container.addEventListener('controllerchange', () => {
    if (reloading) window.location.reload()
    else if (store.getState().shell.update !== 'none') {
      notify(store, 'information', 'Scarp was updated in another tab. Reload this tab when convenient.')
    }
  })
}
