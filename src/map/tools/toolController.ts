import { isReviewable, selectedPatch } from '../../state/selectors'
import type { Tool } from '../../state/slices/viewSlice'
import type { Studio } from '../../state/studio'
import type { StudioState } from '../../state/studioState'
import { BrushCursor } from '../brushCursor'
import type { MapTool, ScreenPoint, ToolEvent, ToolView } from './mapTool'
import { StrokeTool } from './strokeTool'

/** Takes the pointer for the tool in hand; where no tool takes it the map pans. */
export class ToolController {
  private readonly tools: Partial<Record<Tool, MapTool>>
  private readonly cursor: BrushCursor
  private readonly listeners = new AbortController()
  private active: MapTool | null = null
  private pointer: ScreenPoint | null = null

  constructor(
    private readonly studio: Studio,
    private readonly view: ToolView,
  ) {
    this.cursor = new BrushCursor(view.host)
    const stroke = new StrokeTool(studio, view)
    this.tools = { brush: stroke, erase: stroke }
    this.listen()
  }

  destroy(): void {
    this.listeners.abort()
    this.cursor.destroy()
  }

  /** Whether a drag moves the map. */
  static pans(state: StudioState): boolean {
    return state.tool === 'pan' || state.panning || !isReviewable(selectedPatch(state))
  }

  /** Call after the camera or the state changed. */
  update(): void {
    const state = this.studio.store.getState()
    const pans = ToolController.pans(state)
    this.view.host.dataset.tool = pans ? 'pan' : state.tool
    const radius = Math.max(0.5, state.brushRadius) * this.view.pixelSize()
    this.cursor.show(pans ? null : this.pointer, radius)
  }

  private listen(): void {
    const { signal } = this.listeners
    const { host } = this.view
    // Capture: a stroke must not also pan.
    host.addEventListener('pointerdown', event => this.pressed(event), { signal, capture: true })
    host.addEventListener('pointermove', event => this.moved(event), { signal })
    host.addEventListener('pointerup', event => this.released(event), { signal })
    host.addEventListener('pointercancel', () => this.cancel(), { signal })
    host.addEventListener('pointerleave', () => this.left(), { signal })
  }

  private at(event: PointerEvent | MouseEvent): ToolEvent {
    const box = this.view.host.getBoundingClientRect()
    const screen = { x: event.clientX - box.left, y: event.clientY - box.top }
    return { screen, pixel: this.view.toPixel(screen), alt: event.altKey }
  }

  private pressed(event: PointerEvent): void {
    const state = this.studio.store.getState()
    if (event.button !== 0 || ToolController.pans(state)) return
    const tool = this.tools[state.tool]
    if (!tool?.press(this.at(event))) return
    event.stopPropagation()
    this.view.host.setPointerCapture(event.pointerId)
    this.active = tool
  }

  private moved(event: PointerEvent): void {
    const at = this.at(event)
    this.pointer = at.screen
    this.update()
    if (this.active) {
      const events = event.getCoalescedEvents()
      for (const step of events.length > 0 ? events : [event]) this.active.drag(this.at(step))
    }
    this.view.onPointer(at.pixel)
  }

  private released(event: PointerEvent): void {
    const { active } = this
    this.active = null
    active?.release(this.at(event))
  }

  private cancel(): void {
    const { active } = this
    this.active = null
    active?.cancel()
  }

  private left(): void {
    this.pointer = null
    this.update()
    this.view.onPointer(null)
  }
}
