import { expect, test } from 'vitest'
import { createStudioStore } from '../studioState'
import { changeClamp, protectClass, resizeBrush, setBrushRadius, setCleanUp } from './actions'
import { initialEditSlice, MAX_BRUSH_RADIUS, MIN_BRUSH_RADIUS } from './slice'

const open = () => ({ store: createStudioStore({ getItem: () => null, setItem: () => undefined }) })

test('the brush stays within its limits, and grows in steps that a small brush notices', () => {
  const studio = open()
  const radius = () => studio.store.getState().edit.brushRadius
  setBrushRadius(studio, 1000)
  expect(radius()).toBe(MAX_BRUSH_RADIUS)
  setBrushRadius(studio, 0)
  expect(radius()).toBe(MIN_BRUSH_RADIUS)
  resizeBrush(studio, true)
  expect(radius()).toBe(1)
  for (let press = 0; press < 40; press++) resizeBrush(studio, true)
  expect(radius()).toBe(MAX_BRUSH_RADIUS)
  resizeBrush(studio, false)
  expect(radius()).toBe(32)
})

test('a clamp that ends before it begins, or ends at no number, is not taken', () => {
  const studio = open()
  changeClamp(studio, 'slope', { on: true, minimum: 20 })
  expect(studio.store.getState().edit.clamps.slope).toEqual({ on: true, minimum: 20, maximum: 90 })
  changeClamp(studio, 'slope', { minimum: 95 })
  changeClamp(studio, 'slope', { maximum: Number.NaN })
  expect(studio.store.getState().edit.clamps.slope).toEqual({ on: true, minimum: 20, maximum: 90 })
  setCleanUp(studio, { cleanUpArea: 2.5, cleanUpRadius: 4 })
  expect(studio.store.getState().edit).toMatchObject({
    cleanUpArea: initialEditSlice.cleanUpArea,
    cleanUpRadius: 4,
  })
})

test('a class is protected once, and let go of', () => {
  const studio = open()
  protectClass(studio, 1, true)
  protectClass(studio, 1, true)
  protectClass(studio, 255, true)
  expect(studio.store.getState().edit.protectedClasses).toEqual([1, 255])
  protectClass(studio, 1, false)
  expect(studio.store.getState().edit.protectedClasses).toEqual([255])
})
