import type { Notice } from '../shell/slice'
import type { SessionSlice, TakeOver } from './slice'
import type { TabMessage } from './tabs'

/**
 * Which tab may change the project, as seen by one tab. Every decision is made here, without a clock, a lock or a store:
 * `step` takes an event and returns the tab's new state and the effects, which `joinSession` carries out.
 */
export interface SessionModel {
  /** This tab's. */
  readonly id: string
  /**
   * - alone: before it joined the others
   * - joining: waits for the lock or for word of who has it
   * - following: read-only; another tab has the project
   * - taking: has the lock, and reads what the other tab wrote
   * - owning: has the lock and may change the project
   * - handing-over: has the lock, and is saving everything for the tab that asked
   * - handed-over: read-only; keeps the lock a moment longer, so that the tab that asked is served before the queue
   * - left: the session has ended
   */
  readonly stage:
    | 'alone'
    | 'joining'
    | 'following'
    | 'taking'
    | 'owning'
    | 'handing-over'
    | 'handed-over'
    | 'left'
  /** How many times it got the lock: a result that belongs to an earlier time is ignored. */
  readonly turn: number
  /** The request for the lock that is pending. */
  readonly line: 'none' | 'queued' | 'stealing'
  readonly accessLost: string | null
  readonly takeOver: TakeOver
  /** The timer that runs while this tab waits for the other one. */
  readonly patience: 'answer' | 'force' | 'hand-over' | null
  /** The tab that asks for the project, and when it did. */
  readonly asked: { by: string; at: number } | null
  /** The tab that the project is being handed to. */
  readonly handingTo: string | null
}

export type SessionTimer = 'join' | 'head-start' | NonNullable<SessionModel['patience']>

export type SessionEvent =
  | { kind: 'join' }
  /** The lock came. `ready`: the project is open in this tab, so what it shows may be out of date. */
  | { kind: 'granted'; ready: boolean }
  | { kind: 'refused'; message: string }
  /** The lock went without this tab's consent. `pendingWrites`: changes that it had not written. */
  | { kind: 'lost'; pendingWrites: number }
  /** `at`: now, milliseconds. `unsaved`: this tab has changes that cannot be saved. */
  | { kind: 'heard'; message: TabMessage; at: number; ready: boolean; unsaved: boolean }
  | { kind: 'timed-out'; timer: SessionTimer }
  /** Results of the effects `read-project` and `save-all`. */
  | { kind: 'project-read'; turn: number }
  | { kind: 'all-saved'; turn: number }
  | { kind: 'not-saved'; turn: number; message: string }
  /** What the person at this tab does. */
  | { kind: 'ask'; at: number }
  | { kind: 'withdraw' }
  | { kind: 'take-anyway' }
  | { kind: 'answer'; allow: boolean }
  /** What this tab did to the project on disk. */
  | { kind: 'changed'; patchIds: string[] }
  | { kind: 'replaced' }
  | { kind: 'leave' }

export type SessionEffect =
  | ({ do: 'show' } & Shown)
  | { do: 'post'; message: TabMessage }
  /** Wait for the lock behind the tabs that asked for it before. */
  | { do: 'queue' }
  | { do: 'leave-queue' }
  /** Take the lock from the tab that has it. */
  | { do: 'steal' }
  | { do: 'release' }
  | { do: 'start-timer' | 'stop-timer'; timer: SessionTimer }
  /** Pause the round, and cancel the other jobs. */
  | { do: 'stop-jobs' }
  /** Stop the jobs and write everything: ends in `all-saved` or `not-saved`. */
  | { do: 'save-all'; turn: number }
  /** Read the records again, and the rasters of these patches when they are next looked at. */
  | { do: 'reload'; patchIds: readonly string[] | 'all' }
  /** The same with all patches, before this tab may change anything: ends in `project-read`. */
  | { do: 'read-project'; turn: number }
  /** Open the project that replaced this one. */
  | { do: 'reopen' }
  | { do: 'restart-writes' }
  | { do: 'halt-writes'; reason: string }
  | { do: 'open-question' | 'close-question' | 'close-dialogs' }
  | { do: 'notify'; tone: Notice['tone']; message: string }

/** What the store says of the session. */
type Shown = Pick<SessionSlice, 'access' | 'accessLost' | 'takeOver' | 'takeOverAsked'>

export interface SessionStep {
  model: SessionModel
  /** In the order in which they are performed. */
  effects: SessionEffect[]
}

