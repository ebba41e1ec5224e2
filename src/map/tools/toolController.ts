import type { PixelPoint } from '../../core/masks/pixelSpans'
import { windowOverlap } from '../../core/raster/windowOverlap'
import { isAvailable, notifyOff } from '../../state/command'
import { COMMANDS } from '../../state/commandList'
import { refuseEdit } from '../../state/edit/beginEdit'
import { clampNote } from '../../state/edit/clamps'
import { clearFillPreview, fillAt, previewFill } from '../../state/edit/fill'
import type { MaskClass, Tool } from '../../state/edit/slice'
import { crosshairOf, pickAt, pointAt } from '../../state/edit/tools'
import { cellsOfScene, selectedPatch } from '../../state/patches/selectors'
import { bindingsOf } from '../../state/shell/keys'
import type { Studio } from '../../state/studio'
import type { StudioState } from '../../state/studioState'
import {
  ClickTool,
  LassoTool,
  type MapTool,
  PolygonTool,
  StrokeTool,
  type ToolEvent,
  type ToolView,
} from './mapTools'
import { BrushCursor, type CursorNote, SketchOverlay } from './toolOverlays'
import { type ScreenPoint, Touches } from './touches'

const CLASS_NAMES: Readonly<Record<MaskClass, CursorNote['paints']>> = {
  0: 'background',
  1: 'landslide',
  255: 'ignore',
}

/** Gives the pointer and the map's own keys to the current tool; where no tool takes a press, the map pans. */
export class ToolController {
  private readonly tools: Readonly<Record<Exclude<Tool, 'pan'>, MapTool>>
  private readonly cursor: BrushCursor
  private readonly sketch: SketchOverlay
  private readonly listeners = new AbortController()
  private readonly touches = new Touches({
    press: event => this.press(event),
    drag: event => this.drag(event),
    release: event => this.release(event),
    cancel: () => this.cancel(),
    pinch: (before, after) => this.view.pinch(before, after),
    at: event => this.at(event).screen,
  })
  private active: MapTool | null = null
  /** What the pointer did since a press whose raster is still being read, in its order. */
  private held: (() => void)[] | null = null
  private pointer: ScreenPoint | null = null
  private crosshair: PixelPoint | null = null
  /** The crosshair moved since the pointer did. */
  private keysPoint = false
  /** The map has the focus and got it from the keyboard: only then do arrows belong to the crosshair. */
  private byKeyboard = false

  constructor(
    private readonly studio: Studio,
    private readonly view: ToolView,
  ) {
    this.cursor = new BrushCursor(view.host)
    this.sketch = new SketchOverlay(view)
    const stroke = new StrokeTool(studio, view)
    this.tools = {
      brush: stroke,
      erase: stroke,
      polygon: new PolygonTool(studio, view),
      lasso: new LassoTool(studio, (line, subtract) => this.sketch.showLasso(line, subtract)),
      fill: new ClickTool(at => fillAt(studio, at.pixel, at.alt)),
      pick: new ClickTool(at => pickAt(studio, at.pixel)),
    }
    this.listen()
  }

  destroy(): void {
    this.listeners.abort()
    this.active?.cancel()
    this.cursor.destroy()
    this.sketch.destroy()
  }

  /** Whether a drag moves the map. */
  static pans(state: StudioState): boolean {
    return state.edit.tool === 'pan' || state.view.panning || selectedPatch(state) === null
  }

  /** Call after the camera or the state changed: what lies under the pointer is another place or another patch then. */
  update(): void {
    const state = this.studio.store.getState()
    const pans = ToolController.pans(state)
    const {
      edit: { tool, brushRadius },
    } = state
    this.view.host.dataset.tool = pans ? 'pan' : tool
    const painting = tool === 'brush' || tool === 'erase'
    const radius = painting ? Math.max(0.5, brushRadius) * this.view.pixelSize() : 0
    this.cursor.show(pans ? null : this.pointer, radius, this.note(state))
    this.sketch.update(state, this.studio.pixels, this.pointer)
    if (state.edit.crosshair !== this.crosshair) this.keysPoint = state.edit.crosshair !== null
    this.crosshair = state.edit.crosshair
    this.readOut()
  }

