import { lazy, type ReactNode, Suspense } from 'react'
import { ErrorBoundary, failureText, Reload } from '../shell/ErrorBoundary'

const loadPatchCanvas = async () => ({ default: (await import('./PatchCanvas')).PatchCanvas })

const loadGeoCanvas = async () => ({ default: (await import('./GeoCanvas')).GeoCanvas })

/** The views that draw with deck.gl, files of their own: an empty studio starts without them. */
export const PatchCanvas = lazy(loadPatchCanvas)

export const GeoCanvas = lazy(loadGeoCanvas)

/** Fetches the views once the studio stands: the first patch needs no network then. */
export async function loadViews(): Promise<void> {
  await Promise.allSettled([loadPatchCanvas(), loadGeoCanvas()])
}

/** Shows a view once its file is there, and says so where it cannot be had. */
export function LazyView({ children }: { children: ReactNode }) {
  return (
    <ErrorBoundary
      fallback={error => (
        <div className="map-error" role="alert">
          <strong>The map could not be drawn.</strong>
          <p>{failureText(error)}</p>
          <Reload />
        </div>
      )}
    >
      <Suspense fallback={null}>{children}</Suspense>
    </ErrorBoundary>
  )
}
