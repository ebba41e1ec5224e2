/** A place on the host element, CSS pixels from its top left. */
export interface ScreenPoint {
  x: number
  y: number
}

/** A press that moves further than this is a drag, screen pixels. */
const CLICK_REACH = 4

/** Whether a press that ended here was no click. @param from null: it began elsewhere */
export function isDrag(from: ScreenPoint | null, to: ScreenPoint): boolean {
  return !from || Math.hypot(from.x - to.x, from.y - to.y) > CLICK_REACH
}

/** Two places that two fingers hold. */
export type Fingers = readonly [ScreenPoint, ScreenPoint]

/** What a touch does with a tool in hand: one finger uses the tool, two move and zoom the view. */
export interface TouchActions {
  press(event: PointerEvent): void
  drag(event: PointerEvent): void
  release(event: PointerEvent): void
  /** A second finger came: what the first one began was not meant. */
  cancel(): void
  /** Both fingers moved from these places to those. */
  pinch(before: Fingers, after: Fingers): void
  at(event: PointerEvent): ScreenPoint
}

/** Screen pixels that a finger moves before the tool acts: until then a second one may come. */
const REACH = 6

/**
 * Tells one finger from two. The first is held back until it moves or leaves, so that two that come one after the other
 * fill, place or paint nothing; after a pinch the tool waits until all fingers are up.
 */
export class Touches {
  private readonly down = new Map<number, ScreenPoint>()
  private waiting: PointerEvent | null = null
  private pinching = false

  constructor(private readonly actions: TouchActions) {}

  /** A finger is on the map. */
  get isDown(): boolean {
    return this.down.size > 0
  }

  pressed(event: PointerEvent): void {
    this.down.set(event.pointerId, this.actions.at(event))
    if (this.down.size === 1) {
      this.waiting = event
      this.pinching = false
      return
    }
    if (!this.pinching && !this.waiting) this.actions.cancel()
    this.waiting = null
    this.pinching = true
  }

  moved(event: PointerEvent): void {
    const from = this.down.get(event.pointerId)
    if (!from) return
    const to = this.actions.at(event)
    if (this.pinching) {
      const other = [...this.down].find(([id]) => id !== event.pointerId)?.[1]
      this.down.set(event.pointerId, to)
      if (other) this.actions.pinch([from, other], [to, other])
      return
    }
    if (this.waiting && Math.hypot(to.x - from.x, to.y - from.y) < REACH) return
    this.begin()
    this.actions.drag(event)
  }

  /** @param taken the system took the finger away: what it began is not finished */
  lifted(event: PointerEvent, taken = false): void {
    if (!this.down.delete(event.pointerId) || this.pinching) return
    if (taken) {
      this.waiting = null
      this.actions.cancel()
      return
    }
    this.begin()
    this.actions.release(event)
  }

  private begin(): void {
    const { waiting } = this
    this.waiting = null
    if (waiting) this.actions.press(waiting)
  }
}
