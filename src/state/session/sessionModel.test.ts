import { describe, expect, test } from 'vitest'
import {
  aloneSession,
  type SessionEffect,
  type SessionEvent,
  type SessionModel,
  type SessionTimer,
  step,
} from './sessionModel'
import type { TabMessage } from './tabs'

type Words = TabMessage extends infer Message
  ? Message extends { from: string }
    ? Omit<Message, 'from'>
    : never
  : never

const hear = (
  from: string,
  words: Words,
  seen: { ready?: boolean; unsaved?: boolean } = {},
): SessionEvent => ({
  kind: 'heard',
  message: { ...words, from } as TabMessage,
  at: 7,
  ready: true,
  unsaved: false,
  ...seen,
})

/** An effect in a few words: "post ask", "start answer", "show read-only asking". */
function inWords(effect: SessionEffect): string {
  switch (effect.do) {
    case 'show': {
      const { access, accessLost, takeOver, takeOverAsked } = effect
      const parts = [
        access,
        takeOver.status,
        takeOverAsked && `asked by ${takeOverAsked.by}`,
        accessLost && 'lost',
      ]
      return `show ${parts.filter(part => part && part !== 'none').join(' ')}`
    }
    case 'post': {
      const { message } = effect
      const parts = [
        message.kind,
        'force' in message && message.force && 'force',
        'to' in message && `to ${message.to}`,
      ]
      return `post ${parts.filter(Boolean).join(' ')}`
    }
    case 'start-timer':
      return `start ${effect.timer}`
    case 'stop-timer':
      return `stop ${effect.timer}`
    case 'reload':
      return `reload ${effect.patchIds === 'all' ? 'all' : effect.patchIds.join()}`
    case 'save-all':
    case 'read-project':
      return `${effect.do} ${effect.turn}`
    case 'notify':
      return `notify ${effect.tone}`
    default:
      return effect.do
  }
}

/** The tab after these events, and what the last of them has done. */
function play(events: readonly SessionEvent[], from: SessionModel = aloneSession('me')) {
  let model = from
  let effects: SessionEffect[] = []
  for (const event of events) ({ model, effects } = step(model, event))
  return { model, effects, done: effects.map(inWords) }
}

const join: SessionEvent = { kind: 'join' }
const granted: SessionEvent = { kind: 'granted', ready: true }
const here = hear('first', { kind: 'here' })
const lost: SessionEvent = { kind: 'lost', pendingWrites: 0 }
const leave: SessionEvent = { kind: 'leave' }
const withdraw: SessionEvent = { kind: 'withdraw' }
const takeAnyway: SessionEvent = { kind: 'take-anyway' }
const ask: SessionEvent = { kind: 'ask', at: 5 }
const answer = (allow: boolean): SessionEvent => ({ kind: 'answer', allow })
const timedOut = (timer: SessionTimer): SessionEvent => ({ kind: 'timed-out', timer })
const allSaved = (turn: number): SessionEvent => ({ kind: 'all-saved', turn })
const notSaved = (turn: number): SessionEvent => ({ kind: 'not-saved', turn, message: 'The disk is full.' })
const projectRead = (turn: number): SessionEvent => ({ kind: 'project-read', turn })
const askedBy = (from: string, force = false) => hear(from, { kind: 'ask', force })

const owning = play([join, granted]).model
const following = play([join, here]).model
const taking = play([granted], following).model
const handingOver = play([askedBy('second'), answer(true)], owning).model
const handedOver = play([allSaved(1)], handingOver).model
const asking = play([ask], following).model

describe('the start', () => {
  test('a tab waits for the lock, greets the others and gives them a moment', () => {
    expect(play([join]).done).toEqual(['show waiting', 'queue', 'post hello', 'start join'])
  })

  test('the lock makes it the owner at once; it has read nothing that could be out of date', () => {
    expect(play([join, granted]).done).toEqual(['show owner', 'restart-writes', 'stop join', 'post here'])
  })

  test('a message of the owner makes it follow', () => {
    expect(play([join, here]).done).toEqual(['show read-only', 'stop join'])
    expect(following).toMatchObject({ stage: 'following', line: 'queued' })
  })

  test('neither the lock nor a message: the tab that has it is frozen, and this one follows', () => {
    expect(play([join, timedOut('join')]).done).toEqual(['show read-only'])
    expect(play([timedOut('join')], owning).done).toEqual([])
  })

  test('nothing happens to a tab before it joins, and it joins once', () => {
    const alone = aloneSession('me')
    for (const event of [granted, here, lost, ask, leave]) expect(play([event]).model).toEqual(alone)
    expect(play([join], owning).done).toEqual([])
  })

  test('a lock that cannot be had is reported', () => {
    expect(play([join, { kind: 'refused', message: 'No.' }]).done).toEqual(['notify error'])
  })
})

