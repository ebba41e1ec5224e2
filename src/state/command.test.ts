import { expect, test } from 'vitest'
import type { PatchRecord } from '../core/review/records'
import { isAvailable, whyOff } from './command'
import { commandById } from './commandList'
import { initialStudioState, type StudioState } from './studioState'

const patch = (hasLabel: boolean) => ({ id: 'p', name: 'p', hasLabel }) as PatchRecord
const ready: StudioState = { ...initialStudioState, phase: 'ready', patches: [patch(false)], selectedId: 'p' }

test('a command that may run has no reason, and one that may not always has', () => {
  expect(whyOff(ready, commandById('accept'))).toBeNull()
  expect(isAvailable(ready, commandById('accept'))).toBe(true)
  expect(whyOff({ ...ready, patches: [], selectedId: null }, commandById('accept'))).toMatch(/no patches yet/)
  expect(whyOff({ ...ready, patches: [patch(true)] }, commandById('accept'))).toMatch(/reference/)
  expect(whyOff(ready, commandById('undo'))).toMatch(/nothing to undo/)
  expect(whyOff(ready, commandById('start-round'))).toMatch(/engine is still starting/)
})

test('a tab that may only read refuses what changes the project, and nothing else', () => {
  const reading: StudioState = { ...ready, access: 'read-only' }
  expect(isAvailable(reading, commandById('open-files'))).toBe(false)
  expect(whyOff(reading, commandById('open-files'))).toMatch(/read-only/)
  expect(isAvailable(reading, commandById('theme-dark'))).toBe(true)
})
