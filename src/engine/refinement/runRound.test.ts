import { expect, test } from 'vitest'
import type { BandStatistics } from '../../core/patches/statistics'
import { defaultRoundConfig } from '../../core/rounds/roundConfig'
import type { ModelFiles, RoundInput } from './roundInput'
import { distributionNotes } from './runRound'

/** 14 bands of one mean and a deviation of 100. */
function momentsOf(mean: number): BandStatistics {
  return {
    count: 1000,
    mean: new Array<number>(14).fill(mean),
    m2: new Array<number>(14).fill(1000 * 100 ** 2),
  }
}

function modelOf(id: string, statistics: RoundInput['statistics']): ModelFiles {
  const manifest = {
    format: 'scarp-model',
    version: 1,
    id,
    title: id,
    family: 'segformer',
    preset: 'tiny',
    bands: 14,
    classes: 2,
    parameters: 1,
    weights: { file: 'weights.safetensors', sha256: '0'.repeat(64) },
    statistics,
    license: 'Apache-2.0',
  }
  return { id, files: { 'manifest.json': new TextEncoder().encode(JSON.stringify(manifest)) } }
}

const notesOf = (statistics: RoundInput['statistics'], parent: ModelFiles | null) => {
  const config = { ...defaultRoundConfig, families: ['segformer' as const] }
  return distributionNotes({ config, statistics, parents: { segformer: parent } })
}

test('the target is always compared with the source', () => {
  const [near] = notesOf({ source: momentsOf(1000), target: momentsOf(1010) }, null)
  expect(near).toMatch(/^Target against source: Every band is distributed as/)
  const [far] = notesOf({ source: momentsOf(1000), target: momentsOf(2000) }, null)
  expect(far).toMatch(/^Target against source: .*far from the source/)
  expect(notesOf({ source: momentsOf(1000), target: null }, null)).toEqual([])
})

test('a parent is heard of where the input is not what it learned from', () => {
  const learned = { source: momentsOf(1000), target: momentsOf(1100) }
  expect(notesOf(learned, modelOf('same', learned))).toHaveLength(1)
  const notes = notesOf({ source: momentsOf(1000), target: momentsOf(9000) }, modelOf('starter', learned))
  expect(notes).toHaveLength(2)
  expect(notes[1]).toMatch(/^starter, target against what it learned from: /)
  expect(notesOf(learned, modelOf('without', { source: momentsOf(1000), target: null }))).toHaveLength(1)
})
