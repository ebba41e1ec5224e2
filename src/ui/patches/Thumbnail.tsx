import { useEffect, useRef } from 'react'
import { toAppError } from '../../core/foundation/appError'
import { loadThumbnail } from '../../state/actions/summarisePatch'
import { useStudio } from '../studioContext'

export function Thumbnail({ patchId }: { patchId: string }) {
  const studio = useStudio()
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    let current = true
    loadThumbnail(studio, patchId)
      .then(picture => {
        const element = canvas.current
        if (!current || !element) return
        element.width = picture.width
        element.height = picture.height
        const image = new ImageData(new Uint8ClampedArray(picture.rgba), picture.width, picture.height)
        element.getContext('2d')?.putImageData(image, 0, 0)
      })
      .catch((thrown: unknown) => {
        // The row stays usable without its picture; selecting it reports what is wrong with the patch.
        console.warn(`No thumbnail of ${patchId}: ${toAppError(thrown).message}`)
      })
    return () => {
      current = false
    }
  }, [studio, patchId])
  return (
    <span className="thumbnail" aria-hidden="true">
      <canvas ref={canvas} width="1" height="1" />
    </span>
  )
}