  /** The pointer is read, or the crosshair: whichever moved last; the crosshair too while no pointer is over the map. */
  private readOut(): void {
    const crosshair = crosshairOf(this.studio.store.getState())
    const pointed = this.pointer && this.view.toPixel(this.pointer)
    const point = this.keysPoint ? (crosshair ?? pointed) : (pointed ?? crosshair)
    this.preview(point)
    this.view.onPointer(point)
  }

  private note({ edit: { tool, paintClass, subtract, picked, fillPreview } }: StudioState): CursorNote {
    const shape = tool === 'polygon' || tool === 'lasso' || tool === 'fill'
    const clears = tool === 'erase' || (shape && subtract)
    const paints = CLASS_NAMES[clears ? 0 : paintClass]
    if (tool === 'pick') {
      return { paints, blocked: false, text: picked ? `${paints}, ${picked.pixels} connected pixels` : '' }
    }
    if (this.active && this.view.aim && this.pointer && !this.isOverPatch(this.pointer)) {
      return { paints, blocked: true, text: 'outside this raster' }
    }
    const clamp = clampNote(this.studio, this.pointer && this.view.toPixel(this.pointer))
    const usual = paints === 'landslide' || tool === 'erase'
    const size = fillPreview
      ? `${fillPreview.more ? 'over ' : ''}${fillPreview.pixels.toLocaleString('en')} px`
      : ''
    const words = [usual ? '' : shape && subtract ? 'subtracts' : paints, size, clamp.text].filter(Boolean)
    return { paints, blocked: clamp.blocked, text: words.join(' · ') }
  }

  private isOverPatch(point: ScreenPoint): boolean {
    const patch = selectedPatch(this.studio.store.getState())
    if (!patch) return false
    const { column, row } = this.view.toPixel(point)
    const { column: left = 0, row: top = 0 } = patch.cell?.window ?? {}
    // Cells go on in each other.
    const cells = cellsOfScene(this.studio.store.getState(), patch).flatMap(({ cell }) => cell?.window ?? [])
    const windows =
      cells.length > 0 ? cells : [{ column: 0, row: 0, width: patch.width, height: patch.height }]
    const at = { column: Math.floor(column + left), row: Math.floor(row + top), width: 1, height: 1 }
    return windows.some(window => windowOverlap(window, at) !== null)
  }

  private listen(): void {
    const { signal } = this.listeners
    const { host } = this.view
    host.tabIndex = 0
    host.setAttribute('role', 'application')
    host.setAttribute('aria-roledescription', 'map')
    host.setAttribute(
      'aria-label',
      'Selected patch. Arrow keys move the crosshair, with Shift by ten pixels; Enter paints or places a point there.',
    )
    // Capture: a stroke must not also pan.
    host.addEventListener('pointerdown', event => this.pressed(event), { signal, capture: true })
    host.addEventListener('pointermove', event => this.moved(event), { signal })
    host.addEventListener('pointerup', event => this.released(event), { signal })
    host.addEventListener('pointercancel', event => this.lost(event), { signal })
    host.addEventListener('pointerleave', () => this.left(), { signal })
    host.addEventListener('dblclick', event => this.doublePressed(event), { signal })
    host.addEventListener('focusin', () => this.focused(true), { signal })
    host.addEventListener('focusout', () => this.focused(false), { signal })
    host.addEventListener('keydown', event => this.keyed(event), { signal })
  }

  private at(event: PointerEvent | MouseEvent): ToolEvent {
    const box = this.view.host.getBoundingClientRect()
    const screen = { x: event.clientX - box.left, y: event.clientY - box.top }
    return { screen, pixel: this.view.toPixel(screen), alt: event.altKey }
  }

  private inHand(): MapTool | null {
    const state = this.studio.store.getState()
    return ToolController.pans(state) || state.edit.tool === 'pan' ? null : this.tools[state.edit.tool]
  }

  private pressed(event: PointerEvent): void {
    this.view.host.focus({ preventScroll: true })
    this.byKeyboard = false
    if (event.pointerType === 'touch' && (this.touches.isDown || this.inHand())) {
      event.stopPropagation()
      this.touches.pressed(event)
      return
    }
    this.press(event)
  }

