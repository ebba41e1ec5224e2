import { Deck, OrthographicView } from '@deck.gl/core'
import type { Device } from '@luma.gl/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../../core/foundation/eventually.testing'
import { rampColour } from '../../core/patches/colourRamps'
import { overlayKey } from '../../state/layers/overlays'
import { basePicture, contoursKey, pictureKey } from '../../state/layers/pictures'
import { PixelCache } from '../../state/pixelCache'
import { patchRecord, SIDE } from '../../state/studio.testing'
import { initialStudioState, type StateChange, withChange } from '../../state/studioState'
import { GAINED_COLOUR, OVERLAY_RAMPS, ROUND_COLOUR } from '../overlayColours'
import { PatchLayers } from './patchLayers'

/** Screen pixels that one pixel of the raster takes. */
const SCALE = 16
const EDGE = SIDE * SCALE
const patch = patchRecord('t1')
const pixels = new PixelCache()

let deck: Deck<OrthographicView>
let layers: PatchLayers
let drawn: Uint8Array
let afterRender = () => {}

beforeAll(async () => {
  const host = document.createElement('div')
  host.style.cssText = `width:${EDGE}px;height:${EDGE}px;position:relative`
  document.body.append(host)
  const device = await new Promise<Device>(resolve => {
    deck = new Deck<OrthographicView>({
      parent: host,
      width: EDGE,
      height: EDGE,
      useDevicePixels: 1,
      views: new OrthographicView({ id: 'patch', flipY: true }),
      viewState: { patch: { target: [SIDE / 2, SIDE / 2, 0], zoom: Math.log2(SCALE) } } as never,
      layers: [],
      onDeviceInitialized: resolve,
      onAfterRender: ({ gl }) => {
        // Until its canvas has the size of its host there is nothing to look at.
        if (gl.drawingBufferWidth !== EDGE || gl.drawingBufferHeight !== EDGE) {
          requestAnimationFrame(() => deck.redraw('resized'))
          return
        }
        drawn = new Uint8Array(EDGE * EDGE * 4)
        gl.readPixels(0, 0, EDGE, EDGE, gl.RGBA, gl.UNSIGNED_BYTE, drawn)
        afterRender()
      },
    })
  })
  layers = new PatchLayers(device, pixels, 'first')
  const grey = new Uint8ClampedArray(SIDE * SIDE * 4).fill(255).map((value, i) => (i % 4 === 3 ? value : 100))
  pixels.renders.set(pictureKey('t1', basePicture(initialStudioState)), {
    width: SIDE,
    height: SIDE,
    rgba: grey,
    range: [],
  })
}, 120_000)

afterAll(() => deck.finalize())

async function draw(change: StateChange, values?: Float32Array | Uint8Array): Promise<void> {
  const state = withChange(initialStudioState, { ...change, layers: { showMask: false, ...change.layers } })
  if (values) pixels.overlays.set(overlayKey(state, 't1'), values)
  const rendered = new Promise<void>(resolve => {
    let frames = 0
    afterRender = () => {
      if (++frames === 3) resolve()
      else requestAnimationFrame(() => deck.redraw('again'))
    }
  })
  deck.setProps({ layers: layers.make(state, patch) })
  deck.redraw('test')
  await rendered
}

/** A frame that was asked for before may still come with what was there before: looks again until it is as it should be. */
function shows(check: () => void): Promise<void> {
  return eventually(() => {
    deck.redraw('look again')
    check()
  })
}

/** sRGB at a place in pixels of the raster. */
function at(column: number, row: number): number[] {
  const x = Math.floor(column * SCALE)
  const y = EDGE - 1 - Math.floor(row * SCALE)
  return [...drawn.subarray((y * EDGE + x) * 4, (y * EDGE + x) * 4 + 3)]
}

function expectColour(found: readonly number[], wanted: readonly number[]) {
  for (let channel = 0; channel < 3; channel++) {
    expect(Math.abs(found[channel]! - wanted[channel]!)).toBeLessThanOrEqual(3)
  }
}

/** Left half one value, right half another. */
const halves = <Values extends Float32Array | Uint8Array>(values: Values, left: number, right: number) => {
  values.forEach((_, i) => {
    values[i] = i % SIDE < SIDE / 2 ? left : right
  })
  return values
}

const AREA = SIDE * SIDE
const GREY = [100, 100, 100]

test('the base picture alone', async () => {
  await draw({})
  await shows(() => {
    expectColour(at(2.5, 2.5), GREY)
  })
}, 120_000)

test('disagreement in the colours of its ramp, and nothing where it is nought or unknown', async () => {
  const values = halves(new Float32Array(AREA), 0, 0.8)
  values[SIDE * SIDE - 1] = Number.NaN
  await draw({ layers: { showProbability: true, overlay: 'disagreement', probabilityOpacity: 1 } }, values)
  await shows(() => {
    expectColour(at(1.5, 3.5), GREY)
    expectColour(at(6.5, 3.5), rampColour(OVERLAY_RAMPS.disagreement.colours, 0.8))
    expectColour(at(7.5, 7.5), GREY)
  })
}, 120_000)

test('pixels gained in their colour, those that did not change as they are', async () => {
  const codes = halves(new Uint8Array(AREA), 1, 0)
  await draw({ layers: { showProbability: true, overlay: 'round-difference', probabilityOpacity: 1 } }, codes)
  const mixed = GAINED_COLOUR.map(value => 0.85 * value + 0.15 * 100)
  await shows(() => {
    expectColour(at(1.5, 3.5), mixed)
    expectColour(at(6.5, 3.5), GREY)
  })
}, 120_000)

test("a round's mask as a tint", async () => {
  const mask = halves(new Uint8Array(AREA), 0, 1)
  await draw({ layers: { showProbability: true, overlay: 'round-mask', probabilityOpacity: 1 } }, mask)
  await shows(() => {
    expectColour(
      at(6.5, 3.5),
      ROUND_COLOUR.map(value => 0.5 * value + 50),
    )
    expectColour(at(1.5, 3.5), GREY)
  })
  await draw({ layers: { showProbability: true, overlay: 'round-mask', peeking: true } })
  await shows(() => {
    expectColour(at(6.5, 3.5), GREY)
  })
}, 120_000)

test('contours and the crosshair at their place', async () => {
  pixels.contours.set(contoursKey('t1', 0), {
    segments: Float32Array.of(2, 0, 2, SIDE),
    levels: Float32Array.of(100),
    interval: 20,
  })
  await draw({
    layers: { showContours: true },
    edit: { crosshair: { column: 6.5, row: 4.5 } },
    patches: { list: [patch] },
    view: { selectedId: 't1', inspecting: true },
  })
  await shows(() => {
    expect(Math.max(...at(2, 1.5))).toBeGreaterThan(120)
    expectColour(at(1.5, 1.5), GREY)
    expect(Math.min(...at(6, 4.5))).toBeGreaterThan(120)
  })
}, 120_000)