describe('the owner', () => {
  test('answers a greeting and tells of its changes and of another project', () => {
    expect(play([hear('new', { kind: 'hello' })], owning).done).toEqual(['post here'])
    expect(play([{ kind: 'changed', patchIds: ['p'] }], owning).effects).toEqual([
      { do: 'post', message: { kind: 'changed', patchIds: ['p'], from: 'me' } },
    ])
    expect(play([{ kind: 'replaced' }], owning).done).toEqual(['post replaced'])
  })

  test('ignores what is meant for tabs that follow', () => {
    const words: Words[] = [
      { kind: 'here' },
      { kind: 'changed', patchIds: ['p'] },
      { kind: 'replaced' },
      { kind: 'handing-over', to: 'me' },
      { kind: 'handed-over', to: 'me' },
      { kind: 'denied', to: 'me', reason: 'No.' },
    ]
    for (const said of words)
      expect(play([hear('second', said)], owning)).toMatchObject({ model: owning, done: [] })
    for (const event of [ask, takeAnyway, withdraw]) expect(play([event], owning).done).toEqual([])
  })

  test('is asked, and the question goes when it is withdrawn by the tab that asked', () => {
    const asked = play([askedBy('second')], owning)
    expect(asked.done).toEqual(['show owner asked by second', 'open-question'])
    expect(asked.model.asked).toEqual({ by: 'second', at: 7 })
    expect(play([hear('third', { kind: 'withdrawn' })], asked.model).done).toEqual([])
    expect(play([hear('second', { kind: 'withdrawn' })], asked.model).done).toEqual([
      'show owner',
      'close-question',
    ])
  })

  test('says no', () => {
    const { model, done } = play([askedBy('second'), answer(false)], owning)
    expect(done).toEqual(['show owner', 'post denied to second', 'close-question'])
    expect(model).toEqual(owning)
    expect(play([answer(false)], owning).done).toEqual([])
    expect(play([answer(true)], owning).done).toEqual([])
  })

  test('says yes: stops and saves everything, then gives the project up with a head start for the tab that asked', () => {
    expect(play([askedBy('second'), answer(true)], owning).done).toEqual([
      'show waiting',
      'post handing-over to second',
      'close-dialogs',
      'save-all 1',
    ])
    expect(play([allSaved(1)], handingOver).done).toEqual([
      'show read-only',
      'halt-writes',
      'post handed-over to second',
      'start head-start',
    ])
    const given = play([timedOut('head-start')], handedOver)
    expect(given.done).toEqual(['release', 'queue'])
    expect(given.model).toMatchObject({ stage: 'following', line: 'queued', accessLost: null })
    expect(play([timedOut('head-start')], given.model).done).toEqual([])
  })

  test('keeps the project where changes cannot be saved', () => {
    const { model, effects, done } = play([notSaved(1)], handingOver)
    expect(done).toEqual(['show owner', 'post denied to second', 'notify error'])
    expect(effects[1]).toMatchObject({ message: { reason: expect.stringContaining('The disk is full.') } })
    expect(model).toEqual(owning)
  })

  test('hands over unasked when it is forced to', () => {
    expect(play([askedBy('second', true)], owning)).toMatchObject({ model: handingOver })
  })

  test('two tabs ask at once: the later is offered the project, the earlier is refused', () => {
    const { model, done } = play([askedBy('second'), askedBy('third')], owning)
    expect(done).toEqual(['show owner asked by third', 'post denied to second', 'open-question'])
    expect(play([answer(true)], model).done).toContain('post handing-over to third')
    expect(play([askedBy('third')], model).done).not.toContain('post denied to third')
    expect(play([askedBy('second', true)], model).done).toEqual([
      'show waiting',
      'post handing-over to second',
      'post denied to third',
      'close-dialogs',
      'save-all 1',
    ])
  })

  test('while it hands over, another tab is refused and the same one waits', () => {
    expect(play([askedBy('third')], handingOver).done).toEqual(['post denied to third'])
    expect(play([askedBy('third', true)], handingOver).done).toEqual(['post denied to third'])
    expect(play([askedBy('second', true)], handingOver).done).toEqual([])
    expect(play([hear('new', { kind: 'hello' })], handingOver).done).toEqual(['post here'])
  })

  test('a frozen one that wakes without the lock is read-only, and follows if it has nothing unsaved', () => {
    const { model, effects, done } = play([lost], owning)
    expect(done).toEqual(['show read-only lost', 'halt-writes', 'stop-jobs', 'reload all', 'queue'])
    expect(effects[1]).toMatchObject({ reason: expect.not.stringContaining('not saved') })
    expect(model).toMatchObject({ stage: 'following', line: 'queued' })
    expect(play([lost], model).done).toEqual([])
  })

  test('one that lost it with changes unsaved keeps showing those until a person takes over', () => {
    const { model, effects, done } = play([{ kind: 'lost', pendingWrites: 2 }], owning)
    expect(done).toEqual(['show read-only lost', 'halt-writes', 'stop-jobs'])
    expect(effects[1]).toMatchObject({ reason: expect.stringContaining('only in this tab') })
    expect(model).toMatchObject({ stage: 'following', line: 'none' })
    const again = play(
      [ask, hear('second', { kind: 'handed-over', to: 'me' }), granted, projectRead(2)],
      model,
    )
    expect(again.model).toMatchObject({ stage: 'owning', accessLost: null })
  })

  test('one that loses it with the question open closes that', () => {
    const { model, done } = play([askedBy('second'), lost], owning)
    expect(done).toContain('close-question')
    expect(model.asked).toBeNull()
  })

  test('one that loses it while handing over does not become the owner when saving ends', () => {
    const { model } = play([lost], handingOver)
    for (const end of [allSaved(1), notSaved(1)]) {
      expect(play([end], model)).toMatchObject({ model, done: [] })
    }
    // The same of a later turn, with another hand-over.
    const later = play([granted, projectRead(2), askedBy('third', true)], model).model
    expect(later).toMatchObject({ stage: 'handing-over', turn: 2 })
    expect(play([allSaved(1)], later).done).toEqual([])
    expect(play([allSaved(2)], later).done).toContain('post handed-over to third')
  })
})