export function aloneSession(id: string): SessionModel {
  return {
    id,
    stage: 'alone',
    turn: 0,
    line: 'none',
    accessLost: null,
    takeOver: NONE,
    patience: null,
    asked: null,
    handingTo: null,
  }
}

/** The tab's state after an event, and the effects. An event that comes too late changes nothing. */
export function step(session: SessionModel, event: SessionEvent): SessionStep {
  const { model, effects } = react(session, event)
  const shown = shownOf(model)
  const before = shownOf(session)
  const same = (Object.keys(shown) as (keyof Shown)[]).every(name => shown[name] === before[name])
  return { model, effects: same ? effects : [{ do: 'show', ...shown }, ...effects] }
}

const ACCESS: Readonly<Record<SessionModel['stage'], Shown['access']>> = {
  alone: 'owner',
  joining: 'waiting',
  following: 'read-only',
  taking: 'read-only',
  owning: 'owner',
  'handing-over': 'waiting',
  'handed-over': 'read-only',
  left: 'read-only',
}

function shownOf({ stage, accessLost, takeOver, asked }: SessionModel): Shown {
  return { access: ACCESS[stage], accessLost, takeOver, takeOverAsked: asked }
}

/** Whether the lock is this tab's to use: one that handed over only delays its release. */
function holds({ stage }: SessionModel): boolean {
  return stage === 'taking' || stage === 'owning' || stage === 'handing-over'
}

function react(session: SessionModel, event: SessionEvent): SessionStep {
  if (session.stage === 'left') {
    // A steal that was requested before it left.
    return next(session, {}, ...(event.kind === 'granted' ? [{ do: 'release' } as const] : []))
  }
  if (session.stage === 'alone') return event.kind === 'join' ? join(session) : next(session)
  switch (event.kind) {
    case 'join':
      return next(session)
    case 'granted':
      return granted(session, event.ready)
    case 'refused':
      return refused(session, event.message)
    case 'lost':
      return holds(session) ? lost(session, event.pendingWrites) : next(session)
    case 'heard':
      return heard(session, event)
    case 'timed-out':
      return timedOut(session, event.timer)
    case 'project-read':
      if (session.stage !== 'taking' || event.turn !== session.turn) return next(session)
      return own(session, { do: 'notify', tone: 'information', message: MAY_CHANGE })
    case 'all-saved':
      if (session.stage !== 'handing-over' || event.turn !== session.turn) return next(session)
      return handedOver(session)
    case 'not-saved':
      if (session.stage !== 'handing-over' || event.turn !== session.turn) return next(session)
      return keep(session, event.message)
    case 'ask':
      if (holds(session)) return next(session)
      return expecting(
        session,
        'answer',
        { takeOver: { status: 'asking', since: event.at } },
        post({ kind: 'ask', force: false, from: session.id }),
      )
    case 'withdraw':
      if (session.takeOver.status === 'none') return next(session)
      return expecting(session, null, NO_TAKE_OVER, post({ kind: 'withdrawn', from: session.id }))
    case 'take-anyway':
      if (holds(session)) return next(session)
      return expecting(
        session,
        'force',
        { takeOver: HANDING_OVER },
        post({ kind: 'ask', force: true, from: session.id }),
      )
    case 'answer':
      return answered(session, event.allow)
    case 'changed':
      return holds(session)
        ? next(session, {}, post({ kind: 'changed', patchIds: event.patchIds, from: session.id }))
        : next(session)
    case 'replaced':
      return next(session, {}, post({ kind: 'replaced', from: session.id }))
    case 'leave':
      return leave(session)
  }
}

const MAY_CHANGE = 'This tab can change the project now.'

const HANDING_OVER = { status: 'handing-over' } as const

/** One object, so that a tab that is read-only again shows nothing new. */
const NONE = { status: 'none' } as const

const NO_TAKE_OVER = { takeOver: NONE } as const

function next(
  session: SessionModel,
  change: Partial<SessionModel> = {},
  ...effects: SessionEffect[]
): SessionStep {
  return { model: { ...session, ...change }, effects }
}

function post(message: TabMessage): SessionEffect {
  return { do: 'post', message }
}

/** Changes and effects, with this timer running from now on instead of the one before. */
function expecting(
  session: SessionModel,
  patience: SessionModel['patience'],
  change: Partial<SessionModel> = {},
  ...effects: SessionEffect[]
): SessionStep {
  const timers: SessionEffect[] = []
  if (session.patience !== null) timers.push({ do: 'stop-timer', timer: session.patience })
  if (patience !== null) timers.push({ do: 'start-timer', timer: patience })
  return next(session, { ...change, patience }, ...effects, ...timers)
}

