import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react'
import { toAppError } from '../../core/foundation/appError'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { CELL_SIDE, cutScene } from '../../core/scenes/cells'
import { fillPolygon, type Polygon } from '../../core/scenes/polygons'
import { loadQuickLook } from '../../state/scenes/addScene'
import type { ScenePlan } from '../../worker/protocol'
import { useStudio } from '../studioContext'
import { boxBetween, type PixelBox, pathOf } from './drawnArea'

/** Most pixels along a side of the picture: sharp on screens with two pixels a CSS pixel. */
const PICTURE_SIDE = 768

type Point = readonly [number, number]

interface QuickLookProps {
  drop: string
  scene: string
  /** Of the scene in pixels. */
  size: { width: number; height: number }
  plan: ScenePlan | null
  drawn: readonly Polygon[]
  /** Corners of the polygon that is being drawn: x, y, x, y ... */
  corners: readonly number[]
  tool: 'rectangle' | 'polygon'
  isDrawn: boolean
  onRectangle: (box: PixelBox) => void
  onCorner: (x: number, y: number) => void
}

/** A small picture of the scene with its cells and the area, which can be drawn on it by pointer and by keys. */
export function QuickLook(props: QuickLookProps) {
  const { drop, scene, size, plan, drawn, corners, tool, isDrawn, onRectangle, onCorner } = props
  const { width, height } = size
  const cells = useCells(size, plan)
  const [from, setFrom] = useState<Point | null>(null)
  const [to, setTo] = useState<Point | null>(null)
  /** Where keys are; null: they were not used. */
  const [cross, setCross] = useState<Point | null>(null)
  const finish = (a: Point, b: Point) => {
    setFrom(null)
    setTo(null)
    onRectangle(boxBetween(a, b, size))
  }
  const pointAt = ({ currentTarget, clientX, clientY }: PointerEvent<SVGSVGElement>): Point => {
    const box = currentTarget.getBoundingClientRect()
    const along = (at: number, start: number, side: number, length: number) =>
      Math.round(Math.min(1, Math.max(0, (at - start) / side)) * length)
    return [along(clientX, box.left, box.width, width), along(clientY, box.top, box.height, height)]
  }
  const draft = tool === 'rectangle' && from ? boxBetween(from, to ?? cross ?? from, size) : null
  const keys = keyHandler({
    size,
    cross: cross ?? [Math.round(width / 2), Math.round(height / 2)],
    isStarted: from !== null,
    onMove: setCross,
    onEnter(at) {
      setCross(at)
      if (tool === 'polygon') onCorner(...at)
      else if (from) finish(from, at)
      else setFrom(at)
    },
    onLeave: () => setFrom(null),
  })
  const unit = Math.max(width, height) / 100
  return (
    <div className="quick-look" style={{ aspectRatio: `${width} / ${height}` }}>
      <Picture drop={drop} scene={scene} size={size} />
      <svg
        className="quick-look-drawing"
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="application"
        aria-label={`Quick look of ${scene}: arrow keys move the crosshair, Enter sets a corner of the ${tool}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys draw on it.
        tabIndex={0}
        onKeyDown={keys}
        onPointerDown={event => {
          if (event.button !== 0) return
          setCross(null)
          if (tool === 'polygon') onCorner(...pointAt(event))
          else {
            event.currentTarget.setPointerCapture(event.pointerId)
            setFrom(pointAt(event))
            setTo(null)
          }
        }}
        onPointerMove={event => {
          if (event.currentTarget.hasPointerCapture(event.pointerId)) setTo(pointAt(event))
        }}
        onPointerUp={() => {
          if (from && to && from[0] !== to[0] && from[1] !== to[1]) finish(from, to)
          else if (!cross) setFrom(null)
        }}
        onPointerCancel={() => setFrom(null)}
      >
        <path className="quick-look-cells" d={cells} />
        {plan?.area && !isDrawn && <path className="quick-look-area" d={pathOf(plan.area)} />}
        <path className="quick-look-area" d={pathOf(drawn)} />
        {draft && (
          <rect
            className="quick-look-draft"
            x={draft.left}
            y={draft.top}
            width={draft.right - draft.left}
            height={draft.bottom - draft.top}
          />
        )}
        {pairs(corners).map(([x, y], index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a corner is its place in the ring.
          <circle key={index} className="quick-look-corner" cx={x} cy={y} r={unit} />
        ))}
        {cross && (
          <path
            className="quick-look-cross"
            d={`M${cross[0] - 3 * unit} ${cross[1]}h${6 * unit}M${cross[0]} ${cross[1] - 3 * unit}v${6 * unit}`}
          />
        )}
      </svg>
      {cross && (
        <p className="visually-hidden" role="status">
          Column {cross[0]}, row {cross[1]}
        </p>
      )}
    </div>
  )
}

function pairs(values: readonly number[]): Point[] {
  return Array.from({ length: values.length >> 1 }, (_, i) => [values[2 * i]!, values[2 * i + 1]!])
}

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

/** Steps along a side of the scene; with Shift a pixel at a time. */
const STEPS = 40

interface KeyHandlerProps {
  size: { width: number; height: number }
  cross: Point
  isStarted: boolean
  onMove: (to: Point) => void
  onEnter: (at: Point) => void
  onLeave: () => void
}

function keyHandler({ size, cross, isStarted, onMove, onEnter, onLeave }: KeyHandlerProps) {
  const { width, height } = size
  return (event: KeyboardEvent) => {
    const arrow = ARROWS[event.key]
    if (arrow) {
      const step = event.shiftKey ? 1 : Math.max(1, Math.round(Math.max(width, height) / STEPS))
      const along = (at: number, by: number, length: number) => Math.min(length, Math.max(0, at + by * step))
      onMove([along(cross[0], arrow[0], width), along(cross[1], arrow[1], height)])
    } else if (event.key === 'Enter' || event.key === ' ') onEnter(cross)
    else if (event.key === 'Escape' && isStarted) onLeave()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
}

interface PictureProps {
  drop: string
  scene: string
  size: { width: number; height: number }
}

type Drawn = { width: number; height: number } | { failed: string } | null

function Picture({ drop, scene, size }: PictureProps) {
  const studio = useStudio()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [drawn, setDrawn] = useState<Drawn>(null)
  useEffect(() => {
    const loading = new AbortController()
    setDrawn(null)
    loadQuickLook(studio, { drop, scene, size: PICTURE_SIDE }, loading.signal)
      .then(({ width, height, rgba, step }) => {
        const element = canvas.current
        if (loading.signal.aborted || !element) return
        element.width = width
        element.height = height
        element
          .getContext('2d')
          ?.putImageData(new ImageData(new Uint8ClampedArray(rgba), width, height), 0, 0)
        setDrawn({ width: width * step, height: height * step })
      })
      .catch((thrown: unknown) => {
        if (!loading.signal.aborted) setDrawn({ failed: toAppError(thrown).message })
      })
    return () => loading.abort()
  }, [studio, drop, scene])
  // The last column and row of the picture may stand for less of the scene than the others.
  const share = (of: 'width' | 'height') =>
    drawn && 'width' in drawn ? `${(100 * drawn[of]) / size[of]}%` : '100%'
  return (
    <>
      <span className="quick-look-picture" aria-hidden="true">
        <canvas ref={canvas} style={{ width: share('width'), height: share('height') }} />
      </span>
      {drawn === null && (
        <p className="quick-look-text" role="status">
          Reading the quick look…
        </p>
      )}
      {drawn && 'failed' in drawn && <p className="quick-look-text">No picture: {drawn.failed}</p>}
    </>
  )
}

/** Outlines of the cells that the plan cuts the scene into, as the path of an SVG. */
function useCells({ width, height }: { width: number; height: number }, plan: ScenePlan | null): string {
  const [path, setPath] = useState('')
  useEffect(() => {
    setPath('')
    if (!plan) return
    const cutting = new AbortController()
    const { window: bounds, area } = plan
    const touches = area ? (window: PixelWindow) => isTouched(area, window) : () => true
    cutScene({ width, height, bounds, touches, signal: cutting.signal })
      .then(pieces => {
        const cells = pieces.filter(({ kind }) => kind === 'cell')
        setPath(
          cells.map(({ window: w }) => `M${w.column} ${w.row}h${w.width}v${w.height}h${-w.width}Z`).join(''),
        )
      })
      .catch((thrown: unknown) => {
        if (!cutting.signal.aborted) console.warn('The cells of a scene are not drawn.', thrown)
      })
    return () => cutting.abort()
  }, [width, height, plan])
  return path
}

/** Only cells are drawn: the wider windows by which margins are told from what is left out need no look. */
function isTouched(area: readonly Polygon[], window: PixelWindow): boolean {
  if (Math.max(window.width, window.height) > CELL_SIDE) return false
  const mask = new Uint8Array(window.width * window.height)
  for (const polygon of area) fillPolygon(polygon, mask, window)
  return mask.includes(1)
}