describe('a tab that follows', () => {
  test('reads again what changed, once its own project is open and nothing of its own waits unsaved', () => {
    const changed: Words = { kind: 'changed', patchIds: ['p', 'q'] }
    expect(play([hear('first', changed)], following).done).toEqual(['reload p,q'])
    expect(play([hear('first', changed)], handedOver).done).toEqual(['reload p,q'])
    expect(play([hear('first', changed, { ready: false })], following).done).toEqual([])
    expect(play([hear('first', changed, { unsaved: true })], following).done).toEqual([])
    expect(play([join, hear('first', changed)]).done).toEqual([])
    expect(play([hear('first', { kind: 'replaced' })], following).done).toEqual(['reopen'])
  })

  test('neither tells of changes nor answers for the project', () => {
    const events: SessionEvent[] = [
      { kind: 'changed', patchIds: [] },
      hear('new', { kind: 'hello' }),
      here,
      askedBy('third'),
      askedBy('third', true),
      answer(true),
      allSaved(0),
      projectRead(0),
      withdraw,
    ]
    for (const event of events) {
      expect(play([event], following)).toMatchObject({ model: following, done: [] })
    }
  })

  test('gets the project when the tabs before it are gone, and reads it before it may change it', () => {
    expect(play([granted], following).done).toEqual(['restart-writes', 'read-project 1'])
    expect(play([projectRead(1)], taking).done).toEqual(['show owner', 'notify information', 'post here'])
    expect(play([{ kind: 'granted', ready: false }], following).done).toEqual([
      'show owner',
      'restart-writes',
      'notify information',
      'post here',
    ])
  })

  test('asked while it still reads, it puts the question afterwards', () => {
    expect(play([askedBy('third')], taking).done).not.toContain('open-question')
    expect(play([askedBy('third'), answer(true)], taking).done).toEqual([])
    expect(play([askedBy('third'), projectRead(1)], taking).done).toContain('open-question')
    expect(play([askedBy('third', true)], taking).done).toEqual([])
  })

  test('loses it again while it reads: what was read then does not make it the owner', () => {
    const { model, done } = play([lost], taking)
    expect(done).toContain('show read-only lost')
    expect(play([projectRead(1)], model)).toMatchObject({ model, done: [] })
    const again = play([granted], model).model
    expect(play([projectRead(1)], again).done).toEqual([])
    expect(play([projectRead(2)], again).model.stage).toBe('owning')
  })
})