  private press(event: PointerEvent): void {
    const tool = event.button === 0 && !this.active && !this.held ? this.inHand() : null
    const aimed = tool && this.view.aim ? this.view.aim(this.at(event).screen) : true
    if (aimed instanceof Promise) {
      this.hold(event, aimed)
      return
    }
    const at = this.at(event)
    pointAt(this.studio, at.pixel)
    if (!tool) this.refuse(event)
    if (aimed === false || !tool?.press(at)) return
    this.capture(event)
    this.active = tool
  }

  /** Waits with what the pointer does until the raster that it was pressed on can be edited. */
  private hold(event: PointerEvent, ready: Promise<boolean>): void {
    const held: (() => void)[] = []
    this.held = held
    this.capture(event)
    void ready.then(isReady => {
      if (this.held !== held) return
      this.held = null
      const tool = isReady ? this.inHand() : null
      if (!tool?.press(this.at(event))) return
      this.active = tool
      for (const step of held) step()
    })
  }

  private capture(event: PointerEvent): void {
    event.stopPropagation()
    // A finger is captured from the start.
    if (event.pointerType !== 'touch') this.view.host.setPointerCapture(event.pointerId)
  }

  /** A press with a tool that pans instead, since the patch is none to edit, says so. */
  private refuse({ button }: PointerEvent): void {
    const { edit, view } = this.studio.store.getState()
    if (button === 0 && !this.active && edit.tool !== 'pan' && !view.panning) refuseEdit(this.studio)
  }

  private moved(event: PointerEvent): void {
    this.pointer = this.at(event).screen
    this.keysPoint = false
    this.update()
    if (this.touches.isDown) this.touches.moved(event)
    else this.drag(event)
    this.readOut()
  }

  private drag(event: PointerEvent): void {
    if (this.held) {
      this.held.push(() => this.active?.drag(this.at(event)))
      return
    }
    if (!this.active) return
    const events = event.getCoalescedEvents()
    for (const step of events.length > 0 ? events : [event]) this.active.drag(this.at(step))
  }

  /** Outlines what the fill would take here. */
  private preview(point: PixelPoint | null): void {
    if (!point || this.inHand() !== this.tools.fill) clearFillPreview(this.studio)
    else previewFill(this.studio, point)
  }

  private released(event: PointerEvent): void {
    if (this.touches.isDown) this.touches.lifted(event)
    else this.release(event)
  }

  private lost(event: PointerEvent): void {
    if (this.touches.isDown) this.touches.lifted(event, true)
    else this.cancel()
  }

  private release(event: PointerEvent): void {
    if (this.held) {
      this.held.push(() => this.release(event))
      return
    }
    const { active } = this
    this.active = null
    active?.release(this.at(event))
  }

  private doublePressed(event: MouseEvent): void {
    this.inHand()?.doublePress?.(this.at(event))
  }

  private focused(focused: boolean): void {
    this.byKeyboard = focused
  }

  private cancel(): void {
    this.held = null
    const { active } = this
    this.active = null
    active?.cancel()
  }

  private left(): void {
    this.pointer = null
    this.update()
  }

  /** Keys that belong to the map while it holds the focus, before the studio's own see them. */
  private keyed(event: KeyboardEvent): void {
    const state = this.studio.store.getState()
    if (event.key === 'Escape' && this.active) {
      event.preventDefault()
      this.cancel()
      return
    }
    const bindings = bindingsOf(event)
    const arrow = event.key.startsWith('Arrow')
    if (arrow && !this.byKeyboard && !state.edit.crosshair) return
    const bound = COMMANDS.filter(({ mapKeys }) => mapKeys?.some(key => bindings.includes(key)))
    const command = bound.find(({ isEnabled }) => isEnabled(state)) ?? bound[0]
    if (!command) return
    if (!isAvailable(state, command)) {
      if (!event.repeat) notifyOff(this.studio, command)
      return
    }
    event.preventDefault()
    command.run(this.studio)
  }
}