function join(session: SessionModel): SessionStep {
  return next(
    session,
    { stage: 'joining', line: 'queued' },
    { do: 'queue' },
    post({ kind: 'hello', from: session.id }),
    { do: 'start-timer', timer: 'join' },
  )
}

function granted(session: SessionModel, ready: boolean): SessionStep {
  if (session.stage !== 'joining' && session.stage !== 'following') return next(session)
  const turn = session.turn + 1
  const restart = { do: 'restart-writes' } as const
  const { model, effects } = expecting(session, null, { stage: 'taking', turn, line: 'none' }, restart)
  // Nothing is open in this tab yet that could be out of date.
  if (session.stage === 'joining') return own(model, ...effects, { do: 'stop-timer', timer: 'join' })
  if (ready) return { model, effects: [...effects, { do: 'read-project', turn }] }
  return own(model, ...effects, { do: 'notify', tone: 'information', message: MAY_CHANGE })
}

/** After a steal that failed the tab waits in the queue like the others. */
function refused(session: SessionModel, message: string): SessionStep {
  const notice: SessionEffect = { do: 'notify', tone: 'error', message }
  if (session.line !== 'stealing') return next(session, { line: 'none' }, notice)
  return expecting(session, null, { ...NO_TAKE_OVER, line: 'queued' }, notice, { do: 'queue' })
}

function own(session: SessionModel, ...effects: SessionEffect[]): SessionStep {
  const change = { stage: 'owning', accessLost: null, ...NO_TAKE_OVER } as const
  const here = post({ kind: 'here', from: session.id })
  const question: SessionEffect[] = session.asked ? [{ do: 'open-question' }] : []
  return next(session, change, ...effects, here, ...question)
}

/** Another tab took the project without asking: this one was frozen, or did not answer. */
function lost(session: SessionModel, pendingWrites: number): SessionStep {
  const accessLost =
    'Another tab took over the project while this one did not answer.' +
    (pendingWrites > 0 ? ' Changes that were not saved before are only in this tab.' : '')
  const effects: SessionEffect[] = [
    { do: 'halt-writes', reason: `${accessLost} Save a project archive here to keep your changes.` },
    { do: 'stop-jobs' },
  ]
  if (session.asked) effects.push({ do: 'close-question' })
  // Changes that exist only in this tab stay on screen until the person takes over here.
  if (pendingWrites === 0) effects.push({ do: 'reload', patchIds: 'all' }, { do: 'queue' })
  const line = pendingWrites === 0 ? 'queued' : 'none'
  const change = { stage: 'following', accessLost, line, asked: null, handingTo: null } as const
  return expecting(session, null, { ...change, ...NO_TAKE_OVER }, ...effects)
}

function heard(session: SessionModel, event: Extract<SessionEvent, { kind: 'heard' }>): SessionStep {
  const { message } = event
  if ('to' in message && message.to !== session.id) return next(session)
  switch (message.kind) {
    case 'hello':
      return holds(session) ? next(session, {}, post({ kind: 'here', from: session.id })) : next(session)
    case 'here':
      if (session.stage !== 'joining') return next(session)
      return next(session, { stage: 'following' }, { do: 'stop-timer', timer: 'join' })
    case 'ask':
      return askedFor(session, message, event.at)
    case 'withdrawn':
      if (session.asked?.by !== message.from) return next(session)
      return next(session, { asked: null }, { do: 'close-question' })
    case 'handing-over':
      if (holds(session) || session.takeOver.status === 'none') return next(session)
      return expecting(session, 'hand-over', { takeOver: HANDING_OVER })
    case 'handed-over':
      return holds(session) ? next(session) : steal(session)
    case 'denied':
      if (holds(session) || session.takeOver.status === 'none') return next(session)
      return expecting(session, null, { takeOver: { status: 'denied', reason: message.reason } })
    case 'replaced':
      return holds(session) ? next(session) : next(session, {}, { do: 'reopen' })
    case 'changed': {
      const follows = session.stage === 'following' || session.stage === 'handed-over'
      // A tab whose own changes wait unsaved shows those.
      if (!follows || !event.ready || event.unsaved) return next(session)
      return next(session, {}, { do: 'reload', patchIds: message.patchIds })
    }
  }
}

