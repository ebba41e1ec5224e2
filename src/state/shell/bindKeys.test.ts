import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { eventually } from '../../core/foundation/eventually.testing'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import { bindKeys } from './bindKeys'

let studio: Studio
let target: EventTarget

beforeEach(() => {
  // Node has no elements: no key here is pressed on one.
  vi.stubGlobal('Element', class {})
  studio = openStudio(emptyDisk([patchRecord('1'), patchRecord('2')]))
  target = new EventTarget()
  bindKeys(target as Window, studio)
})

afterEach(() => {
  studio.close()
  vi.unstubAllGlobals()
})

function press(key: string, code: string, held: { ctrlKey?: boolean; repeat?: boolean } = {}): Event {
  const event = new Event('keydown', { cancelable: true })
  const modifiers = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, repeat: false }
  Object.assign(event, { key, code, getModifierState: () => false, ...modifiers, ...held })
  target.dispatchEvent(event)
  return event
}

test('a key pressed while the project opens runs once it is open, and not in the browser instead', async () => {
  expect(studio.store.getState().session.phase).toBe('opening')
  // The browser would open a file over the studio.
  expect(press('o', 'KeyO', { ctrlKey: true }).defaultPrevented).toBe(true)
  press('o', 'KeyO', { ctrlKey: true, repeat: true })
  press('j', 'KeyJ')
  expect(studio.store.getState().shell.pickRequest).toBeNull()
  await openProject(studio)
  expect(studio.store.getState()).toMatchObject({
    shell: { pickRequest: { kind: 'files', serial: 1 } },
    view: { selectedId: '2' },
  })
})

test('what needs no project runs at once', () => {
  press('k', 'KeyK', { ctrlKey: true })
  expect(studio.store.getState().shell.dialog).toBe('palette')
})

test('no verdict is given to a patch before it is on screen', async () => {
  expect(press('a', 'KeyA').defaultPrevented).toBe(true)
  await openProject(studio)
  expect(studio.store.getState().review.history).toEqual([])
  // Pressed once more, with the patch on screen, it counts.
  press('a', 'KeyA')
  await eventually(() => expect(studio.store.getState().review.history).toHaveLength(1))
})

test('a key that cannot change anything now says why', async () => {
  await openProject(studio)
  const said = () => studio.store.getState().shell.notices.map(({ message }) => message)
  press('z', 'KeyZ', { ctrlKey: true })
  expect(said()).toEqual(['There is nothing to undo.'])
  press('j', 'KeyJ')
  press('a', 'KeyA')
  expect(said().at(-1)).toContain('still loading')
  expect(studio.store.getState().review.history).toEqual([])
})
