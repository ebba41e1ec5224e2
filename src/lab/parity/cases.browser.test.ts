import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { commands } from 'vitest/browser'
import { startEngine } from '../../engine/gpu/startEngine'
import { readParityCase } from './parityCase'
import { shareOfTolerance, withinTolerance, worstRow } from './parityReport'
import { parityCaseSize, parityKind, runParityCase } from './runParityCase'

/** Chromium's software adapter is several times slower than Mesa's: networks on larger inputs stay in Node. */
const MOST_WEIGHTS = 700_000
const MOST_INPUTS = (14 + 1) * 128 * 128

const all = await commands.parityCases()
const chosen = all.filter(({ caseJson }) => {
  const { weights, inputs } = parityCaseSize(new TextEncoder().encode(caseJson))
  return weights === 0 || (weights < MOST_WEIGHTS && inputs <= MOST_INPUTS)
})
if (all.length === 0) console.warn('Parity fixtures are absent: their tests do not run.')

async function caseNamed(name: string) {
  const files = Object.entries(await commands.parityFiles(name)).map(([file, text]) => {
    return [file, Uint8Array.from(atob(text), character => character.charCodeAt(0))] as const
  })
  return readParityCase(Object.fromEntries(files))
}

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

describe.runIf(all.length > 0)('parity with the peers on Chromium’s WebGPU', () => {
  const kinds = new Set<string>()

  test.each(chosen.map(({ name }) => name))('%s', async name => {
    const parity = await caseNamed(name)
    kinds.add(parityKind(parity))
    const begun = performance.now()
    const before = tf.memory().numTensors
    const { rows } = await runParityCase(parity)
    expect(tf.memory().numTensors).toBe(before)
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter(row => !withinTolerance(row))).toEqual([])
    const worst = worstRow(rows)!
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    const percent = `${(100 * shareOfTolerance(worst)).toFixed(1)} %`
    console.info(`${name}: ${rows.length} rows, worst ${worst.output} ${percent}, ${seconds} s`)
  })

  test('cases of every kind ran', () => {
    expect([...kinds].sort()).toEqual([
      'cross-sensor-layer',
      'cross-sensor-network',
      'losses',
      'metrics',
      'network',
      'operations',
      'resize',
      'training-step',
    ])
    expect(chosen.length).toBeGreaterThanOrEqual(18)
  })
})
