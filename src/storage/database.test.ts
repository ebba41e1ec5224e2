import { expect, test } from 'vitest'
import { SCHEMA_VERSION } from '../core/project/projectRecords'
import { MIGRATIONS } from './database'

test('the version that archives are marked with is that of the last migration', () => {
  expect(MIGRATIONS.at(-1)?.version).toBe(SCHEMA_VERSION)
})
