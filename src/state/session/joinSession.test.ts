import { beforeEach, expect, test } from 'vitest'
import { AppError } from '../../core/foundation/appError'
import { eventually } from '../../core/foundation/eventually.testing'
import { sceneFixture } from '../../core/review/records.testing'
import { readPatches } from '../patches/actions'
import { appendStep } from '../review/history'
import { setThreshold } from '../review/threshold'
import type { Studio } from '../studio'
import { type Disk, emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { joinSession } from './joinSession'
import { openProject, reopenProject } from './openProject'
import { canChange } from './selectors'
import { tabHub } from './tabs.testing'

const TIMES = { joinMs: 40, answerMs: 60, forceMs: 40, handOverMs: 1000 }

let disk: Disk
let hub: ReturnType<typeof tabHub>

beforeEach(() => {
  disk = emptyDisk([patchRecord('t1')])
  hub = tabHub()
})

async function tab(id: string): Promise<Studio> {
  const studio = openStudio(disk)
  await joinSession(studio, hub.tab(id), TIMES)
  await openProject(studio)
  return studio
}

const access = (studio: Studio) => studio.store.getState().session.access
const stroke = (studio: Studio) =>
  appendStep(
    studio,
    {
      kind: 'stroke',
      patchId: 't1',
      diff: {
        start: Uint32Array.of(0),
        length: Uint32Array.of(1),
        before: Uint8Array.of(0),
        after: Uint8Array.of(1),
      },
    },
    new Uint8Array(64).fill(1),
  )
const steps = (studio: Studio) => studio.store.getState().review.history.length

test('the second tab is read-only, refuses changes, and follows the first', async () => {
  const first = await tab('first')
  const second = await tab('second')
  expect([access(first), access(second)]).toEqual(['owner', 'read-only'])
  stroke(second)
  expect(steps(second)).toBe(0)
  expect(second.store.getState().shell.notices.at(-1)?.message).toContain('Take over here')
  stroke(first)
  await eventually(() => expect(steps(second)).toBe(1))
  expect(second.pixels.masks.get('t1')?.[63]).toBe(1)
})

test('the first tab is asked; with its consent the second takes over, reads what was written, and both go on', async () => {
  const first = await tab('first')
  const second = await tab('second')
  stroke(first)
  second.session?.ask()
  await eventually(() => expect(first.store.getState().session.takeOverAsked?.by).toBe('second'))
  expect(first.store.getState().shell.dialog).toBe('take-over')
  await first.session?.answer(true)
  await eventually(() => expect(access(second)).toBe('owner'))
  expect([access(first), hub.holder(), steps(second)]).toEqual(['read-only', 'second', 1])
  stroke(second)
  await eventually(() => expect(steps(first)).toBe(2))
  expect(canChange(first.store.getState())).toBe(false)
})

test('a scene that the first tab adds is known in the second', async () => {
  const first = await tab('first')
  const second = await tab('second')
  disk.scenes = [sceneFixture()]
  await readPatches(first)
  await eventually(() => expect(second.store.getState().scenes.list.map(({ id }) => id)).toEqual(['scene_1']))
})

test('a refusal is reported, and the project stays', async () => {
  const first = await tab('first')
  const second = await tab('second')
  second.session?.ask()
  await eventually(() => expect(first.store.getState().session.takeOverAsked).not.toBeNull())
  await first.session?.answer(false)
  await eventually(() => expect(second.store.getState().session.takeOver.status).toBe('denied'))
  expect(access(first)).toBe('owner')
})

test('a tab that closes leaves the project to the next', async () => {
  const first = await tab('first')
  const second = await tab('second')
  stroke(first)
  await first.writes.settled()
  first.session?.leave()
  await eventually(() => expect(access(second)).toBe('owner'))
  expect(steps(second)).toBe(1)
})

test('a frozen tab is passed over after its time, and writes nothing when it wakes', async () => {
  const first = await tab('first')
  const second = await tab('second')
  hub.freeze('first')
  second.session?.ask()
  await eventually(() => expect(second.store.getState().session.takeOver.status).toBe('unanswered'))
  second.session?.takeAnyway()
  // Awake just before it hears that the project was taken.
  stroke(first)
  await eventually(() => expect(access(second)).toBe('owner'))
  await eventually(() => expect(access(first)).toBe('read-only'))
  expect(first.store.getState().session.accessLost).toContain('did not answer')
  stroke(second)
  await second.writes.settled()
  const written = disk.history.size
  stroke(first)
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(disk.history.size).toBe(written)
})

test('changes that cannot be saved keep the project where they are', async () => {
  const first = await tab('first')
  const second = await tab('second')
  first.storage.writeMask = () => Promise.reject(new AppError('storage-full', 'The disk is full.'))
  stroke(first)
  second.session?.ask()
  await eventually(() => expect(first.store.getState().session.takeOverAsked).not.toBeNull())
  await first.session?.answer(true)
  await eventually(() => expect(second.store.getState().session.takeOver.status).toBe('denied'))
  expect(access(first)).toBe('owner')
  expect(first.store.getState().session.unsaved?.changes).toBeGreaterThan(0)
})

/** Takes the project without asking, as a tab does after no answer. */
const steal = () => hub.tab('thief').acquire({ steal: true })

test('a tab that loses the project while it hands over, with changes unsaved, does not become its owner again', async () => {
  const first = await tab('first')
  const second = await tab('second')
  first.storage.writeMask = () => new Promise(() => undefined)
  stroke(first)
  second.session?.ask()
  await eventually(() => expect(first.store.getState().session.takeOverAsked).not.toBeNull())
  void first.session?.answer(true)
  await eventually(() => expect(second.store.getState().session.takeOver.status).toBe('handing-over'))
  await steal()
  await eventually(() => expect(first.store.getState().session.accessLost).not.toBeNull())
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(access(first)).toBe('read-only')
})

test('a tab that loses the project while it is asked closes the question', async () => {
  const first = await tab('first')
  const second = await tab('second')
  second.session?.ask()
  await eventually(() => expect(first.store.getState().shell.dialog).toBe('take-over'))
  await steal()
  await eventually(() => expect(access(first)).toBe('read-only'))
  expect(first.store.getState().shell.dialog).toBeNull()
})

test('a tab that gets the project while it opens another one that replaced it has it in the end', async () => {
  const first = await tab('first')
  const second = await tab('second')
  let open: (() => void) | null = null
  for (const worker of [second.files, second.engine]) worker.restart = () => undefined
  second.reopenStorage = () =>
    new Promise(resolve => {
      open = resolve
    })
  first.session?.replaced()
  await eventually(() => expect(open).not.toBeNull())
  first.session?.leave()
  await eventually(() => expect(hub.holder()).toBe('second'))
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(canChange(second.store.getState())).toBe(false)
  open!()
  await eventually(() => expect(access(second)).toBe('owner'))
  await new Promise(resolve => setTimeout(resolve, 20))
  expect([access(second), canChange(second.store.getState())]).toEqual(['owner', true])
})

test('nothing can be changed while the owner opens another project', async () => {
  const first = await tab('first')
  let open = () => {}
  for (const worker of [first.files, first.engine]) worker.restart = () => undefined
  first.reopenStorage = () =>
    new Promise(resolve => {
      open = resolve
    })
  const done = reopenProject(first)
  stroke(first)
  expect(steps(first)).toBe(0)
  open()
  await done
  stroke(first)
  expect([access(first), steps(first)]).toEqual(['owner', 1])
})

test('a tab that leaves in the middle of a hand-over gives the project up for good', async () => {
  const first = await tab('first')
  const second = await tab('second')
  second.session?.ask()
  await eventually(() => expect(first.store.getState().session.takeOverAsked).not.toBeNull())
  void first.session?.answer(true)
  first.session?.leave()
  await eventually(() => expect(access(second)).toBe('owner'))
  await new Promise(resolve => setTimeout(resolve, 400))
  second.session?.leave()
  await new Promise(resolve => setTimeout(resolve, 20))
  expect(hub.holder()).toBeNull()
})

test('a studio that closes leaves the project to the next and no timer behind', async () => {
  const first = await tab('first')
  const second = await tab('second')
  stroke(first)
  setThreshold(first, 0.7)
  await first.writes.settled()
  first.close()
  await eventually(() => expect(access(second)).toBe('owner'))
  await new Promise(resolve => setTimeout(resolve, 200))
  expect(disk.threshold).toBe(0.5)
  expect(first.session).toBeNull()
})
