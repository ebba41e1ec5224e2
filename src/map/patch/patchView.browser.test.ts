import { afterEach, beforeEach, expect, test } from 'vitest'
import { chooseTool, setBrushRadius } from '../../state/edit/actions'
import { crosshairOf } from '../../state/edit/tools'
import { showMask } from '../../state/review/masks'
import { openProject } from '../../state/session/openProject'
import type { Studio } from '../../state/studio'
import { emptyDisk, openStudio, patchRecord, SIDE } from '../../state/studio.testing'
import { refreshSelected, selectPatch } from '../../state/view/actions'
import type { Readout } from '../cursorReadout'
import { PatchView } from './patchView'

const EDGE = 320

let host: HTMLDivElement
let studio: Studio
let view: PatchView
let readout: Readout | null
let scale: number

beforeEach(async () => {
  host = document.createElement('div')
  host.style.cssText = `width:${EDGE}px;height:${EDGE}px;position:absolute;left:0;top:0`
  document.body.append(host)
  const disk = emptyDisk([patchRecord('t1'), patchRecord('t2')])
  disk.probabilities.set('t2/ensemble', new Float32Array(SIDE * SIDE).fill(0.25))
  studio = openStudio(disk)
  await openProject(studio)
  await new Promise<void>(resolve => {
    view = new PatchView(host, studio, {
      readout: now => {
        readout = now
      },
      scale: now => {
        scale = now
        // Before the first fit the camera looks at nothing.
        if (now > 8) resolve()
      },
    })
  })
})

afterEach(() => {
  view.destroy()
  host.remove()
})

/** Where the middle of a pixel is while the whole patch is in view. */
function place(column: number, row: number): { clientX: number; clientY: number } {
  return {
    clientX: EDGE / 2 + (column + 0.5 - SIDE / 2) * scale,
    clientY: EDGE / 2 + (row + 0.5 - SIDE / 2) * scale,
  }
}

function pointer(type: string, at: { clientX: number; clientY: number }, more: PointerEventInit = {}): void {
  const down = type !== 'pointerup' && more.pointerType === 'touch'
  host.dispatchEvent(
    new PointerEvent(type, { bubbles: true, cancelable: true, buttons: down ? 1 : 0, ...at, ...more }),
  )
}

test('what is read is of the patch, mask and probability on screen, though the pointer rests', async () => {
  pointer('pointermove', place(6, 2))
  expect(readout).toMatchObject({ column: 6, row: 2, probability: 0.75, mask: 'landslide' })
  await selectPatch(studio, 't2')
  expect(readout).toMatchObject({ column: 6, row: 2, probability: 0.25, mask: 'background' })
  showMask(studio, 't2', new Uint8Array(SIDE * SIDE).fill(255))
  expect(readout).toMatchObject({ mask: 'ignored' })
  await studio.storage.writeProbability('t2', 'ensemble', new Float32Array(SIDE * SIDE).fill(0.875))
  studio.predictions.show(new Map([['t2', {}]]), ['a'])
  await refreshSelected(studio)
  expect(readout).toMatchObject({ probability: 0.875, mask: 'landslide' })
})

test('pointer and crosshair: what moved last is read', async () => {
  pointer('pointermove', place(6, 2))
  host.focus()
  const press = (key: string) => {
    host.dispatchEvent(new KeyboardEvent('keydown', { key, code: key, bubbles: true, cancelable: true }))
  }
  press('ArrowRight')
  expect(readout).toMatchObject({ column: SIDE / 2, row: SIDE / 2 })
  press('ArrowRight')
  expect(readout).toMatchObject({ column: SIDE / 2 + 1, row: SIDE / 2 })
  pointer('pointermove', place(1, 1))
  expect(readout).toMatchObject({ column: 1, row: 1 })
  pointer('pointerleave', place(1, 1))
  expect(readout).toMatchObject({ column: SIDE / 2 + 1, row: SIDE / 2 })
  pointer('pointerdown', place(1, 1))
  expect(crosshairOf(studio.store.getState())).toBeNull()
})

const touch = (type: string, pointerId: number, at: { clientX: number; clientY: number }) =>
  pointer(type, at, { pointerId, pointerType: 'touch', isPrimary: pointerId === 1 })

const steps = () => studio.store.getState().review.history.length

test('two fingers move and zoom whatever the tool, and one finger uses it', () => {
  for (const tool of ['brush', 'fill', 'polygon'] as const) {
    chooseTool(studio, tool)
    const before = scale
    const middle = place(SIDE / 2 - 0.5, SIDE / 2 - 0.5)
    const beside = (by: number) => ({ ...middle, clientX: middle.clientX + by })
    touch('pointerdown', 1, beside(-20))
    touch('pointerdown', 2, beside(20))
    touch('pointermove', 1, beside(-40))
    touch('pointermove', 2, beside(40))
    touch('pointerup', 2, beside(40))
    touch('pointermove', 1, beside(-80))
    touch('pointerup', 1, beside(-80))
    expect(scale / before, tool).toBeCloseTo(2, 3)
    expect(steps(), tool).toBe(0)
    expect(studio.store.getState().edit.draft, tool).toBeNull()
    touch('pointerdown', 1, beside(-40))
    touch('pointerdown', 2, beside(40))
    touch('pointermove', 1, beside(-20))
    touch('pointermove', 2, beside(20))
    touch('pointerup', 1, beside(-20))
    touch('pointerup', 2, beside(20))
    expect(scale, tool).toBeCloseTo(before, 3)
  }
  chooseTool(studio, 'brush')
  setBrushRadius(studio, 0.5)
  touch('pointerdown', 1, place(1, 1))
  touch('pointermove', 1, place(1, 4))
  touch('pointerup', 1, place(1, 4))
  expect(steps()).toBe(1)
  // A second finger takes back what the first one had begun to paint.
  touch('pointerdown', 1, place(0, 6))
  touch('pointermove', 1, place(2, 6))
  touch('pointerdown', 2, place(5, 6))
  expect(studio.pixels.masks.get('t1')?.[6 * SIDE + 1]).toBe(0)
  touch('pointerup', 1, place(2, 6))
  touch('pointerup', 2, place(5, 6))
  expect(steps()).toBe(1)
})

test('the canvas without a name is no tab stop: what holds it is', async () => {
  await expect.poll(() => [...document.querySelectorAll('[tabindex]')]).toEqual([host])
  expect(host.getAttribute('aria-label')).toMatch(/crosshair/)
})
