import { beforeEach, expect, test, vi } from 'vitest'
import { GradualLayers } from './gradualLayers'

const layer = (id: string, visible = true) => ({ id, props: { visible } })
const names = (layers: readonly { id: string }[]) => layers.map(({ id }) => id)

let frames: FrameRequestCallback[] = []

beforeEach(() => {
  frames = []
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => frames.push(callback))
  vi.stubGlobal('cancelAnimationFrame', () => {
    frames = []
  })
  return () => vi.unstubAllGlobals()
})

const nextFrame = () => {
  for (const callback of frames.splice(0)) callback(0)
}

test('one layer more a frame, however often they are taken; those that show come first', () => {
  const layers = [layer('base'), layer('ramp', false), layer('mask')]
  const seen: string[][] = []
  const gradual = new GradualLayers(() => seen.push(names(gradual.take(layers))))
  expect(names(gradual.take(layers))).toEqual(['base'])
  expect(names(gradual.take(layers))).toEqual(['base'])
  for (let frame = 0; frame < 4; frame++) nextFrame()
  expect(seen).toEqual([
    ['base', 'mask'],
    ['base', 'ramp', 'mask'],
  ])
})

test('what is up stays up when it is hidden, and a layer that comes later is let in', () => {
  const gradual = new GradualLayers(() => undefined)
  gradual.take([layer('base')])
  nextFrame()
  expect(names(gradual.take([layer('base', false), layer('second')]))).toEqual(['base', 'second'])
})

test('nothing is asked for once it is destroyed', () => {
  const onNext = vi.fn()
  const gradual = new GradualLayers(onNext)
  gradual.take([layer('base'), layer('mask')])
  gradual.destroy()
  nextFrame()
  expect(onNext).not.toHaveBeenCalled()
})
