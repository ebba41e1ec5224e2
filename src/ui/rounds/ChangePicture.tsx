import { useEffect, useRef, useState } from 'react'
import { toAppError } from '../../core/foundation/appError'
import type { PatchRecord } from '../../core/review/records'
import type { Comparison } from '../../core/rounds/compareMaps'
import type { RoundRecord } from '../../core/rounds/round'
import { type ChangeOutlines, outlineChange, tintChange } from '../../map/changeTile'
import { GAINED_COLOUR, LOST_COLOUR, MASK_COLOUR } from '../../map/overlayColours'
import type { TileSource } from '../../map/tileSource'
import { drawRoundChange } from '../../state/rounds/compareRounds'
import { useStudio, useStudioState } from '../studioContext'

interface ChangePictureProps {
  source: TileSource
  patch: PatchRecord
  before: RoundRecord
  after: RoundRecord
  what: Comparison
}

/** A patch with what its mask gained, lost and kept; the files worker reads and draws it. */
export function ChangePicture({ source, patch, before, after, what }: ChangePictureProps) {
  const studio = useStudio()
  const threshold = useStudioState(state => state.review.threshold)
  const canvas = useRef<HTMLCanvasElement>(null)
  const [drawn, setDrawn] = useState<(ChangeOutlines & { size: string }) | null>(null)
  const [failed, setFailed] = useState(false)

  // biome-ignore lint/correctness/useExhaustiveDependencies: maps are made at the threshold.
  useEffect(() => {
    const given = new AbortController()
    const draw = async () => {
      const tile = await source.tile(patch, false, given.signal)
      if (!tile || given.signal.aborted) return
      const { width, height } = tile
      const rounds = { before, after, what }
      const codes = await drawRoundChange(studio, rounds, patch, { width, height }, given.signal)
      const element = canvas.current
      if (!codes || !element || given.signal.aborted) return
      element.width = width
      element.height = height
      element.getContext('2d')?.putImageData(new ImageData(tintChange(tile, codes), width, height), 0, 0)
      setDrawn({ ...outlineChange(codes, width, height), size: `${width} ${height}` })
    }
    setFailed(false)
    draw().catch((thrown: unknown) => {
      if (given.signal.aborted) return
      // Its numbers stay; opening the patch reports what is wrong with it.
      console.warn(`No picture of ${patch.name}: ${toAppError(thrown).message}`)
      setFailed(true)
    })
    return () => given.abort()
  }, [studio, source, patch, before, after, what, threshold])

  return (
    <span className="change-picture" aria-hidden="true" style={{ aspectRatio: patch.width / patch.height }}>
      <canvas ref={canvas} width="1" height="1" />
      {drawn && (
        <svg viewBox={`0 0 ${drawn.size}`} aria-hidden="true">
          <path className="change-ground" d={drawn.kept + drawn.gained + drawn.lost} />
          <path d={drawn.kept} stroke={rgb(MASK_COLOUR)} />
          <path d={drawn.gained} stroke={rgb(GAINED_COLOUR)} />
          <path d={drawn.lost} stroke={rgb(LOST_COLOUR)} strokeDasharray="4 2" />
        </svg>
      )}
      {failed && <span className="change-failed">No picture</span>}
    </span>
  )
}

function rgb(colour: readonly number[]): string {
  return `rgb(${colour.join(' ')})`
}
