import { memo, type RefObject, useEffect, useRef } from 'react'
import { GeoView } from '../../map/geo/geoView'
import type { MapSight } from '../../map/scenes/minimap'
import { useStudio } from '../studioContext'
import { MapMinimap } from './MapMinimap'
import type { ZoomHandle } from './PatchHeading'

/** The deck.gl view with its scale bar and coordinates, which are written straight to the page. */
export const GeoCanvas = memo(function GeoCanvas({ zoom }: { zoom: RefObject<ZoomHandle | null> }) {
  const studio = useStudio()
  const host = useRef<HTMLDivElement>(null)
  const bar = useRef<HTMLSpanElement>(null)
  const length = useRef<HTMLSpanElement>(null)
  const place = useRef<HTMLSpanElement>(null)
  const detail = useRef<HTMLSpanElement>(null)
  const view = useRef<GeoView>(null)
  const sight = useRef<((sight: MapSight | null) => void) | null>(null)
  useEffect(() => {
    if (!host.current) return
    const made = new GeoView(host.current, studio, {
      scaleBar(scale) {
        if (bar.current) bar.current.style.width = `${scale?.width ?? 0}px`
        if (length.current) length.current.textContent = scale?.label ?? ''
      },
      scale: scale => zoom.current?.show(scale),
      sight: seen => sight.current?.(seen),
      detail(detailed, inSight) {
        if (!detail.current) return
        detail.current.textContent = detailed < inSight ? `${detailed} of ${inSight} at full detail` : ''
      },
      pointer(text) {
        if (place.current) place.current.textContent = text ?? ''
      },
    })
    view.current = made
    return () => {
      view.current = null
      made.destroy()
    }
  }, [studio, zoom])
  return (
    <>
      <div ref={host} className="geo-canvas" data-testid="geo-canvas" />
      <div className="geo-scale tabular">
        <span ref={length} />
        <span ref={bar} className="geo-scale-bar" aria-hidden="true" />
        <span ref={place} className="geo-place" aria-hidden="true" />
        <span ref={detail} className="geo-detail" />
      </div>
      <MapMinimap sight={sight} lookAt={place => view.current?.lookAt(place)} />
      <span className="geo-north" role="img" aria-label="North is up">
        N
      </span>
    </>
  )
})