describe('a take-over', () => {
  const handingToMe = hear('first', { kind: 'handing-over', to: 'me' })
  const handedToMe = hear('first', { kind: 'handed-over', to: 'me' })
  const deniedMe = hear('first', { kind: 'denied', to: 'me', reason: 'No.' })
  const unanswered = play([timedOut('answer')], asking).model

  test('is asked for, agreed to and done', () => {
    expect(play([ask], following).done).toEqual(['show read-only asking', 'post ask', 'start answer'])
    const agreed = play([handingToMe], asking)
    expect(agreed.done).toEqual(['show read-only handing-over', 'stop answer', 'start hand-over'])
    const taken = play([handedToMe], agreed.model)
    expect(taken.done).toEqual(['leave-queue', 'steal', 'stop hand-over'])
    expect(play([granted], taken.model).done).toEqual(['restart-writes', 'read-project 1'])
    expect(play([granted, projectRead(1)], taken.model).model).toMatchObject({
      stage: 'owning',
      line: 'none',
      takeOver: { status: 'none' },
    })
  })

  test('is denied, and may be asked for again', () => {
    const denied = play([deniedMe], asking)
    expect(denied.done).toEqual(['show read-only denied', 'stop answer'])
    expect(denied.model.takeOver).toEqual({ status: 'denied', reason: 'No.' })
    expect(play([ask], denied.model).model.takeOver.status).toBe('asking')
  })

  test('is withdrawn; answers that cross it change nothing, but for a project that is already given', () => {
    const { model, done } = play([withdraw], asking)
    expect(done).toEqual(['show read-only', 'post withdrawn', 'stop answer'])
    expect(model).toEqual(following)
    for (const late of [deniedMe, handingToMe, timedOut('answer')])
      expect(play([late], model).done).toEqual([])
    expect(play([handedToMe], model).done).toEqual(['leave-queue', 'steal'])
  })

  test('is not answered, and then forced: the other tab has its time, after which the project is taken', () => {
    expect(play([timedOut('answer')], asking).done).toEqual(['show read-only unanswered'])
    const forced = play([takeAnyway], unanswered)
    expect(forced.done).toEqual(['show read-only handing-over', 'post ask force', 'start force'])
    expect(play([timedOut('force')], forced.model).done).toEqual(['leave-queue', 'steal'])
    // It was only slow.
    expect(play([handingToMe], forced.model).done).toEqual(['stop force', 'start hand-over'])
    expect(play([handingToMe, timedOut('force')], forced.model).done).toEqual([])
  })

  test('is answered late, and then not carried out', () => {
    expect(play([handingToMe, timedOut('hand-over')], unanswered).done).toEqual(['show read-only unanswered'])
    expect(play([deniedMe], unanswered).model.takeOver.status).toBe('denied')
  })

  test('that another tab asked for is not this one’s', () => {
    for (const kind of ['handing-over', 'handed-over'] as const) {
      expect(play([hear('first', { kind, to: 'third' })], asking).done).toEqual([])
    }
    expect(play([hear('first', { kind: 'denied', to: 'third', reason: 'No.' })], asking).done).toEqual([])
  })

  test('by which the lock is refused leaves the tab in the queue', () => {
    const { model, done } = play([handedToMe, { kind: 'refused', message: 'No.' }], asking)
    expect(done).toEqual(['show read-only', 'notify error', 'queue'])
    expect(model).toMatchObject({ stage: 'following', line: 'queued', takeOver: { status: 'none' } })
  })

  test('ends when the queue brings the project first', () => {
    expect(play([granted], asking).done).toEqual(['restart-writes', 'stop answer', 'read-project 1'])
    expect(play([granted, timedOut('answer')], asking).done).toEqual([])
    expect(play([granted, deniedMe], asking).done).toEqual([])
    // A second grant, of the steal that was on its way.
    expect(play([granted, granted], asking).done).toEqual([])
  })

  test('goes straight back to the tab that gave the project a moment ago', () => {
    const back = hear('second', { kind: 'handed-over', to: 'me' })
    expect(play([back], handedOver).done).toEqual(['stop head-start', 'steal'])
    expect(play([back, timedOut('head-start')], handedOver).done).toEqual([])
  })

  test('a tab that has just handed over may ask for the project again, and does not count as having lost it', () => {
    expect(play([ask], handedOver).done).toEqual(['show read-only asking', 'post ask', 'start answer'])
    expect(play([lost], handedOver)).toMatchObject({ model: handedOver, done: [] })
  })
})

describe('leaving', () => {
  test('gives back what the tab has, from any state', () => {
    const left = (model: SessionModel) => play([leave], model).done.filter(done => !done.startsWith('show'))
    expect(left(play([join]).model)).toEqual(['stop join', 'leave-queue'])
    expect(left(following)).toEqual(['leave-queue'])
    expect(left(asking)).toEqual(['leave-queue', 'stop answer'])
    expect(left(taking)).toEqual(['release'])
    expect(left(owning)).toEqual(['release'])
    expect(left(handingOver)).toEqual(['release'])
    expect(left(play([askedBy('second')], owning).model)).toEqual(['close-question', 'release'])
    expect(left(handedOver)).toEqual(['stop head-start', 'release'])
  })

  test('is for good: what still comes changes nothing, and a lock that still comes goes back', () => {
    for (const before of [following, asking, taking, owning, handingOver, handedOver]) {
      const { model } = play([leave], before)
      for (const event of [
        allSaved(1),
        notSaved(1),
        projectRead(1),
        lost,
        askedBy('x'),
        ask,
        timedOut('head-start'),
      ]) {
        expect(play([event], model)).toMatchObject({ model, done: [] })
      }
      expect(play([granted], model)).toMatchObject({ model, done: ['release'] })
    }
  })
})
