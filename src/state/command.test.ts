import { expect, test } from 'vitest'
import type { PatchRecord } from '../core/review/records'
import { isAvailable, whyOff } from './command'
import { commandById } from './commandList'
import { initialStudioState, type StudioState, withChange } from './studioState'

const patch = (hasLabel: boolean) => ({ id: 'p', name: 'p', hasLabel }) as PatchRecord
const ready: StudioState = withChange(initialStudioState, {
  session: { phase: 'ready' },
  patches: { list: [patch(false)] },
  view: { selectedId: 'p' },
})

test('a command that may run has no reason, and one that may not always has', () => {
  expect(whyOff(ready, commandById('accept'))).toBeNull()
  expect(isAvailable(ready, commandById('accept'))).toBe(true)
  expect(
    whyOff(withChange(ready, { patches: { list: [] }, view: { selectedId: null } }), commandById('accept')),
  ).toMatch(/No patches yet/)
  expect(whyOff(withChange(ready, { patches: { list: [patch(true)] } }), commandById('accept'))).toMatch(
    /not reviewed/,
  )
  expect(whyOff(ready, commandById('undo'))).toMatch(/nothing to undo/)
  expect(whyOff(ready, commandById('start-round'))).toMatch(/engine is still starting/)
})

test('a tab that may only read refuses what changes the project, and nothing else', () => {
  const reading: StudioState = withChange(ready, { session: { access: 'read-only' } })
  expect(isAvailable(reading, commandById('open-files'))).toBe(false)
  expect(whyOff(reading, commandById('open-files'))).toMatch(/read-only/)
  expect(isAvailable(reading, commandById('theme-dark'))).toBe(true)
})
