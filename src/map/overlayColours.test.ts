import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Colour, RAMP_STEPS, rampColour } from '../core/patches/colourRamps'
import { MASK_COLOUR, OVERLAY_RAMPS, PROBABILITY, rampPixels } from './overlayColours'

function linear(value: number): number {
  const share = value / 255
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
}

/** Relative luminance of sRGB (WCAG 2.2). */
function luminance([red, green, blue]: Colour): number {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

type Matrix = readonly (readonly [number, number, number])[]

const times = (matrix: Matrix, [x, y, z]: readonly number[]) =>
  matrix.map(([a, b, c]) => a * x! + b * y! + c * z!)

/** What is seen of linear RGB: by most people, and with each kind of colour blindness (Machado et al. 2009, severity 1). */
const VISIONS: Readonly<Record<string, Matrix>> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

/** Distance in OKLab (Ottosson 2020) times 100, in the vision that tells the two least apart: 2 is just seen. */
function apart(one: Colour, other: Colour): number {
  const place = (colour: Colour, vision: Matrix) => {
    const seen = times(vision, colour.map(linear)).map(share => Math.min(1, Math.max(0, share)))
    const cones = times(
      [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
      ],
      seen,
    )
    return times(
      [
        [0.2104542553, 0.793617785, -0.0040720468],
        [1.9779984951, -2.428592205, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.808675766],
      ],
      cones.map(Math.cbrt),
    )
  }
  const distances = Object.values(VISIONS).map(vision => {
    const [a, b] = [place(one, vision), place(other, vision)]
    return 100 * Math.hypot(...a.map((value, axis) => value - b[axis]!))
  })
  return Math.min(...distances)
}

/** Grounds of true colour and false colour, as the stretch shows them. */
const SOILS: readonly Colour[] = [
  [244, 232, 214],
  [205, 178, 150],
  [180, 180, 180],
]
const PLANTS: readonly Colour[] = [
  [34, 58, 36],
  [96, 160, 104],
  [190, 50, 70],
]

/** The accent of the light theme and of the dark one, as the style sheet has them. */
function accents(): Colour[] {
  const tokens = readFileSync(new URL('../ui/styles/tokens.css', import.meta.url), 'utf8')
  const found = /--accent: light-dark\(#(\w{6}), #(\w{6})\)/.exec(tokens)!.slice(1)
  return found.map(hex => {
    const value = Number.parseInt(hex, 16)
    return [value >> 16, (value >> 8) & 255, value & 255] as const
  })
}

test('the mask differs from the controls, the ground and the probability for every colour vision', () => {
  for (const other of [...accents(), ...SOILS, ...PLANTS])
    expect(apart(MASK_COLOUR, other)).toBeGreaterThan(15)
  for (let step = 0; step <= 20; step++) {
    expect(apart(MASK_COLOUR, rampColour(PROBABILITY, step / 20))).toBeGreaterThan(14)
  }
})

test('the strongest disagreement differs from bare soil, and from the white at which it once ended', () => {
  const { colours, fade } = OVERLAY_RAMPS.disagreement
  for (const soil of SOILS) {
    for (let step = 0; step <= 20; step++) {
      const value = fade[1] + (1 - fade[1]) * (step / 20)
      expect(apart(rampColour(colours, value), soil)).toBeGreaterThan(9)
    }
  }
})

test('grows lighter all the way, so that order survives without hue', () => {
  const ramp = Array.from({ length: 51 }, (_, index) => luminance(rampColour(PROBABILITY, index / 50)))
  for (let index = 1; index < ramp.length; index++) expect(ramp[index]!).toBeGreaterThan(ramp[index - 1]!)
})

test("ends on inferno's last colour, and begins above its black", () => {
  expect(rampColour(PROBABILITY, 1)).toEqual([252, 255, 164])
  expect(luminance(rampColour(PROBABILITY, 0))).toBeGreaterThan(0.005)
})

test('what is unsure is lighter than what is sure', () => {
  const { colours } = OVERLAY_RAMPS.disagreement
  expect([colours[0], colours.at(-1)]).toEqual([
    [37, 52, 148],
    [0, 200, 255],
  ])
  for (let step = 1; step <= 20; step++) {
    expect(luminance(rampColour(colours, step / 20))).toBeGreaterThan(
      luminance(rampColour(colours, (step - 1) / 20)),
    )
  }
})

test("the GPU's texture holds the colours that the legend shows", () => {
  const { colours } = OVERLAY_RAMPS.entropy
  const pixels = rampPixels(colours)
  expect(pixels).toHaveLength(RAMP_STEPS * 4)
  expect([...pixels.subarray(102 * 4, 103 * 4)]).toEqual([...rampColour(colours, 0.4), 255])
})
