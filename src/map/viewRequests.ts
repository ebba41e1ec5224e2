import type { StudioState } from '../state/studioState'
import type { Framing } from './framing'

type Requests = Pick<StudioState, 'fitRequest' | 'zoomRequest' | 'panRequest'>

/** Passes on to a camera what was asked of it by key or button since the last look: fit, zoom, moves. */
export class ViewRequests {
  constructor(private seen: Requests) {}

  /** @param framing null: another view is on the stage, and what was asked of that one is not kept for this. */
  answer(now: Requests, framing: Framing | null): void {
    const { seen } = this
    this.seen = now
    if (!framing) return
    if (now.fitRequest !== seen.fitRequest) framing.fit()
    const steps = now.zoomRequest - seen.zoomRequest
    if (steps !== 0) framing.zoomBy(steps)
    const right = now.panRequest.right - seen.panRequest.right
    const down = now.panRequest.down - seen.panRequest.down
    if (right !== 0 || down !== 0) framing.panBy(right, down)
  }
}
