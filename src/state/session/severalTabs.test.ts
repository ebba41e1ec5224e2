import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  aloneSession,
  type SessionEffect,
  type SessionEvent,
  type SessionModel,
  type SessionTimer,
  step,
} from './sessionModel'

const GRANTED: SessionEvent = { kind: 'granted', ready: true }

const LOST: SessionEvent = { kind: 'lost', pendingWrites: 0 }

/** Tabs with one lock and messages between them, of which any may come next. */
class World {
  readonly tabs: SessionModel[]
  holder: number | null = null
  queue: number[] = []
  /** What is on its way to a tab. */
  pending: { tab: number; event: SessionEvent }[] = []
  readonly timers: Set<SessionTimer>[]

  constructor(count: number) {
    this.tabs = Array.from({ length: count }, (_, index) => aloneSession(`${index}`))
    this.timers = this.tabs.map(() => new Set())
    for (let index = 0; index < count; index++) this.happen(index, { kind: 'join' })
  }

  happen(tab: number, event: SessionEvent): void {
    const { model, effects } = step(this.tabs[tab]!, event)
    this.tabs[tab] = model
    for (const effect of effects) this.perform(tab, effect)
    this.check()
  }

  private perform(tab: number, effect: SessionEffect): void {
    const timers = this.timers[tab]!
    switch (effect.do) {
      case 'post':
        for (const other of this.tabs.keys()) {
          if (other === tab) continue
          const seen = { at: 7, ready: true, unsaved: false }
          this.pending.push({ tab: other, event: { kind: 'heard', message: effect.message, ...seen } })
        }
        break
      case 'queue':
        this.queue.push(tab)
        break
      case 'leave-queue':
        this.queue = this.queue.filter(other => other !== tab)
        break
      case 'steal':
        if (this.holder !== null && this.holder !== tab) this.pending.push({ tab: this.holder, event: LOST })
        this.grant(tab)
        break
      case 'release':
        if (this.holder === tab) this.holder = null
        break
      case 'start-timer':
        timers.add(effect.timer)
        break
      case 'stop-timer':
        timers.delete(effect.timer)
        break
      case 'save-all':
        this.pending.push({ tab, event: { kind: 'all-saved', turn: effect.turn } })
        break
      case 'read-project':
        this.pending.push({ tab, event: { kind: 'project-read', turn: effect.turn } })
        break
      default:
    }
    const next = this.queue[0]
    if (this.holder === null && next !== undefined) {
      this.queue.shift()
      this.grant(next)
    }
  }

  private grant(tab: number): void {
    this.holder = tab
    this.pending.push({ tab, event: GRANTED })
  }

  /** One thing that may come next, by a number drawn; messages of one tab come in their order. */
  advance(drawn: number): boolean {
    const timers = this.timers.flatMap((running, tab) => [...running].map(timer => ({ tab, timer })))
    const count = this.pending.length + timers.length
    if (count === 0) return false
    const at = drawn % count
    if (at < this.pending.length) {
      const { tab } = this.pending[at]!
      const first = this.pending.findIndex(other => other.tab === tab)
      for (const { event } of this.pending.splice(first, 1)) this.happen(tab, event)
    } else {
      const { tab, timer } = timers[at - this.pending.length]!
      this.timers[tab]!.delete(timer)
      this.happen(tab, { kind: 'timed-out', timer })
    }
    return true
  }

  /** What must hold at every moment. */
  private check(): void {
    for (const [tab, model] of this.tabs.entries()) {
      const has = ['taking', 'owning', 'handing-over'].includes(model.stage)
      const unaware = this.pending.some(({ tab: to, event }) => to === tab && event.kind === 'lost')
      if (has && !unaware) expect(this.holder).toBe(tab)
      if (model.asked) expect(has).toBe(true)
      expect(this.timers[tab]!.has('head-start')).toBe(model.stage === 'handed-over')
      for (const timer of ['answer', 'force', 'hand-over'] as const) {
        if (this.timers[tab]!.has(timer)) expect(model.patience).toBe(timer)
      }
    }
  }
}

test('whatever comes in whatever order, one tab at most has the project, and one in the end', () => {
  const person: SessionEvent[] = [
    { kind: 'ask', at: 5 },
    { kind: 'withdraw' },
    { kind: 'take-anyway' },
    { kind: 'answer', allow: true },
    { kind: 'answer', allow: false },
    { kind: 'leave' },
    // Saving fails, of whichever turn.
    { kind: 'not-saved', turn: 1, message: 'No.' },
    { kind: 'not-saved', turn: 2, message: 'No.' },
  ]
  const event = fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, fc.constantFrom(...person))
  const move = fc.record({ drawn: fc.nat(), tab: fc.nat(2), event })
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), moves => {
      const world = new World(3)
      for (const { drawn, tab, event } of moves) {
        if (event) world.happen(tab, event)
        else world.advance(drawn)
      }
      for (let most = 1000; most > 0 && world.advance(0); most--);
      const alive = world.tabs.filter(({ stage }) => stage !== 'left')
      expect(world.pending).toEqual([])
      expect(alive.filter(({ stage }) => stage === 'owning')).toHaveLength(Math.min(1, alive.length))
      expect(alive.filter(({ stage }) => stage === 'following')).toHaveLength(Math.max(0, alive.length - 1))
    }),
    { numRuns: 500 },
  )
})
