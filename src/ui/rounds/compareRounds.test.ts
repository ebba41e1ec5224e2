import { expect, test } from 'vitest'
import { roundFixture } from '../../storage/recordFixtures'
import { configDifferences } from './compareRounds'
import { changedText } from './RoundTarget'

test('only settings that differ are listed, nested ones by their path', () => {
  const { config } = roundFixture()
  expect(configDifferences(config, config)).toEqual([])
  const other = { ...config, steps: 9, ohem: null, pseudoLabel: { ...config.pseudoLabel, high: 0.8 } }
  const found = configDifferences(config, other)
  expect(found).toContainEqual({ name: 'pseudoLabel.high', before: '0.7', after: '0.8' })
  expect(found).toContainEqual({ name: 'steps', before: '2', after: '9' })
  expect(found.map(({ name }) => name).some(name => name.startsWith('ohem'))).toBe(true)
  expect(found.some(({ name }) => name === 'preset')).toBe(false)
})

test('what changed is told in pixels and as a share, and that it settled where it did', () => {
  expect(changedText({ gained: 1, lost: 1200, compared: 10_000 }, 0.001)).toBe(
    '1 pixel gained, 1,200 pixels lost against the maps before it, 12 % of the target.',
  )
  expect(changedText({ gained: 1, lost: 0, compared: 10_000 }, 0.001)).toContain('settled')
  expect(changedText({ gained: 0, lost: 0, compared: 0 }, 0.001)).toContain('No pixel')
})
