import { expect, test } from 'vitest'
import { type RoundConfig, roundConfigFor } from '../../core/rounds/roundConfig'
import { changedSettings, configSettings } from './configText'

const usual = roundConfigFor('tiny')

test('a round with the defaults differs in nothing', () => {
  expect(changedSettings(usual)).toEqual([])
  expect(changedSettings(roundConfigFor('b2'))).toEqual([])
})

test('what differs has a name and a unit', () => {
  const config: RoundConfig = {
    ...usual,
    steps: 1200,
    cropSize: 96,
    emaDecay: 0.99,
    ohem: null,
    testTimeFlips: true,
  }
  expect(changedSettings(config).map(({ title, value }) => `${title}: ${value}`)).toEqual([
    'Steps: 1,200',
    'Crop: 96 px',
    'Weight averaging: last 100 steps',
    'Test-time augmentation (8x): on',
    'Hard examples: off',
  ])
})

test('no setting of today is shown by its name in the record', () => {
  const settings = configSettings({ ...usual, ohem: null, presets: { segformer: 'tiny' } })
  expect([...settings, ...configSettings(usual)].filter(({ key, title }) => key === title)).toEqual([])
  expect(settings.find(({ key }) => key === 'presets.segformer')?.title).toBe('Size of SegFormer')
})

test('a setting of another version keeps its name', () => {
  const config = { ...usual, laterKnob: 3 } as RoundConfig
  expect(changedSettings(config)).toEqual([{ key: 'laterKnob', title: 'laterKnob', value: '3' }])
})

test('a setting that is called as what every object has is shown as any other', () => {
  const config = { ...usual, constructor: 1, presets: { toString: 'x' } } as unknown as RoundConfig
  expect(configSettings(config).find(({ key }) => key === 'constructor')?.value).toBe('1')
  expect(configSettings(config).find(({ key }) => key === 'presets.toString')?.title).toBe('presets.toString')
})