function askedFor(
  session: SessionModel,
  { from, force }: Extract<TabMessage, { kind: 'ask' }>,
  at: number,
): SessionStep {
  if (session.stage === 'handing-over' && from !== session.handingTo) {
    return next(session, {}, deny(session, from, 'The project is being handed over to a third tab.'))
  }
  if (force) return session.stage === 'owning' ? handOver(session, from) : next(session)
  if (session.stage !== 'owning' && session.stage !== 'taking') return next(session)
  // Otherwise the question opens once this tab has read the project.
  const question: SessionEffect[] = session.stage === 'owning' ? [{ do: 'open-question' }] : []
  return next(session, { asked: { by: from, at } }, ...denyOther(session, from), ...question)
}

function deny(session: SessionModel, to: string, reason: string): SessionEffect {
  return post({ kind: 'denied', to, reason, from: session.id })
}

/** Tells the tab that asked before that another one asked after it. */
function denyOther({ id, asked }: SessionModel, from: string): SessionEffect[] {
  if (asked === null || asked.by === from) return []
  return [
    post({ kind: 'denied', to: asked.by, reason: 'A third tab asked for the project as well.', from: id }),
  ]
}

function answered(session: SessionModel, allow: boolean): SessionStep {
  const { asked, stage } = session
  if (!asked || stage !== 'owning') return next(session)
  if (allow) return handOver(session, asked.by)
  const reason = 'The person at the other tab keeps the project there.'
  return next(session, { asked: null }, deny(session, asked.by, reason), { do: 'close-question' })
}

function handOver(session: SessionModel, to: string): SessionStep {
  return next(
    session,
    { stage: 'handing-over', handingTo: to, asked: null },
    post({ kind: 'handing-over', to, from: session.id }),
    ...denyOther(session, to),
    { do: 'close-dialogs' },
    { do: 'save-all', turn: session.turn },
  )
}

function handedOver(session: SessionModel): SessionStep {
  const to = session.handingTo!
  return next(
    session,
    { stage: 'handed-over', handingTo: null },
    { do: 'halt-writes', reason: 'Another tab has the project.' },
    post({ kind: 'handed-over', to, from: session.id }),
    { do: 'start-timer', timer: 'head-start' },
  )
}

/** The project stays in this tab, since its changes cannot be saved. */
function keep(session: SessionModel, message: string): SessionStep {
  return next(
    session,
    { stage: 'owning', handingTo: null },
    deny(session, session.handingTo!, `The other tab has changes that cannot be saved: ${message}`),
    {
      do: 'notify',
      tone: 'error',
      message: `The project stays in this tab, since its changes are not saved: ${message}`,
    },
  )
}

function steal(session: SessionModel): SessionStep {
  const effects: SessionEffect[] = []
  if (session.stage === 'joining') effects.push({ do: 'stop-timer', timer: 'join' })
  if (session.stage === 'handed-over') effects.push({ do: 'stop-timer', timer: 'head-start' })
  if (session.line === 'queued') effects.push({ do: 'leave-queue' })
  return expecting(session, null, { stage: 'following', line: 'stealing' }, ...effects, { do: 'steal' })
}

function timedOut(session: SessionModel, timer: SessionTimer): SessionStep {
  if (timer === 'join') {
    // Neither the lock nor a message: the tab that has it is frozen.
    return session.stage === 'joining' ? next(session, { stage: 'following' }) : next(session)
  }
  if (timer === 'head-start') {
    if (session.stage !== 'handed-over') return next(session)
    // If the tab that asked has died meanwhile, the next one in the queue gets the project.
    return next(session, { stage: 'following', line: 'queued' }, { do: 'release' }, { do: 'queue' })
  }
  if (timer !== session.patience) return next(session)
  const ended = { ...session, patience: null }
  return timer === 'force' ? steal(ended) : next(ended, { takeOver: { status: 'unanswered' } })
}

function leave(session: SessionModel): SessionStep {
  const effects: SessionEffect[] = []
  if (session.stage === 'joining') effects.push({ do: 'stop-timer', timer: 'join' })
  if (session.stage === 'handed-over') effects.push({ do: 'stop-timer', timer: 'head-start' })
  if (session.line === 'queued') effects.push({ do: 'leave-queue' })
  if (session.asked) effects.push({ do: 'close-question' })
  if (holds(session) || session.stage === 'handed-over') effects.push({ do: 'release' })
  return expecting(session, null, { stage: 'left', line: 'none', asked: null, handingTo: null }, ...effects)
}
