import { useEffect, useRef } from 'react'
import { toAppError } from '../../core/foundation/appError'
import type { PatchRecord } from '../../core/review/records'
import type { TileSource } from '../../map/tileSource'
import { useStudioState } from '../studioContext'

/** A cell that is only scrolled past asks for nothing. */
const LINGER_MS = 80

interface TilePictureProps {
  source: TileSource
  patch: PatchRecord
  withMask: boolean
}

/** A patch's small picture, its mask laid over; drawn again when the mask changes. */
export function TilePicture({ source, patch, withMask }: TilePictureProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const unknown = useStudioState(state => state.review.shares[patch.id] === undefined)
  const revision = useStudioState(state => state.review.maskRevision[patch.id])

  // biome-ignore lint/correctness/useExhaustiveDependencies: the mask is drawn again when its revision or share changes.
  useEffect(() => {
    const given = new AbortController()
    const draw = async () => {
      try {
        const tile = await source.tile(patch, withMask, given.signal)
        const element = canvas.current
        if (!tile || !element || given.signal.aborted) return
        element.width = tile.width
        element.height = tile.height
        element.getContext('2d')?.putImageData(new ImageData(tile.rgba, tile.width, tile.height), 0, 0)
      } catch (thrown) {
        // The cell stays usable without its picture; opening the patch reports what is wrong with it.
        console.warn(`No picture of ${patch.name}: ${toAppError(thrown).message}`)
      }
    }
    const timer = setTimeout(() => void draw(), source.isReady(patch, withMask) ? 0 : LINGER_MS)
    return () => {
      clearTimeout(timer)
      given.abort()
    }
  }, [source, patch, withMask, withMask && revision, withMask && unknown])
  return <canvas ref={canvas} width="1" height="1" />
}
